/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gc/plan.h"
#include "gc/victims.h"

/* Carries a plan out, under the store's exclusive lock; all that goes is only made invisible by it. `dry` says
 * what would go instead. Each logs, and returns the last error after having done what can be done. */
int sweep_pods(Store *s, Inventory *i, Plan *p, bool dry);
int sweep_images(Store *s, const Plan *p, Victims *v, bool dry);
int sweep_leftovers(const Plan *p, Victims *v, bool dry);

/* Deletes the pods that sweep_pods() made garbage; without the store's lock. */
int sweep_garbage(Store *s, Inventory *i, const Plan *p);
