/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: limits of a process that is to be an app's.
 * Never: leaves one out that it cannot set.
 * Follows: setrlimit(2), proc(5) on /proc/PID/oom_score_adj. */

#include <fcntl.h>

#include "basic/fd.h"
#include "basic/limit.h"
#include "basic/str.h"
#include "guest/limits.h"

static int take(const char *text) {
        struct rlimit limit;
        int resource;

        int r = limit_parse(text, &resource, &limit);
        return r < 0 ? r : setrlimit(resource, &limit) < 0 ? -errno : 0;
}

int limits_take(const GuestApp *app) {
        int r = 0;

        for (size_t i = 0; r >= 0 && i < app->n_limits; i++)
                r = take(app->limits[i]);
        if (r < 0 || !app->oom_score)
                return r;

        _cleanup_close_ int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
        return fd < 0 ? -errno : fd_write_full(fd, app->oom_score, strlen(app->oom_score));
}
