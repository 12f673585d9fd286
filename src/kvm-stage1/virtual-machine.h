/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "stage/supervise.h"
#include "store/store.h"

typedef struct VirtualMachine VirtualMachine;

/* Starts the machine of a pod whose places are made. Nothing of an image runs in it yet. Logs. */
int virtual_machine_start(Stage *stage, Store *store, VirtualMachine **ret);

/* Ends it, if it has not ended. */
VirtualMachine *virtual_machine_free(VirtualMachine *m);
DEFINE_CLEANUP(VirtualMachine, virtual_machine_free)

/* When its pod is in its networks: ties the machine to them, and has the guest told. Nothing if it is in none. Logs. */
int virtual_machine_join(VirtualMachine *m);

/* Lets it go on, and supervises it: supervisor_run(). */
int virtual_machine_run(VirtualMachine *m, Machine *machine, PodEnd *ret_end);
