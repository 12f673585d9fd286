/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: limits of an app in a pod that boots, as far as they are above those of the pod.
 * Never: refuses an app for a limit: without CAP_SYS_RESOURCE nobody could have it.
 * Follows: prlimit(2), proc(5) on /proc/PID/oom_score_adj. */

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "nspawn-stage1/limits.h"
#include "pod/annotation-list.h"
#include "pod/annotations.h"

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

static int find_resource(const char *name, size_t length) {
        for (size_t i = 0; i < ELEMENTSOF(resources); i++)
                if (strlen(resources[i].name) == length && strncmp(resources[i].name, name, length) == 0)
                        return resources[i].resource;

        return -EINVAL;
}

static rlim_t parse_number(const char *text) {
        uint64_t number;

        return str_to_u64(text, &number) < 0 ? RLIM_INFINITY : number;
}

/* "NOFILE=1024:2048", as prepare has written it. */
static void apply(const char *limit, pid_t pid) {
        const char *equals = strchr(limit, '=');
        int resource = equals ? find_resource(limit, equals - limit) : -EINVAL;

        _cleanup_free_ char *soft = equals ? strdup(equals + 1) : NULL;
        if (resource < 0 || !soft)
                return;
        char *colon = strchr(soft, ':');
        if (colon)
                *colon = '\0';

        struct rlimit wanted = { .rlim_cur = parse_number(soft),
                                 .rlim_max = parse_number(colon ? colon + 1 : soft) };
        (void) prlimit(pid, resource, &wanted, NULL);
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
