/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/blob.h"
#include "erofs/writer.h"
#include "prepare/tar-source.h"

typedef enum TarFormat {
        TAR_OCI, /* a layer: whiteouts */
        TAR_ACI, /* an App Container image: manifest and rootfs/ */
} TarFormat;

typedef struct TarSummary {
        uint64_t entries;
        uint64_t dropped; /* extended attributes that are overlayfs's own or of no namespace Linux has */
        Blob manifest;    /* TAR_ACI: owned */
} TarSummary;

void tar_summary_done(TarSummary *s);

/* Translates the tar into calls of the writer, up to the tar's end marker. Names go through as the bytes
 * they are. What is wrong with the tar is in *reterr_why: "entry 'NAME': …". */
int tar_read(TarSource *source, TarFormat format, ErofsWriter *writer, TarSummary *ret, char **reterr_why);
