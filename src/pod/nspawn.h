/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/types.h>

#include "basic/blob.h"
#include "image/appc-pod.h"

/* Mapping A: an app that is the only one of its pod → a systemd-nspawn command line. */

typedef struct NspawnSpec {
        const char *machine, *uuid;
        const char *root;     /* the merged root directory */
        uid_t uid_base;       /* 0: no user namespace */
        char *const *further; /* arguments that the stage adds */
} NspawnSpec;

/* The command line: strv, owned by the caller. */
int nspawn_argv(const NspawnSpec *spec, const AppcPod *pod, const AppcPodApp *app, char ***ret);
