/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what resource limits are called, and how a process takes over those of another.
 * Never: knows which it should have.
 * Follows: getrlimit(2). */

#include <errno.h>

#include "basic/limit.h"
#include "basic/str.h"

static const struct {
        const char *name;
        int resource;
} resources[] = {
        { "AS", RLIMIT_AS },           { "CORE", RLIMIT_CORE },         { "CPU", RLIMIT_CPU },
        { "DATA", RLIMIT_DATA },       { "FSIZE", RLIMIT_FSIZE },       { "LOCKS", RLIMIT_LOCKS },
        { "MEMLOCK", RLIMIT_MEMLOCK }, { "MSGQUEUE", RLIMIT_MSGQUEUE }, { "NICE", RLIMIT_NICE },
        { "NOFILE", RLIMIT_NOFILE },   { "NPROC", RLIMIT_NPROC },       { "RSS", RLIMIT_RSS },
        { "RTPRIO", RLIMIT_RTPRIO },   { "RTTIME", RLIMIT_RTTIME },     { "SIGPENDING", RLIMIT_SIGPENDING },
        { "STACK", RLIMIT_STACK },
};

static int parse_number(const char *text, rlim_t *ret) {
        uint64_t number = RLIM_INFINITY;

        if (!streq(text, "infinity") && str_to_u64(text, &number) < 0)
                return -EINVAL;

        *ret = number;
        return 0;
}

static int parse_both(const char *text, struct rlimit *ret) {
        _cleanup_free_ char *soft = strdup(text);
        struct rlimit limit;

        if (!soft)
                return -ENOMEM;
        char *colon = strchr(soft, ':');
        if (colon)
                *colon = '\0';
        int r = parse_number(soft, &limit.rlim_cur);
        if (r >= 0)
                r = parse_number(colon ? colon + 1 : soft, &limit.rlim_max);
        if (r >= 0)
                *ret = limit;

        return r;
}

int limit_parse(const char *text, int *ret_resource, struct rlimit *ret) {
        for (size_t i = 0; i < ELEMENTSOF(resources); i++) {
                const char *rest = startswith(text, resources[i].name);

                if (!rest || rest[0] != '=')
                        continue;
                int r = parse_both(rest + 1, ret);
                if (r >= 0)
                        *ret_resource = resources[i].resource;
                return r;
        }

        return -EINVAL;
}

static int set(int resource, struct rlimit limit) {
        struct rlimit now;

        if (setrlimit(resource, &limit) >= 0)
                return 0;
        if (errno != EPERM || getrlimit(resource, &now) < 0)
                return -errno;
        limit.rlim_max = MIN(limit.rlim_max, now.rlim_max);
        limit.rlim_cur = MIN(limit.rlim_cur, limit.rlim_max);

        return setrlimit(resource, &limit) < 0 ? -errno : 0;
}

int limits_set(const struct rlimit limits[static RLIM_NLIMITS]) {
        int r = 0;

        for (int i = 0; i < (int) RLIM_NLIMITS && r >= 0; i++)
                r = set(i, limits[i]);
        return r;
}
