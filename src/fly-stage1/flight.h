/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "stage/supervise.h"

/* The app of a pod that flies, as what the stage supervises. */
typedef struct Flight Flight;

/* Opens what the app needs of the stage; its place is made. */
int flight_new(Stage *stage, Flight **ret);

/* Ends all of it. */
Flight *flight_free(Flight *f);
DEFINE_CLEANUP(Flight, flight_free)

/* Starts the app in the root that has been put together, and supervises it: supervisor_run(). */
int flight_run(Flight *f, Machine *machine, PodEnd *ret_end);
