/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "stage/stage.h"

/* Leaves the host's mount namespace for one of this process's own; what is mounted from now on dies with its last process. */
int place_unshare(void);

/* Makes the place, in directory `root` of the pod, and the user namespace that idmapped mounts need: sets `place`, `place_fd`,
 * `userns_fd`. On failure *reterr_what (a literal) says what could not be done. */
int place_make(Stage *s, const char **reterr_what);

/* Mounts a file system in memory somewhere in there, with the pod's label. */
int place_mount_memory(const Stage *s, const char *path, unsigned long flags, const char *options);

/* Makes the app's place in there: sets `place`, `place_fd`. */
int place_make_app(StageApp *a);

/* Makes DIRECTORY/NAME in the place. Returns its fd. */
int place_make_directory(const Stage *s, const char *directory, const char *name);

/* What an app's directories in the place are called. */
const char *place_name(const StageApp *a);
