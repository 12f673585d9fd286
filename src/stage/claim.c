/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: whose a pod is while it runs, and what its stage leaves behind in its directory.
 * Never: writes the record of its end: pod-exit does, when all of the unit has ended.
 * Follows: pod/pod-dir.h. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/log.h"
#include "stage/claim.h"

/* What an earlier run has left: the pod was started again. */
static int forget_end(const PodDir *p) {
        static const char *const files[] = { "exit.json", "signal", "invocation" };

        for (size_t i = 0; i < ELEMENTSOF(files); i++)
                if (unlinkat(p->fd, files[i], 0) < 0 && errno != ENOENT)
                        return -errno;

        return 0;
}

int claim_pod(Store *store, const char *uuid, PodDir *ret) {
        _cleanup_pod_dir_ PodDir p = { .fd = -EBADF };
        const char *invocation = getenv("INVOCATION_ID");

        int r = pod_dir_open_any(store_pods_fd(store), uuid, &p);
        if (r < 0)
                return log_error_errno(r, "Cannot find pod '%s': %m", uuid);
        if (p.phase != POD_PREPARED && pod_dir_phase_now(&p) != POD_EXITED)
                return log_error_errno(-EBUSY, "Cannot start pod '%s': it is %s, not prepared", uuid,
                                       pod_phase_name(p.phase));

        r = pod_dir_lock(&p);
        if (r >= 0 && p.phase != POD_RUNNING) /* unlocked: pod-exit has failed */
                r = pod_dir_move(store_pods_fd(store), &p, POD_RUNNING);
        if (r >= 0)
                r = forget_end(&p);
        if (r >= 0 && invocation)
                r = file_create_at(p.fd, "invocation", invocation, strlen(invocation), 0644);
        if (r < 0)
                return log_error_errno(r, "Cannot claim pod '%s': %m", uuid);

        *ret = p;
        p = (PodDir) { .fd = -EBADF };
        return 0;
}

static void write_end(const PodDir *p, const PodEnd *end) {
        const InitStatus *last = &end->last;
        char text[32];

        if (last->event != INIT_KILLED && last->event != INIT_DUMPED)
                return;
        (void) snprintf(text, sizeof(text), "%d%s\n", last->value,
                        last->event == INIT_DUMPED ? " core"
                        : end->out_of_memory       ? " oom"
                                                   : "");
        (void) file_publish_at(p->fd, "signal", text, strlen(text), 0644, true);
}

int claim_finish(const PodDir *p, int status, const PodEnd *end, const char *supervisor) {
        if (status < 0)
                return log_error_errno(status, "Cannot run pod '%s': %m", p->name);
        if (end->last.event == 0)
                log_error("Cannot run pod '%s': %s ended before the app was started; see 'journalctl -u gantry-%s'",
                          p->name, supervisor, p->name);

        write_end(p, end);
        return status;
}
