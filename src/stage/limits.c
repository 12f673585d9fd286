/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: limits of an app as far as they are above those of the pod, and what the kernel spares when memory is short.
 * Never: refuses an app for a limit: without CAP_SYS_RESOURCE nobody could have it.
 * Follows: prlimit(2), proc(5) on /proc/PID/oom_score_adj. */

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "basic/fd.h"
#include "basic/limit.h"
#include "basic/log.h"
#include "basic/strv.h"
#include "pod/annotation-list.h"
#include "pod/annotations.h"
#include "stage/limits.h"

static void apply(const char *text, pid_t pid) {
        struct rlimit limit;
        int resource;

        if (limit_parse(text, &resource, &limit) >= 0)
                (void) prlimit(pid, resource, &limit, NULL);
}

static void apply_oom_score(int64_t score, pid_t pid) {
        char path[64], text[32];

        (void) snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", pid);
        (void) snprintf(text, sizeof(text), "%d", (int) score);
        _cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);
        if (fd >= 0)
                (void) fd_write_full(fd, text, strlen(text));
}

void limits_apply(const AppcPodApp *app, pid_t pid) {
        _cleanup_strv_ char **limits = NULL;
        int64_t score;

        (void) annotation_list(&app->annotations, ANNOTATION_RLIMITS, &limits);
        STRV_FOREACH(limit, limits)
                apply(*limit, pid);
        if (json_int(appc_pod_app_isolator(app, "os/linux/oom-score-adj"), &score) >= 0)
                apply_oom_score(score, pid);
}

int limits_take_oom_score(const StageApp *a) {
        int64_t score;
        char text[16];

        if (a->stage->boots || json_int(appc_pod_app_isolator(a->app, "os/linux/oom-score-adj"), &score) < 0)
                return 0;

        (void) snprintf(text, sizeof(text), "%d", (int) score);
        _cleanup_close_ int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
        int r = fd < 0 ? -errno : fd_write_full(fd, text, strlen(text));
        if (r < 0)
                return log_error_errno(r, "Cannot set the OOM score of pod '%s': %m", a->stage->pod.name);

        return 0;
}
