/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "nspawn-stage1/stage.h"
#include "pod/init-config.h"
#include "unit/machine.h"

typedef struct Supervisor Supervisor;

/* Starts nspawn for a pod whose places are made. It waits for its settings. */
int supervisor_start(Stage *stage, char *const *argv, Supervisor **ret);

/* Ends it, if it was not let go on. */
Supervisor *supervisor_free(Supervisor *s);
DEFINE_CLEANUP(Supervisor, supervisor_free)

/* Lets nspawn go on with the pod that has been put together, and does for it what its unit's main process has to until all has ended: says READY=1
 * when the apps are; registers it as `machine` (may be NULL); passes signals to the apps, and notifications from the one that is alone;
 * copies their output to the journal, and to whoever waits for it.
 * Returns the pod's exit status and what gantry-init reported last of the app that it is of (event 0: none was ever reached). */
int supervisor_run(Supervisor *s, Machine *machine, InitStatus *ret_last);
