/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/types.h>

#include "basic/blob.h"
#include "image/appc-pod.h"

/* Mapping A: an app that is the only one of its pod → a systemd-nspawn command line. */

typedef struct NspawnSpec {
        const char *machine, *uuid, *hostname;
        const char *root;                       /* the directory that is to be its root */
        uid_t uid_base;                         /* 0: no user namespace */
        const char *process_label, *file_label; /* or NULL */
        char *const *further;                   /* arguments that the stage adds */
} NspawnSpec;

/* The command line: strv, owned by the caller. */
int nspawn_argv(const NspawnSpec *spec, const AppcPod *pod, const AppcPodApp *app, char ***ret);

/* The same for a pod that boots a systemd, which runs its apps (pod/service.h). */
int nspawn_argv_boot(const NspawnSpec *spec, const AppcPod *pod, char ***ret);

/* What is to be mounted in the pod, for the settings file that nspawn waits for: it is known later than the rest. Not what is said on its
 * command line, or nspawn would ignore these. -EILSEQ: a path that cannot be in there. */
typedef struct NspawnBind {
        const char *source, *target;
        bool read_only;
} NspawnBind;
int nspawn_settings(const NspawnBind *binds, size_t n, bool boots, Blob *ret);
