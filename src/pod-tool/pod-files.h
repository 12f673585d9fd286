/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pod/pod-dir.h"
#include "store/store.h"

/* The files of a pod, as one of its apps sees them. */
typedef struct PodFiles {
        PodDir dir; /* locked if the pod does not run, so that it is not started meanwhile */
        char *app;
        int root_fd;
        uid_t base; /* what its root is here; 0 without a user namespace of its own */
        bool running;
} PodFiles;

#define POD_FILES_NULL                                                                                      \
        (PodFiles) {                                                                                        \
                .dir.fd = -EBADF, .root_fd = -EBADF                                                         \
        }

void pod_files_done(PodFiles *f);
#define _cleanup_pod_files_ _cleanup_(pod_files_done)

/* Of the pod that people mean by `name` and its app (NULL: the only one): through its process, or mounted for us by pod-root. Logs. */
int pod_files_open(const char *name, const char *app, PodFiles *ret);

/* The same without its root, for what is on the disk only. Logs. */
int pod_files_find(const char *name, const char *app, PodFiles *ret);

/* Opens a path in the root, which links do not leave. Returns the fd. */
int pod_files_at(const PodFiles *f, const char *path, int flags);
