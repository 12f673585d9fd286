/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "stage/stage.h"
#include "store/store.h"

/* One thing that an app's root is to have mounted. */
typedef struct Mount {
        const char *path;
        AppcVolume volume;   /* its strings are borrowed; no name: a file system in memory … */
        const char *options; /* … with these, or NULL */
        bool copies;         /* the image's files, if it is new */
        bool shared;         /* with the host: who mounts something in it mounts it for both */
        const char *label; /* that is wanted for it, and what is in it; NULL: what it has, or one that pods share */
} Mount;

/* All of an app; what is mounted in another one comes after it. */
typedef struct Mounts {
        Mount *list;
        size_t n;
        char ***tmpfs; /* the annotation's lines, taken apart; of as many as there are */
        size_t n_tmpfs;
} Mounts;

void mounts_done(Mounts *m);
#define _cleanup_mounts_ _cleanup_(mounts_done)

/* Logs. */
int mounts_collect(const StageApp *a, Mounts *ret);

/* Is it a file or directory of the host's, and not a volume of gantry's? */
bool mount_is_of_host(const Mount *m, Store *store);

/* Logs that it cannot be had; `why` may be NULL. Returns `error`. */
int mount_explain(const Mount *m, int error, const char *why);
