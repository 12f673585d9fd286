/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: numbers as people read them.
 * Never: what machines read: JSON has the numbers themselves.
 * Follows: SI prefixes, as disks and networks are sold. */

#include <inttypes.h>
#include <stdio.h>

#include "basic/units.h"

ShortText format_bytes(uint64_t bytes) {
        static const char *const units[] = { "kB", "MB", "GB", "TB" };
        double value = bytes / 1000.0;
        ShortText t;
        size_t i;

        if (bytes < 1000) {
                (void) snprintf(t.text, sizeof(t.text), "%" PRIu64 " B", bytes);
                return t;
        }

        for (i = 0; value >= 999.95 && i + 1 < ELEMENTSOF(units); i++)
                value /= 1000;
        (void) snprintf(t.text, sizeof(t.text), "%.1f %s", value, units[i]);
        return t;
}

/* The next unit begins at two of it, so that rounding never hides more than half. */
ShortText format_seconds(uint64_t seconds) {
        ShortText t;

        if (seconds < 120)
                (void) snprintf(t.text, sizeof(t.text), "%" PRIu64 " s", seconds);
        else if (seconds < 7200)
                (void) snprintf(t.text, sizeof(t.text), "%" PRIu64 " min", seconds / 60);
        else
                (void) snprintf(t.text, sizeof(t.text), "%" PRIu64 " h", seconds / 3600);
        return t;
}
