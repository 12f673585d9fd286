/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the transient unit of a prepared pod.
 * Never: adds what the pod's settings have not asked for, but fields of the journal.
 * Follows: gantry-run(1). */

#include <unistd.h>

#include "basic/cli.h"
#include "basic/process.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "pod/annotation-list.h"
#include "pod/annotations.h"
#include "pod/log-fields.h"
#include "pod/pod-manifest.h"
#include "pod/stage1-kind.h"
#include "run/other-pod.h"
#include "run/unit.h"

#define STOP_GRACE_USEC (10 * 1000000ULL) /* what podman and docker give, if TimeoutStopSec= is not set */

/* Whether systemd may start it again. The streams of a caller are good for one run. */
static bool is_restarted(char *const *properties) {
        const char *restart = "no";

        STRV_FOREACH(p, properties)
                if (startswith(*p, "Restart="))
                        restart = startswith(*p, "Restart=");

        return !streq(restart, "no");
}

static int start(Manager *m, const PodDir *p, const AppcPod *pod, const UnitSpec *spec, char **reterr_why) {
        _cleanup_strv_ char **exec_start = NULL, **exec_stop_post = NULL;
        _cleanup_free_ char *description = NULL, *stage = NULL;
        UnitSpec whole = *spec;

        int r = str_printf(&stage, "stage1-%s", pod_stage1(pod));
        if (r >= 0)
                r = program_command(&exec_start, stage, cli_root, p->uuid, NULL);
        if (r >= 0)
                r = program_command(&exec_stop_post, "pod-exit", cli_root, p->uuid, NULL);
        if (r >= 0)
                r = str_printf(&description, "Pod %s", p->name);
        if (r < 0)
                return r;

        whole.description = description;
        whole.syslog_identifier = "gantry";
        whole.exec_start = exec_start;
        whole.exec_stop_post = exec_stop_post;
        whole.stop_timeout_usec = STOP_GRACE_USEC;
        return unit_start(m, &whole, reterr_why);
}

int run_unit(Manager *m, const PodDir *p, const char *unit, bool detach, int in, char **reterr_why) {
        _cleanup_(appc_pod_freep) AppcPod *pod = NULL;
        _cleanup_strv_ char **properties = NULL, **fields = NULL, **sockets = NULL;

        int r = pod_manifest_read(p, &pod, reterr_why);
        if (r >= 0)
                r = annotation_list(&pod->annotations, ANNOTATION_UNIT_PROPERTIES, &properties);
        if (r >= 0)
                r = stage1_unit_properties(pod_stage1(pod), &properties);
        if (r >= 0)
                r = other_pod_bind(pod, &properties, reterr_why);
        if (r >= 0)
                r = pod_log_fields(p, pod, &fields);
        if (r >= 0) /* last, since an empty LogExtraFields= takes back what is before it */
                r = strv_add_all(&properties, fields);
        if (r >= 0)
                r = annotation_list(&pod->annotations, ANNOTATION_SOCKETS, &sockets);
        if (r < 0)
                return r;
        if (!detach && (sockets || is_restarted(properties)))
                return refuse(reterr_why, -EINVAL, "a pod that is started %s wants --detach",
                              sockets ? "by its socket" : "again, as Restart= says,");

        return start(m, p, pod,
                     &(UnitSpec) {
                                     .name = unit,
                                     .properties = properties,
                                     .sockets = sockets,
                                     .in = in,
                                     .out = detach || in >= 0 ? -EBADF : STDOUT_FILENO,
                                     .err = detach || in >= 0 ? -EBADF : STDERR_FILENO,
                     },
                     reterr_why);
}
