/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/digest.h"
#include "pod/pod-dir.h"
#include "store/store.h"

/* Everything in the store and who needs it, from one look. Nobody is kept from changing it meanwhile: whoever is
 * about to remove something holds the store's lock (store/lock.h). Sizes are the bytes that files take on the
 * disk, so that they add up to what du(1) says. */

/* Places in one of the inventory's arrays, ascending, none twice. */
typedef struct Places {
        size_t *at, n;
} Places;

typedef struct InventoryLayer {
        Digest id;
        uint64_t bytes;
        size_t n_images, n_pods; /* that need it */
} InventoryLayer;

typedef struct InventoryImage {
        Digest id;
        char **names; /* none: it was never complete, or its names are another's by now */
        bool locked;  /* somebody is fetching it */
        bool sealed;  /* has noted down its layers; until then `layers` is what its documents say */
        uint64_t used_usec;
        uint64_t bytes; /* of its own documents, not of layers */
        const char *verdict; /* INVENTORY_VERDICTS: what admitted it: "signature", "digest", "nothing", or "not enforced",
                                "refused"; NULL: cannot be told */
        Places layers, images;   /* that it needs; images: its dependencies, direct and indirect */
        size_t n_missing;        /* of both, that are not there */
        size_t n_images, n_pods; /* that need it */
        bool damaged;            /* what it needs cannot be read */
} InventoryImage;

typedef struct InventoryPod {
        PodDir dir;
        bool alive; /* somebody holds its lock */
        bool using; /* needs `layers` and `images`: it may run, has run, or is being prepared */
        uint64_t bytes;
        Places layers, images;
        size_t n_missing;
        bool damaged; /* as above */
} InventoryPod;

/* What is neither image, layer nor pod. */
typedef enum LeftoverKind {
        LEFTOVER_PART,       /* a download that is not complete */
        LEFTOVER_QUARANTINE, /* a directory of incoming/ */
        LEFTOVER_DAMAGED,    /* a layer that fsck put aside */
        LEFTOVER_STAGE1,     /* an image of a systemd that this host does not have any more */
        LEFTOVER_UNFINISHED, /* ".#…": was to be published, or is being removed */
        LEFTOVER_DANGLING,   /* the name of an image that is not */
        LEFTOVER_VOLUME,     /* a named one, which is its pods' */
        LEFTOVER_CURRENT, /* the stage1 images of this host's systemd and kernel, and the notes that they are */
        LEFTOVER_DIRECTORY, /* of the store itself, or its own bytes */
        LEFTOVER_UNKNOWN,   /* none of ours */
        _LEFTOVER_KIND_MAX,
} LeftoverKind;

typedef struct InventoryLeftover {
        LeftoverKind kind;
        char *path; /* below the root; "." for itself */
        uint64_t bytes;
        uint64_t changed_usec;
        bool locked; /* somebody is at work on it */
} InventoryLeftover;

typedef struct Inventory {
        InventoryLayer *layers; /* sorted by ID, as the images are */
        InventoryImage *images;
        InventoryPod *pods;
        InventoryLeftover *leftovers;
        size_t n_layers, n_images, n_pods, n_leftovers;
        bool partial; /* the caller may not see what is in pods/ and incoming/ */
} Inventory;

typedef enum InventoryFlags {
        INVENTORY_VERDICTS = 1 << 0,
        INVENTORY_BYTES = 1 << 1, /* also of what it takes time to count: pods, quarantine, all leftovers */
        INVENTORY_NOTED =
                        1
                        << 2, /* only of layers, as images have noted them down: not every file is looked at */
} InventoryFlags;

int inventory_load(Store *s, InventoryFlags flags, Inventory **ret);
Inventory *inventory_free(Inventory *i);
DEFINE_CLEANUP(Inventory, inventory_free)

/* By ID, or NULL; borrowed. */
InventoryImage *inventory_find_image(const Inventory *i, const Digest *id);
InventoryLayer *inventory_find_layer(const Inventory *i, const Digest *id);

/* Whether a place is among them. */
bool places_contain(const Places *p, size_t place);

/* The bytes of an image's layers, and how many of them no other image has. */
void inventory_image_bytes(const Inventory *i, const InventoryImage *image, uint64_t *ret_all,
                           uint64_t *ret_unique);
