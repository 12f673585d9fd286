/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>

/* Capabilities of the calling process; masks of 1 << CAP_*. 0 or -errno. */

/* Nobody who comes after has any other. Needs CAP_SETPCAP. */
int privileges_bound(uint64_t mask);

/* From now on, of those that it has, these; what it executes has `ambient` of them even if its user is not root. */
int privileges_keep(uint64_t mask, uint64_t ambient);
