/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: taking a pod out of its networks.
 * Never: needs anything of the pod but its note: it may have been killed, and the machine may have been off since.
 * Follows: network/pod-network.h. */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/log.h"
#include "network/filter.h"
#include "network/namespace.h"
#include "pod-network/lock.h"
#include "pod-network/steps.h"

static int leave(const PodDir *p, const PodNetwork *n) {
        char namespace[64] = "";
        int result = 0;

        /* Without it, plugins take back what they find by the pod's UUID only. */
        _cleanup_close_ int fd = namespace_make_stand_in(n);
        if (fd < 0)
                log_warning_errno(fd, "Cannot make a namespace to take pod '%s' out of its networks by: %m",
                                  p->name);
        else
                (void) snprintf(namespace, sizeof(namespace), "/proc/%d/fd/%d", getpid(), fd);

        int r = filter_forget(n);
        if (r < 0)
                result = log_error_errno(r, "Cannot take back the rules for pod '%s': %m", p->name);
        for (size_t i = n->n_attachments; i > 0; i--) {
                _cleanup_free_ char *why = NULL;

                r = attachment_remove(&n->attachments[i - 1], p->uuid, namespace, &why);
                if (r < 0)
                        result = log_error_errno(r, "Cannot take pod '%s' out of its networks: %s", p->name,
                                                 why ? why : strerror(-r));
        }

        return result;
}

int pod_leave(const PodDir *p) {
        _cleanup_pod_network_ PodNetwork n = {};
        _cleanup_free_ char *why = NULL;

        int r = pod_network_read(p->fd, &n, &why);
        if (r == -ENOENT)
                return 0;
        _cleanup_close_ int lock = lock_take(LOCK_RENEWAL, LOCK_SH);
        if (r < 0)
                log_error_errno(r, "Cannot read which networks pod '%s' is in: %s", p->name,
                                why ? why : strerror(-r));
        else
                r = leave(p, &n);

        if (unlinkat(p->fd, POD_NETWORK_NOTE, 0) < 0)
                return log_error_errno(errno, "Cannot forget the networks of pod '%s': %m", p->name);
        return r;
}
