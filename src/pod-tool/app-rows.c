/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the apps of a pod in words.
 * Never: asks anybody but the pod's directory.
 * Follows: gantry-status(1), pod/app-state.h. */

#include "basic/fd.h"
#include "basic/str.h"
#include "basic/units.h"
#include "pod-tool/app-rows.h"
#include "pod-tool/describe.h"
#include "pod-tool/pod-tool.h"
#include "pod/annotations.h"
#include "pod/app-state.h"

static bool has_ended(AppPhase phase) {
        return phase == APP_EXITED || phase == APP_FAILED;
}

/* What its stage did not live to see, the pod's end tells. */
static int describe_phase(const PodDir *p, const AppState *s, char **ret) {
        if (has_ended(s->phase) && s->last.result)
                return exit_record_describe(&s->last, ret);
        if (has_ended(s->phase) || s->phase == APP_WAITING || pod_dir_phase_now(p) == POD_RUNNING)
                return str_copy(app_phase_name(s->phase), ret);

        return str_copy("ended with the pod", ret);
}

static int add_row(Table *t, const PodDir *p, const AppcPodApp *app) {
        _cleanup_free_ char *phase = NULL, *since = NULL, *pid = NULL, *restarts = NULL;
        const char *image = pairs_get(&app->annotations, ANNOTATION_IMAGE);
        _cleanup_app_state_ AppState s = {};

        _cleanup_close_ int fd = pod_tool_open_app(p, app->name);
        int r = fd < 0 ? fd : app_state_read(fd, &s);
        if (r == -ENOENT)
                return table_add(t, (const char *[]) { app->name, NULL, NULL, NULL, NULL, image });
        if (r >= 0)
                r = describe_phase(p, &s, &phase);
        if (r >= 0)
                r = describe_time(s.since_usec / 1000000, &since);
        if (r >= 0 && s.phase == APP_RUNNING && s.leader > 0 && pod_dir_phase_now(p) == POD_RUNNING)
                r = str_printf(&pid, "%d", s.leader);
        if (r >= 0)
                r = str_printf(&restarts, "%u", s.n_restarts);

        return r < 0 ? r : table_add(t, (const char *[]) { app->name, phase, since, pid, restarts, image });
}

int app_rows(const PodDir *p, const AppcPod *manifest, Table **ret) {
        static const char *const headings[] = { "APP", "STATE", "SINCE", "PID", "RESTARTS", "IMAGE", NULL };
        _cleanup_(table_freep) Table *t = table_new(headings);

        if (!t)
                return -ENOMEM;
        table_set_verbatim(t, 3);
        table_set_verbatim(t, 4);
        for (size_t i = 0; i < manifest->n_apps; i++) {
                int r = add_row(t, p, &manifest->apps[i]);
                if (r < 0)
                        return r;
        }

        *ret = TAKE_PTR(t);
        return 0;
}
