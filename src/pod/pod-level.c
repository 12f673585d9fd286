/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: which level a pod has.
 * Never: knows what a policy makes of it.
 * Follows: "Multi-Category Security" of the SELinux Notebook: 1024 categories, c0 to c1023. */

#include <stdio.h>

#include "basic/str.h"
#include "pod/pod-identity.h"
#include "pod/pod-level.h"

#define HALF 512U /* of the categories */

/* 28664 ranges become as many pairs. */
void pod_level_of_range(uid_t uid_base, char ret[static POD_LEVEL_MAX]) {
        unsigned range = (uid_base - POD_UID_MIN) / POD_UID_RANGE;

        (void) snprintf(ret, POD_LEVEL_MAX, "s0:c%u,c%u", range / HALF, HALF + range % HALF);
}

/* "c17", and what is behind it. */
static const char *parse_category(const char *s, unsigned *ret) {
        char digits[4] = "";
        uint64_t number;

        if (*s++ != 'c')
                return NULL;
        size_t n = strspn(s, DIGITS);
        if (n == 0 || n >= sizeof(digits) || (n > 1 && *s == '0'))
                return NULL;
        memcpy(digits, s, n);
        if (str_to_u64(digits, &number) < 0 || number >= HALF)
                return NULL;

        *ret = number;
        return s + n;
}

int pod_level_parse(const char *text, char ret[static POD_LEVEL_MAX]) {
        const char *rest = startswith(text, "s0:");
        unsigned a = 0, b = 0;

        rest = rest ? parse_category(rest, &a) : NULL;
        rest = rest && *rest == ',' ? parse_category(rest + 1, &b) : NULL;
        if (!rest || *rest != '\0' || a == b)
                return -EINVAL;

        (void) snprintf(ret, POD_LEVEL_MAX, "s0:c%u,c%u", MIN(a, b), MAX(a, b));
        return 0;
}
