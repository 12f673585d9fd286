/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"
#include "pod/init-config.h"

/* A pod's nspawn process and the pipes to it. */
typedef struct Nspawn {
        char *const *argv;
        const char *app; /* its name: what the journal calls what it prints */
} Nspawn;

/* Starts nspawn, says READY=1 when the app has been executed, passes SIGTERM on, copies the app's output
 * to the caller's streams as well as to the journal if those are not the journal, until all has ended.
 * Returns the pod's exit status and what gantry-init reported last (event 0: the app was never reached). */
int nspawn_supervise(const Nspawn *n, InitStatus *ret_last);
