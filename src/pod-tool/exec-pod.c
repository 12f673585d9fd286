/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: finding the pod and the app that a command is to join.
 * Never: enters it.
 * Follows: gantry-exec(1). */

#include "basic/log.h"
#include "basic/str.h"
#include "pod-tool/exec-pod.h"
#include "pod-tool/leader.h"
#include "pod-tool/pod-tool.h"
#include "pod/machine.h"
#include "pod/pod-manifest.h"
#include "selinux/pod-labels.h"

/* Whoever has a kernel of his own is asked in, by his stage. */
static int find_entrance(const PodDir *p, const char *app, Entrance *ret) {
        _cleanup_(appc_pod_freep) AppcPod *manifest = NULL;
        _cleanup_free_ char *unit = NULL;
        pid_t leader;

        int r = pod_manifest_read(p, &manifest, NULL);
        if (r < 0)
                return log_error_errno(r, "Cannot read the manifest of pod '%s': %m", p->name);
        if (pod_is_virtual_machine(manifest))
                return 0;

        r = pod_tool_leader(p, app, &leader);
        if (r < 0)
                return r;
        r = pod_dir_unit_name(p, &unit);
        if (r >= 0)
                r = entrance_open(leader, unit, pod_is_labelled(manifest), ret);
        if (r == -ESRCH)
                return log_error_errno(r, "Cannot execute in pod '%s': it has just ended", p->name);
        if (r < 0)
                return log_error_errno(r, "Cannot find the way into pod '%s': %m", p->name);

        return 0;
}

int exec_find_pod(const char *pod, const char *app, PodDir *ret, char **ret_app, Entrance *ret_entrance) {
        _cleanup_(store_closep) Store *s = NULL;
        _cleanup_free_ char *chosen = NULL;

        int r = pod_tool_open(&s);
        if (r >= 0)
                r = pod_tool_find(s, pod, ret);
        if (r < 0)
                return r;
        if (pod_dir_phase_now(ret) != POD_RUNNING)
                return log_error_errno(-ESRCH, "Cannot execute in pod '%s': it is not running", pod);

        r = pod_tool_choose_app(ret, app, &chosen);
        if (r >= 0)
                r = find_entrance(ret, chosen, ret_entrance);
        if (r < 0)
                return r;

        *ret_app = TAKE_PTR(chosen);
        return 0;
}
