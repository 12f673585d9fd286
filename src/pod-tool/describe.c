/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: a pod in words, for list and status.
 * Never: changes it.
 * Follows: gantry-list(1), gantry-status(1). */

#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#include "basic/str.h"
#include "basic/units.h"
#include "image/appc-pod.h"
#include "pod-tool/describe.h"
#include "pod/annotations.h"
#include "pod/exit-record.h"
#include "pod/pod-manifest.h"

void description_done(Description *d) {
        free(d->state);
        free(d->age);
        free(d->result);
        free(d->apps);
        free(d->n_apps);
        free(d->images);
        free(d->started);
        free(d->ended);
        free(d->uids);
        *d = (Description) {};
}

int describe_time(time_t t, char **ret) {
        char text[32];
        struct tm tm;

        if (!localtime_r(&t, &tm) || strftime(text, sizeof(text), "%F %T", &tm) == 0)
                return -EINVAL;

        return str_copy(text, ret);
}

static int append(char **list, const char *item) {
        _cleanup_free_ char *old = *list;

        *list = NULL;
        return str_printf(list, "%s%s%s", old ? old : "", old ? ", " : "", item);
}

static int describe_apps(const PodDir *p, Description *d) {
        _cleanup_(appc_pod_freep) AppcPod *pod = NULL;

        int r = pod_manifest_read(p, &pod, NULL);
        if (r == -ENOENT && p->phase == POD_PREPARING)
                return 0;

        for (size_t i = 0; r >= 0 && i < pod->n_apps; i++) {
                r = append(&d->apps, pod->apps[i].name);
                const char *image = pairs_get(&pod->apps[i].annotations, ANNOTATION_IMAGE);
                if (r >= 0 && image)
                        r = append(&d->images, image);
        }

        return r < 0 ? r : str_printf(&d->n_apps, "%zu", pod->n_apps);
}

static int describe_end(const PodDir *p, Description *d, time_t *ret_since) {
        _cleanup_exit_record_ ExitRecord record = {};

        int r = exit_record_read(p->fd, &record);
        if (r >= 0)
                r = exit_record_describe(&record, &d->state);
        if (r < 0)
                return r;

        d->result = TAKE_PTR(record.result);
        *ret_since = record.when_usec / 1000000;
        return describe_time(*ret_since, &d->ended);
}

static int format_age(time_t since, char **ret) {
        time_t now = time(NULL);

        return str_copy(format_seconds(now > since ? now - since : 0).text, ret);
}

static int describe_state(const PodDir *p, Description *d) {
        PodPhase phase = pod_dir_phase_now(p);
        time_t since = 0;
        struct stat st;

        int r = phase == POD_EXITED ? describe_end(p, d, &since) : -ENOENT;
        if (r == -ENOENT) /* it has not ended, or nobody wrote down how */
                r = str_copy(pod_phase_name(phase), &d->state);
        if (r < 0)
                return r;

        if (fstatat(p->fd, "invocation", &st, 0) >= 0) {
                since = since > 0 ? since : st.st_mtime;
                r = describe_time(st.st_mtime, &d->started);
        } else if (fstatat(p->fd, "pod.json", &st, 0) >= 0)
                since = st.st_mtime;

        return r < 0 || since == 0 ? r : format_age(since, &d->age);
}

int pod_describe(const PodDir *p, Description *ret) {
        _cleanup_(description_done) Description d = {};
        uid_t base;

        int r = describe_apps(p, &d);
        if (r >= 0)
                r = describe_state(p, &d);
        if (r >= 0 && pod_dir_uid_base(p, &base) >= 0)
                r = str_printf(&d.uids, "%u…%u", base, base + 65535);
        if (r < 0)
                return r;

        *ret = d;
        d = (Description) {};
        return 0;
}
