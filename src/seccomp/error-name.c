/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the names of errors.
 * Never: translates a message.
 * Follows: errno(3). */

#include <errno.h>
#include <string.h>

#include "basic/str.h"
#include "seccomp/error-name.h"

#define ERRNO_MAX 4095 /* the kernel's */

int errno_from_name(const char *name) {
        static const struct {
                const char *name;
                int number;
        } second_names[] = {
                { "EWOULDBLOCK", EWOULDBLOCK },
                { "ENOTSUP", ENOTSUP },
                { "EOPNOTSUPP", EOPNOTSUPP },
                { "EDEADLOCK", EDEADLOCK },
        };

        for (size_t i = 0; i < ELEMENTSOF(second_names); i++)
                if (streq(second_names[i].name, name))
                        return second_names[i].number;

        for (int e = 1; e <= ERRNO_MAX; e++) {
                const char *known = strerrorname_np(e);
                if (known && streq(known, name))
                        return e;
        }

        return -EINVAL;
}
