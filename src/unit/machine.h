/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/types.h>

#include "basic/macro.h"

/* How the pod of the calling process's unit is known to machined. `reterr_why` (may be NULL) is as in unit/manager.h. */
typedef struct Machine Machine;

/* Connects and asks who has the name now, without waiting for the answer. */
int machine_open(const char *name, Machine **ret);

Machine *machine_close(Machine *m);
DEFINE_CLEANUP(Machine, machine_close)

/* Waits for that answer. What an earlier start of this unit has left, or a machine whose leader is dead, loses the name.
 * -EEXIST: another one has it. */
int machine_claim(Machine *m);

/* Registers the machine that ends with `leader`: of a class of machined's, with its root directory, or "" where the host sees none. */
int machine_register(Machine *m, const char *class, const char *uuid, pid_t leader, const char *root,
                     char **reterr_why);

/* Gives the name back; not the end of the machine. */
int machine_unregister(Machine *m);
