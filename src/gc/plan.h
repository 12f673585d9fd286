/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gc/pressure.h"
#include "gc/settings.h"
#include "inventory/inventory.h"

/* What becomes of a thing, and why. */
typedef struct Fate {
        bool goes;
        char *why;
} Fate;

/* What becomes of everything in an inventory; one fate for each of its items. */
typedef struct Plan {
        const Inventory *inventory;
        const Settings *settings;
        Pressure pressure;
        uint64_t now_usec;
        Fate *pods, *images, *layers, *leftovers;
        size_t *image_needs, *layer_needs; /* how many things that stay need it */
        const char *doubt;                 /* what it is that cannot be read, so that needs are not known */
        uint64_t freed;                    /* bytes of all that goes, as far as they were counted */
} Plan;

/* Decides about pods and leftovers. Whoever finds that a pod cannot go now says so (plan_keep_pod()) before
 * the rest is decided about. */
int plan_new(const Inventory *i, const Settings *s, const Pressure *pressure, Plan **ret);
Plan *plan_free(Plan *p);
DEFINE_CLEANUP(Plan, plan_free)

int plan_keep_pod(Plan *p, size_t pod, const char *why);

/* Decides about images and layers: what nobody needs and nobody can find goes, then what was not used for longest
 * until the pressure is gone. */
int plan_images(Plan *p);

/* The bytes that should go beyond what can. */
uint64_t plan_shortage(const Plan *p);

/* Says of each image and layer that stays for somebody's sake who that is. */
int plan_explain_needs(Plan *p);

/* Sets a fate, once or anew. 0 or -ENOMEM. */
int fate_set(Fate *f, bool goes, const char *format, ...) _printf_(3, 4);
