/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "stage1/current.h"

/* Reads what is this host's, if it is still right. -ENOENT: there is none, or it is not. */
int stage1_read_current(int dir_fd, Stage1Kind kind, Current *ret, char **reterr_why);

/* Opens that. */
typedef int (*Stage1Open)(const Current *c, int dir_fd, void *userdata);

/* Calls `open`, before which gantry-stage1 builds what is missing. */
int stage1_open_or_build(Store *s, Stage1Kind kind, Stage1Open open, void *userdata, char **reterr_why);

/* What `gantry-stage1 build` calls the kind. */
const char *stage1_kind_name(Stage1Kind kind);
