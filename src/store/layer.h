/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/digest.h"
#include "store/store.h"

/* layers/ID.erofs: sealed layers, named by the digest of the uncompressed tar. */

/* What is known of a layer since it was sealed. The first three are the same on every machine. */
typedef struct LayerRecord {
        Digest id;
        uint64_t size;  /* of the file, in bytes */
        Digest verity;  /* store/verity.h */
        uint64_t inode; /* on this machine */
        uint64_t changed_nsec;
} LayerRecord;

/* 1 if the layer is there, 0 if not. */
int layer_exists(Store *s, const Digest *id);

/* A nameless file in layers/ for a builder to write. Returns its fd; closing it without layer_publish()
 * leaves nothing. */
int layer_create(Store *s);

/* Brings the file to the disk, makes it read-only, has the kernel guard it where it can (fs-verity), and links
 * it into place. Closes `fd` in any case, of which no copy may be left. 1, or 0 if there was a layer of this ID
 * already, which stays. */
int layer_publish(Store *s, int fd, const Digest *id);

/* Opens the layer read-only. Returns the fd or -ENOENT. */
int layer_open(Store *s, const Digest *id);

/* Notes down what a layer is: the file's own properties, and `verity`; if that is NULL, what the kernel
 * measures or else what is computed by reading all of it. */
int layer_record(int fd, const Digest *id, const Digest *verity, LayerRecord *ret);

/* Whether the file is still what was noted down, without reading it: -EUCLEAN if it is not; -ESTALE if it may be,
 * but somebody has touched it, so that only layer_check_whole() can tell. */
int layer_check(int fd, const LayerRecord *expected);

/* The same by reading all of it: 0 or -EUCLEAN; -EIO and the like if it cannot be read. */
int layer_check_whole(int fd, const LayerRecord *expected);

/* Takes its name from a layer that is not what it should be: what is there from now on is ID.damaged, for the
 * administrator to look at until gc removes it. */
int layer_quarantine(Store *s, const Digest *id);

/* Whether `name` below layers/ is one of those. */
bool layer_is_damaged_name(const char *name);

int layer_remove(Store *s, const Digest *id);

/* Whether `name` below layers/ is a layer's, and which one's. */
bool layer_parse_name(const char *name, Digest *ret);
