/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "stage/supervise.h"

typedef struct Container Container;

/* Starts nspawn for a pod whose places are made. It waits for its settings. */
int container_start(Stage *stage, char *const *argv, Container **ret);

/* Ends it, if it was not let go on. */
Container *container_free(Container *c);
DEFINE_CLEANUP(Container, container_free)

/* Lets nspawn go on with the pod that has been put together, and supervises it: supervisor_run(). */
int container_run(Container *c, Machine *machine, PodEnd *ret_end);
