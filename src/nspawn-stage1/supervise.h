/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "nspawn-stage1/stage.h"
#include "pod/init-config.h"
#include "unit/machine.h"

/* Starts nspawn for the pod that was put together, and does for it what its unit's main process has to until all has ended: says READY=1
 * when the app was executed, or says so itself; registers it as `machine` (may be NULL); passes signals to the app, and notifications
 * from it; copies its output to the journal, and to whoever waits for it.
 * Returns the pod's exit status and what gantry-init reported last (event 0: the app was never reached). */
int nspawn_supervise(const Stage *stage, char *const *argv, Machine *machine, InitStatus *ret_last);
