/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: making again what somebody else has taken away from pods that run: rules, mostly.
 * Never: gives a pod another address, or touches its interface.
 * Follows: network/pod-network.h. */

#include <errno.h>
#include <string.h>

#include "basic/fd.h"
#include "basic/log.h"
#include "network/filter-rules.h"
#include "network/filter.h"
#include "pod-network/lock.h"
#include "pod-network/steps.h"

/* One without results is about to join, and one that is not alive leaves. */
static bool is_in(const PodDir *p, PodNetwork *ret) {
        return pod_dir_alive(p) && pod_network_read(p->fd, ret, NULL) >= 0;
}

static int renew_rules(const PodDir *p) {
        _cleanup_pod_network_ PodNetwork n = {};
        _cleanup_free_ char *why = NULL;

        int r = is_in(p, &n) ? filter_admit(&n, &why) : 0;
        if (r < 0)
                return log_error_errno(r, "Cannot make the rules for pod '%s' again: %s", p->name,
                                       why ? why : strerror(-r));

        return 0;
}

static int renew_attachment(const PodDir *p, const Attachment *a) {
        _cleanup_free_ char *why = NULL;

        int r = attachment_renew(a, p->uuid, &why);
        if (r < 0)
                return log_error_errno(r, "Cannot make again what pod '%s' has lost: %s; start it again",
                                       p->name, why ? why : strerror(-r));
        if (r > 0)
                log_info("Made again what pod '%s' had lost of network '%s'", p->name, a->network->name);

        return 0;
}

static int renew_attachments(const PodDir *p) {
        _cleanup_pod_network_ PodNetwork n = {};
        int result = 0;

        if (!is_in(p, &n))
                return 0;
        for (size_t i = 0; i < n.n_attachments; i++) {
                int r = n.attachments[i].result ? renew_attachment(p, &n.attachments[i]) : 0;
                result = result < 0 ? result : r;
        }

        return result;
}

static int for_each(const PodDir *pods, size_t n, int (*f)(const PodDir *p)) {
        int result = 0;

        for (size_t i = 0; i < n; i++) {
                int r = f(&pods[i]);
                result = result < 0 ? result : r;
        }

        return result;
}

/* What is soon done comes first. */
int pods_renew(Store *store) {
        PodDir *pods = NULL;
        size_t n = 0;

        _cleanup_close_ int lock = lock_take(LOCK_RENEWAL, LOCK_EX);
        if (lock < 0)
                return log_error_errno(lock, "Cannot keep pods from leaving their networks meanwhile: %m");

        int r = pod_dir_list(store_pods_fd(store), &pods, &n);
        if (r < 0)
                return log_error_errno(r, "Cannot list the pods: %m");
        filter_make_way();
        int rules = for_each(pods, n, renew_rules), attachments = for_each(pods, n, renew_attachments);
        pod_dirs_free(pods, n);

        return rules < 0 ? rules : attachments;
}
