/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/types.h>

#include "basic/blob.h"
#include "image/appc-pod.h"

/* Mapping A: an app that is the only one of its pod → a systemd-nspawn command line and gantry-init's
 * orders. */

#define ANNOTATION_NETWORK "gantry/network" /* of the pod: "none" (default) or "host" */

typedef struct NspawnSpec {
        const char *machine, *uuid;
        const char *root;        /* the merged root directory */
        const char *init;        /* gantry-init on the host */
        const char *init_config; /* what nspawn_init_config() made, on the host */
        uid_t uid_base;
} NspawnSpec;

/* The command line: strv, owned by the caller. */
int nspawn_argv(const NspawnSpec *spec, const AppcPod *pod, const AppcPodApp *app, char ***ret);

/* gantry-init's orders (pod/init-config.h). -EINVAL for a stop signal nobody knows. */
int nspawn_init_config(const AppcPodApp *app, Blob *ret);
