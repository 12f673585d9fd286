/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "stage/mounts.h"
#include "stage/stage.h"

/* Volumes of the host as the machine is to see them: directories and files 0, 1 … in EXPORTS_DIRECTORY of virtiofsd's root. */
#define EXPORTS_DIRECTORY "volumes"

typedef struct Exports {
        char *root; /* of virtiofsd; NULL: there are none */
        size_t n;
} Exports;

void exports_done(Exports *e);
#define _cleanup_exports_ _cleanup_(exports_done)

/* Adds one: idmapped, restricted, and read-only if it is. Returns its number, and whether it is one that nobody has used yet. -errno and
 * *reterr_why. */
int exports_add(Exports *e, const Stage *s, Store *store, const Mount *m, bool *ret_new, char **reterr_why);

/* Starts virtiofsd for them. *ret_socket is qemu's end. Logs. */
int exports_start(const Exports *e, const Stage *s, int err, pid_t *ret_pid, int *ret_socket);
