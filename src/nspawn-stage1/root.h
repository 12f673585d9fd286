/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/types.h>

#include "basic/macro.h"

/* Mounts of one app: its layers, idmapped to the pod's range, under an overlay. All in the calling
 * process's own mount namespace. */
typedef struct RootSpec {
        const int *layer_fds; /* sealed layers, bottom first */
        size_t n_layers;
        int app_fd; /* apps/APP of the pod: holds upper/ and work/ */
        uid_t uid_base;
} RootSpec;

/* Leaves the host's mount namespace for one of this process's own; what is mounted from now on dies with
 * its last process. */
int root_unshare(void);

/* Mounts the root below `where`, an empty directory of the pod. Returns 0 and the root's path, owned by
 * the caller; on failure *reterr_what (a literal) says what could not be done. */
int root_mount(const RootSpec *spec, const char *where, char **ret_path, const char **reterr_what);
