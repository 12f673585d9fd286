/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gc/plan.h"

/* Prints what becomes of everything below the root, why, and how many bytes of the disk it takes. */
int explain(const Plan *p);
