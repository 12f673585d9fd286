/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gc/settings.h"
#include "store/store.h"

/* By how much the store takes more room than it may. */
typedef struct Pressure {
        uint64_t excess;     /* bytes that should go; 0: none */
        const char *setting; /* that says so: "MaxUse" or "KeepFree" */
        bool of_use;         /* that is the room taken, and not the room free */
        uint64_t limit;      /* what it asks for, in bytes */
} Pressure;

/* `use` is what the store takes, where the caller knows; else NULL: it is counted if it matters. */
int pressure_measure(Store *store, const Settings *s, const uint64_t *use, Pressure *ret);
