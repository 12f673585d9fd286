/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* What a program may not call, for those that call too much for a list of all that they may. Lists end with -1. */
typedef struct CallFilter {
        const int *const *refused; /* lists of SYS_…, ends with NULL: -EPERM */
        const int *families;       /* of sockets; others: -EAFNOSUPPORT */
        bool childless;            /* threads only; namespaces nobody may make */
} CallFilter;

/* Puts it on the calling process, and all that it starts, for good. It must have no_new_privs. */
int call_filter_load(const CallFilter *f);
