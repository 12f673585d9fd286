/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "nspawn-stage1/stage.h"

/* Leaves the host's mount namespace for one of this process's own; what is mounted from now on dies with
 * its last process. */
int root_unshare(void);

/* Makes the place, in directory `root` of the pod, and the user namespace that idmapped mounts need: sets `place`, `place_fd`,
 * `userns_fd`. On failure, also of the next, *reterr_what (a literal) says what could not be done. */
int root_make_place(Stage *s, const char **reterr_what);

/* Mounts the app's root in there: its layers (bottom first), idmapped to the pod's range, under an overlay. Sets `root`. */
int root_mount(Stage *s, const int *layer_fds, size_t n_layers, const char **reterr_what);
