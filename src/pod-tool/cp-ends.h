/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pod-tool/pod-files.h"

/* One end of a copy: a path here, or in a pod. */
typedef struct CopyEnd {
        const char *path;
        PodFiles *pod; /* NULL: here */
} CopyEnd;

/* "POD:PATH" is in a pod if what is before the colon has no slash: "./with:colon" and "/with:colon" are here. Returns the length of
 * the name, or 0. */
size_t copy_end_pod(const char *text);

/* Something there, by the directory that it is in; "." for a directory itself. */
typedef struct CopyPlace {
        int dir_fd;
        char *name;
        bool is_directory; /* is there, and one */
} CopyPlace;

#define COPY_PLACE_NULL                                                                                     \
        (CopyPlace) {                                                                                       \
                .dir_fd = -EBADF                                                                            \
        }

void copy_place_done(CopyPlace *p);
#define _cleanup_copy_place_ _cleanup_(copy_place_done)

/* What is to be copied; its name is "." if it is what is in a directory ("DIRECTORY/."). -ENOENT, -ENOTDIR. */
int copy_find_source(const CopyEnd *end, CopyPlace *ret);

/* Where that goes: into a directory that is there, else to a name in one that is. -ENOTDIR, -ENOENT. */
int copy_find_target(const CopyEnd *end, const CopyPlace *source, CopyPlace *ret);
