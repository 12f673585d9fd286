/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "nspawn-stage1/stage.h"

/* Leaves the host's mount namespace for one of this process's own; what is mounted from now on dies with
 * its last process. */
int root_unshare(void);

/* Makes the place, in directory `root` of the pod, and the user namespace that idmapped mounts need: sets `place`, `place_fd`,
 * `userns_fd`. On failure, also of the next, *reterr_what (a literal) says what could not be done. */
int root_make_place(Stage *s, const char **reterr_what);

/* Makes the app's place and its workshop in there: sets `place`, `place_fd`, `workshop_fd`, `root`. */
int root_make_app_place(StageApp *a);

/* Mounts the app's root in its place: its layers (bottom first), idmapped to the pod's range, under an overlay. */
int root_mount(StageApp *a, const int *layer_fds, size_t n_layers, const char **reterr_what);

/* Mounts an EROFS file that many have mounted at `where`, an empty directory: read-only, idmapped if `userns_fd` is one. By a loop device,
 * which is the same for all of them, so that what is read of it is in memory once; of the file itself where there is none. */
int root_mount_shared(int image_fd, int userns_fd, const char *where);
