/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "inventory/inventory.h"
#include "inventory/usage.h"
#include "store/layer.h"

/* An inventory in the making: layers first, then images, which need layers, then pods, which need both. */
typedef struct Scan {
        Store *store;
        InventoryFlags flags;
        Usage usage;
        Inventory *inventory;
        size_t layers_allocated, images_allocated, pods_allocated, leftovers_allocated;
} Scan;

int scan_layers(Scan *s);
int scan_images(Scan *s);
int scan_pods(Scan *s);
int scan_incoming(Scan *s); /* and the root */

/* Takes note of `name` in `dir_fd`, which is `where` below the root (NULL: it is the root). What has gone
 * meanwhile is passed over. */
int scan_leftover(Scan *s, LeftoverKind kind, int dir_fd, const char *where, const char *name);

/* A directory of the store: its own bytes. */
int scan_directory(Scan *s, int fd, const char *path);

/* Calls back for each entry of a directory until that fails. */
typedef int (*ScanEntry)(Scan *s, int dir_fd, const char *name, void *userdata);
int scan_entries(Scan *s, int dir_fd, const char *name, ScanEntry f, void *userdata);

/* What an image has noted down of a layer it needs. */
void scan_noted_layer(Scan *s, const LayerRecord *record);

/* Adds the place of the layer or image, or counts one that is missing. */
int scan_need_layer(Scan *s, const Digest *id, Places *places, size_t *missing);
int scan_need_image(Scan *s, const Digest *id, Places *places, size_t *missing);

/* Places in the making: sorted when all are there, those that are there twice dropped. */
int places_add(Places *p, size_t place);
void places_sort(Places *p);
