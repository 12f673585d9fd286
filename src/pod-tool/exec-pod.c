/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: finding the pod and the app that a command is to join.
 * Never: enters it.
 * Follows: gantry-exec(1). */

#include "basic/log.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "pod-tool/exec-pod.h"
#include "pod-tool/pod-tool.h"
#include "unit/manager.h"

int exec_find_app(const PodDir *p, const char *pod, const char *app, char **ret) {
        _cleanup_strv_ char **apps = NULL;

        int r = pod_tool_apps(p, &apps);
        if (r < 0)
                return log_error_errno(r, "Cannot read the manifest of pod '%s': %m", pod);
        if (app && !strv_contains(apps, app))
                return log_error_errno(-ENOENT, "Cannot execute in '%s': pod '%s' has no such app", app,
                                       pod);

        return str_copy(app ? app : apps[0], ret);
}

static int find_leader(const PodDir *p, const char *pod, pid_t *ret) {
        _cleanup_(manager_closep) Manager *m = NULL;
        _cleanup_free_ char *why = NULL;

        int r = manager_open(&m);
        if (r >= 0)
                r = machine_leader(m, p->name, ret, &why);
        if (r < 0)
                return log_error_errno(r, "Cannot find the processes of pod '%s': %s", pod,
                                       why ? why : strerror(-r));

        return 0;
}

int exec_find_pod(const char *pod, PodDir *ret, Entrance *ret_entrance) {
        _cleanup_(store_closep) Store *s = NULL;
        _cleanup_free_ char *unit = NULL;
        pid_t leader;

        int r = pod_tool_open(&s);
        if (r >= 0)
                r = pod_tool_find(s, pod, ret);
        if (r < 0)
                return r;
        if (pod_dir_phase_now(ret) != POD_RUNNING)
                return log_error_errno(-ESRCH, "Cannot execute in pod '%s': it is not running", pod);

        r = find_leader(ret, pod, &leader);
        if (r < 0)
                return r;
        r = pod_dir_unit_name(ret, &unit);
        if (r >= 0)
                r = entrance_open(leader, unit, ret_entrance);
        if (r == -ESRCH)
                return log_error_errno(r, "Cannot execute in pod '%s': it has just ended", pod);
        if (r < 0)
                return log_error_errno(r, "Cannot find the way into pod '%s': %m", pod);

        return 0;
}
