/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "inventory/inventory.h"
#include "store/layer.h"

/* What an image says of one of its layers. */
typedef struct Claim {
        LayerRecord record;
        const InventoryImage *image;
} Claim;

/* One look at the store, or at some images of it. */
typedef struct Fsck {
        Store *store; /* borrowed, as is the inventory */
        const Inventory *inventory;
        bool quick, repair;
        Claim *claims; /* of all images that are looked at */
        size_t n_claims, claims_allocated;
        Digest *damaged; /* layers */
        size_t n_damaged, damaged_allocated;
        size_t n_images, n_layers, n_pods, n_wrong; /* seen so far */
        uint64_t bytes;                             /* read */
} Fsck;

/* Something is wrong: one line. */
void fsck_wrong(Fsck *f, const char *format, ...) _printf_(2, 3);

typedef struct FsckName {
        char text[512];
} FsckName;

/* What to call an image in such a line: by its first name, or else its ID. */
FsckName fsck_name(const InventoryImage *image);

/* An image's documents; collects its claims. This and the others say what is wrong, and return -errno only if they cannot
 * find that out. */
int fsck_image(Fsck *f, const InventoryImage *image);

/* The layers that are claimed. */
int fsck_layers(Fsck *f);
