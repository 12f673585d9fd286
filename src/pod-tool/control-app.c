/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what an app of a running pod is asked for without the others.
 * Never: touches the pod itself; its stage does.
 * Follows: pod/control.h. */

#include "basic/log.h"
#include "basic/str.h"
#include "pod-tool/control-app.h"
#include "pod-tool/pod-tool.h"

static const char *verb_name(ControlVerb verb) {
        return verb == CONTROL_START ? "start" : verb == CONTROL_STOP ? "stop" : "restart";
}

/* Nobody listens for it. */
static int refuse_pod(const PodDir *p, const char *app, ControlVerb verb) {
        const char *name = verb_name(verb);

        if (pod_dir_phase_now(p) != POD_RUNNING)
                return log_error_errno(-ESRCH, "Cannot %s app '%s': pod '%s' is not running", name, app,
                                       p->name);

        return log_error_errno(
                        -EOPNOTSUPP,
                        "Cannot %s app '%s': it is all that pod '%s' has, and ends and begins with it", name,
                        app, p->name);
}

int control_app(char *const *names, const char *app, ControlVerb verb) {
        _cleanup_pod_dir_ PodDir p = { .fd = -EBADF };
        _cleanup_free_ char *why = NULL, *chosen = NULL;

        int r = pod_tool_one(names, &p);
        if (r >= 0)
                r = pod_tool_choose_app(&p, app, &chosen);
        if (r < 0)
                return r;

        r = control_ask(p.fd, verb, chosen, &why);
        if (r == -ENOENT || r == -ECONNREFUSED)
                return refuse_pod(&p, chosen, verb);
        if (r == -ECONNRESET)
                return log_error_errno(r, "Cannot %s app '%s' of pod '%s': the pod has ended meanwhile",
                                       verb_name(verb), chosen, p.name);
        if (r < 0)
                return log_error_errno(r, "Cannot %s app '%s' of pod '%s': %s", verb_name(verb), chosen,
                                       p.name, why ? why : strerror(-r));

        return 0;
}
