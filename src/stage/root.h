/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "stage/stage.h"

/* Makes the app's place and its workshop in there: sets `place`, `place_fd`, `workshop_fd`, `root`. */
int root_make_app_place(StageApp *a);

/* Mounts the app's root in its place: its layers (bottom first), idmapped to the pod's range, under an overlay. On failure *reterr_what (a
 * literal) says what could not be done. */
int root_mount(StageApp *a, const int *layer_fds, size_t n_layers, const char **reterr_what);

/* Mounts an EROFS file that many have mounted at `where`, an empty directory: read-only, idmapped to the pod's range. By a loop device,
 * which is the same for all of them, so that what is read of it is in memory once; of the file itself where there is none. */
int root_mount_shared(const Stage *s, int image_fd, const char *where);
