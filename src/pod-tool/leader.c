/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: which process of a running pod is an app's first.
 * Never: enters it.
 * Follows: pod/app-state.h, unit/machine.h. */

#include "basic/fd.h"
#include "basic/log.h"
#include "basic/str.h"
#include "pod-tool/leader.h"
#include "pod-tool/pod-tool.h"
#include "pod/app-state.h"
#include "pod/pod-manifest.h"
#include "pod/service.h"
#include "unit/manager.h"

/* Of an app that is directly under nspawn. */
static int find_machine(const PodDir *p, pid_t *ret) {
        _cleanup_(manager_closep) Manager *m = NULL;
        _cleanup_free_ char *why = NULL;

        int r = manager_open(&m);
        if (r >= 0)
                r = machine_leader(m, p->name, ret, &why);
        if (r < 0)
                return log_error_errno(r, "Cannot find the processes of pod '%s': %s", p->name,
                                       why ? why : strerror(-r));

        return 0;
}

/* The pod's own first process is a systemd then, and who the apps' are its stage has noted. */
static int find_app(const PodDir *p, const char *app, pid_t *ret) {
        _cleanup_app_state_ AppState state = {};

        _cleanup_close_ int fd = pod_tool_open_app(p, app);
        int r = fd < 0 ? fd : app_state_read(fd, &state);
        if (r < 0)
                return log_error_errno(r, "Cannot read the state of app '%s' of pod '%s': %m", app, p->name);
        if (state.phase != APP_RUNNING || state.leader <= 0)
                return log_error_errno(-ESRCH, "App '%s' of pod '%s' does not run: it is %s", app, p->name,
                                       app_phase_name(state.phase));

        *ret = state.leader;
        return 0;
}

int pod_tool_leader(const PodDir *p, const char *app, pid_t *ret) {
        _cleanup_(appc_pod_freep) AppcPod *manifest = NULL;

        int r = pod_manifest_read(p, &manifest, NULL);
        if (r < 0)
                return log_error_errno(r, "Cannot read the manifest of pod '%s': %m", p->name);

        return pod_boots(manifest) ? find_app(p, app, ret) : find_machine(p, ret);
}
