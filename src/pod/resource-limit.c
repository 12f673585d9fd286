/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: how a resource limit is written.
 * Never: knows what is within the hard limits of this host.
 * Follows: getrlimit(2); systemd.exec(5), "Process Properties". */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "basic/refuse.h"
#include "basic/str.h"
#include "pod/resource-limit.h"

static bool is_name(const char *name, size_t n) {
        static const char *const names[] = {
                "AS",   "CORE",   "CPU",   "DATA", "FSIZE",  "LOCKS",  "MEMLOCK",    "MSGQUEUE",
                "NICE", "NOFILE", "NPROC", "RSS",  "RTPRIO", "RTTIME", "SIGPENDING", "STACK",
        };

        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                if (strlen(names[i]) == n && strncmp(names[i], name, n) == 0)
                        return true;
        return false;
}

static int read_limit(const char *s, uint64_t *ret) {
        if (streq(s, "infinity") || streq(s, "unlimited") || streq(s, "-1")) {
                *ret = UINT64_MAX;
                return 0;
        }

        return str_to_u64(s, ret);
}

static void write_limit(uint64_t value, char ret[static 24]) {
        if (value == UINT64_MAX)
                strcpy(ret, "infinity");
        else
                (void) snprintf(ret, 24, "%" PRIu64, value);
}

/* "SOFT:HARD", or one number that is both. False if it is none, or if the soft limit is above the hard one. */
static bool read_limits(const char *s, uint64_t *ret_soft, uint64_t *ret_hard) {
        const char *colon = strchrnul(s, ':');
        _cleanup_free_ char *soft = strndup(s, colon - s);

        return soft && read_limit(soft, ret_soft) >= 0 &&
               read_limit(*colon ? colon + 1 : s, ret_hard) >= 0 && *ret_soft <= *ret_hard;
}

int resource_limit_read(const char *value, char **ret, char **reterr_why) {
        _cleanup_free_ char *text = NULL;
        char soft_text[24], hard_text[24];
        uint64_t soft = 0, hard = 0;

        int r = str_upper(value, &text);
        if (r < 0)
                return r;
        const char *name = startswith(text, "RLIMIT_") ? text + strlen("RLIMIT_") : text,
                   *equals = strchrnul(name, '=');
        if (!is_name(name, equals - name) || !*equals ||
            !read_limits(value + (equals + 1 - text), &soft, &hard))
                return refuse(reterr_why, -EINVAL,
                              "it must be NAME=LIMIT or NAME=SOFT:HARD, such as nofile=1024:4096");

        write_limit(soft, soft_text);
        write_limit(hard, hard_text);
        return str_printf(ret, "%.*s=%s:%s", (int) (equals - name), name, soft_text, hard_text);
}
