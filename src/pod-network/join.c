/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: having a pod be in its networks.
 * Never: leaves it in some of them.
 * Follows: network/pod-network.h. */

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "basic/fd.h"
#include "basic/log.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "network/filter.h"
#include "network/namespace.h"
#include "network/plugin.h"
#include "pod-network/steps.h"
#include "pod/pod-manifest.h"

/* Before any of them has been called. */
static int find_plugins(const PodNetwork *n, char **reterr_why) {
        for (size_t i = 0; i < n->n_attachments; i++) {
                const CniConfiguration *c = n->attachments[i].network;

                for (size_t k = 0; k < c->n_plugins; k++) {
                        _cleanup_free_ char *path = NULL, *why = NULL;

                        int r = plugin_find(c->plugins[k].type, &path, &why);
                        if (r < 0)
                                return refuse(reterr_why, r, "network '%s': %s", c->name,
                                              why ? why : strerror(-r));
                }
        }

        return 0;
}

static int join_one(const PodDir *p, Attachment *a, const char *namespace, char **reterr_why) {
        int r = str_copy(namespace, &a->namespace);
        return r < 0 ? r : attachment_add(a, p->uuid, reterr_why);
}

static int join_all(const PodDir *p, PodNetwork *n, const char *namespace, char **reterr_why) {
        int r = 0;

        for (size_t i = 0; r >= 0 && i < n->n_attachments; i++)
                r = join_one(p, &n->attachments[i], namespace, reterr_why);
        if (r >= 0)
                r = pod_network_write(p->fd, n);
        if (r >= 0)
                r = filter_admit(n, reterr_why);
        if (r < 0)
                return r;

        _cleanup_close_ int fd = open(namespace, O_RDONLY | O_CLOEXEC);
        return fd < 0 ? -errno : namespace_check(fd, n, reterr_why);
}

static int tell_names(Store *store, const PodDir *p, const AppcPod *pod, const PodNetwork *n,
                      char **reterr_why) {
        int r = names_begin(p, pod, n);
        if (r >= 0)
                r = names_update(store);

        return r < 0 ? refuse(reterr_why, r, "its name cannot be told to others: %s", strerror(-r)) : 0;
}

int pod_join(Store *store, const PodDir *p, const char *namespace) {
        _cleanup_(appc_pod_freep) AppcPod *pod = NULL;
        _cleanup_pod_network_ PodNetwork n = {};
        _cleanup_free_ char *why = NULL;

        int r = pod_manifest_read(p, &pod, &why);
        if (r >= 0)
                r = pod_network_plan(pod, &n, &why);
        if (r >= 0)
                r = find_plugins(&n, &why);
        if (r >= 0)
                r = pod_begin_note(store, p, &n, &why);
        if (r < 0)
                return log_error_errno(r, "Cannot give pod '%s' its networks: %s", p->name,
                                       why ? why : strerror(-r));

        r = join_all(p, &n, namespace, &why);
        if (r >= 0)
                r = tell_names(store, p, pod, &n, &why);
        if (r < 0) {
                log_error_errno(r, "Cannot give pod '%s' its networks: %s", p->name,
                                why ? why : strerror(-r));
                (void) pod_leave(p);
        }

        return r;
}
