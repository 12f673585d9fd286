/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "stage/stage.h"
#include "unit/machine.h"

/* The pod as a machine of machined. A host without machined runs pods as well, so only one thing is an error here: that another machine
 * has the name. All of this logs. */

/* Asks, and goes on. Returns NULL if nobody can be asked. */
Machine *registration_begin(const Stage *s);

/* Hears whether the name is free. */
int registration_claim(const Stage *s, Machine **m);

/* Returns whether it is registered. One that has ended meanwhile need not be. */
bool registration_make(const Stage *s, Machine *m, pid_t leader, int leader_pidfd);
