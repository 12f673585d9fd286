/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/blob.h"
#include "erofs/writer.h"
#include "prepare/tar-source.h"

typedef enum LayerFormat {
        LAYER_OCI, /* whiteouts */
        LAYER_ACI, /* an App Container image: manifest and rootfs/ */
} LayerFormat;

typedef struct LayerSummary {
        uint64_t entries;
        uint64_t dropped; /* extended attributes that are overlayfs's own or of no namespace Linux has */
        Blob manifest;    /* LAYER_ACI: owned */
} LayerSummary;

void layer_summary_done(LayerSummary *s);

/* Translates the tar, to the end of the source, into calls of the writer, and attaches the recipe for making it
 * again. Names go through as the bytes they are. What is wrong with the tar is in *reterr_why: "entry 'NAME':
 * …". */
int layer_entries_read(TarSource *source, LayerFormat format, ErofsWriter *writer, LayerSummary *ret,
                       char **reterr_why);
