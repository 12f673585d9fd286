/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/stat.h>

#include "pod-tool/pack.h"

/* What a file has besides its data. */
typedef struct PackAttributes {
        TarXattr *list; /* names and values are owned */
        size_t n;
        bool opaque; /* a directory that hides what is below it */
} PackAttributes;

void pack_attributes_done(PackAttributes *a);
#define _cleanup_pack_attributes_ _cleanup_(pack_attributes_done)

/* Of a file or directory that is open. -EOPNOTSUPP: overlayfs has noted down something that no layer can say. */
int pack_attributes_read(int fd, const PackOptions *o, PackAttributes *ret);

/* A regular file with its data. */
int pack_file(TarWriter *w, int fd, TarEntry *e);
