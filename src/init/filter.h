/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <linux/filter.h>

/* The filter of INIT_FILTER_PATH. Read while that can be found, applied when nothing is left to do but to execute the app. */
int filter_load(struct sock_fprog *ret);
int filter_apply(const struct sock_fprog *filter);

/* For process 1 before the app runs: leaves it what it needs from then on. An app that may trace any process must not get
 * around its own filter in this way. */
int filter_cage_init(void);
