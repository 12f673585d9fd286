/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* When an image that the user names is fetched. */
typedef enum PullMode {
        PULL_MISSING, /* if the store does not have it; a file each time, for it may have changed */
        PULL_ALWAYS,  /* each time: gantry-fetch asks whether there is another meanwhile */
        PULL_NEVER,
} PullMode;

/* --pull=, for CliOption.set. */
int pull_set_mode(const char *value, void *target);

/* gantry-fetch's --registry-socket=; NULL: none. */
extern const char *pull_registry_socket;

/* Sees to it that the store has the image. `stage1` (NULL: none) is what is to run it: if no rule allows that, it is not fetched. *ret_image is what the store knows it by: the name as typed, or
 * an ID. Logs what went wrong unless gantry-fetch has. */
int pull_image(const char *text, PullMode mode, const char *stage1, char **ret_image);

/* Asks gantry-verify about what the store has by this name, and about what is to run it (NULL: nothing). -EACCES: it is not admitted, and gantry-verify
 * has said why. */
int pull_verify(const char *image, const char *stage1);
