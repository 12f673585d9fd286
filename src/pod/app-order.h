/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

#define POD_APPS_MAX 128 /* a pod of more is a mistake, or somebody's way to stop the machine */

/* What is said of an app's place among the others; all is borrowed. */
typedef struct AppOrder {
        const char *name;      /* NULL: not known yet */
        char *const *after;    /* names of apps */
        char *const *requires; /* the same */
} AppOrder;

/* -EINVAL and *reterr_why: there are too many, two have one name, one is named that is not there, or they wait for each other. What
 * has no name yet could have any. */
int app_order_check(const AppOrder *apps, size_t n, char **reterr_why);
