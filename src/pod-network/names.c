/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: that pods find each other by their names.
 * Never: has a pod see a file of which one half is new: it is written at once, where the pod has it.
 * Follows: network/hosts.h. */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "network/hosts.h"
#include "pod-network/lock.h"
#include "pod-network/steps.h"
#include "pod/annotations.h"

#define HOSTS_MAX ((size_t) 4 * 1024 * 1024)

typedef struct Member {
        const PodDir *pod;
        PodNetwork networks;
} Member;

/* Those that are alive, and have joined. */
static int find_members(const PodDir *pods, size_t n, Member *members, size_t *ret_n, HostsNetworks *h) {
        int r = 0;

        *ret_n = 0;
        for (size_t i = 0; r >= 0 && i < n; i++) {
                Member *m = &members[*ret_n];

                if (!pods[i].name || !pod_dir_alive(&pods[i]) ||
                    pod_network_read(pods[i].fd, &m->networks, NULL) < 0)
                        continue;
                m->pod = &pods[i];
                (*ret_n)++;
                r = hosts_networks_add(h, &m->networks, m->pod->name);
        }

        return r;
}

/* One that has no such file yet will make it. It is opened for writing only if there is something to write: the stage of a virtual machine
 * hears of that. */
static int update(const Member *m, const HostsNetworks *h) {
        _cleanup_free_ char *text = NULL;
        _cleanup_blob_ Blob old = {};

        int r = file_read_at(m->pod->fd, HOSTS_FILE, HOSTS_MAX, &old);
        if (r == -ENOENT)
                return 0;
        if (r >= 0)
                r = hosts_replace(old.data, h, &m->networks, &text);
        if (r < 0 || streq(old.data, text))
                return r;

        return file_overwrite_at(m->pod->fd, HOSTS_FILE, text, strlen(text));
}

static int update_all(const PodDir *pods, size_t n) {
        _cleanup_hosts_networks_ HostsNetworks h = {};
        _cleanup_free_ Member *members = calloc(n, sizeof(Member));
        size_t n_members = 0;
        if (!members)
                return -ENOMEM;

        int r = find_members(pods, n, members, &n_members, &h);
        for (size_t i = 0; r >= 0 && i < n_members; i++)
                r = update(&members[i], &h);
        for (size_t i = 0; i < n_members; i++)
                pod_network_done(&members[i].networks);

        return r;
}

int names_update(Store *store) {
        PodDir *pods = NULL;
        size_t n = 0;

        _cleanup_close_ int lock = lock_take(LOCK_NETWORK, LOCK_EX);
        int r = lock < 0 ? lock : pod_dir_list(store_pods_fd(store), &pods, &n);
        if (r >= 0 && n > 0)
                r = update_all(pods, n);
        pod_dirs_free(pods, n);

        return r;
}

/* The pod's own name is there as that of any other. */
static int own_names(const AppcPod *pod, const PodNetwork *n, char **ret) {
        const char *hostname = pairs_get(&pod->annotations, ANNOTATION_HOSTNAME);
        _cleanup_strv_ char **addresses = NULL, **lines = NULL;
        _cleanup_free_ char *text = NULL;

        int r = pod_network_addresses(n, &addresses);
        STRV_FOREACH(address, addresses)
                if (r >= 0 && hostname)
                        r = strv_addf(&lines, "%s\t%s\n", *address, hostname);
        if (r >= 0)
                r = strv_join(lines, "", &text);

        return r < 0 ? r : str_copy(text ? text : "", ret);
}

int names_begin(const PodDir *p, const AppcPod *pod, const PodNetwork *n) {
        _cleanup_free_ char *own = NULL, *text = NULL;

        int r = own_names(pod, n, &own);
        if (r >= 0)
                r = hosts_begin(own, pairs_get(&pod->annotations, ANNOTATION_HOSTS), &text);
        if (r < 0)
                return r;

        (void) unlinkat(p->fd, HOSTS_FILE, 0);
        return file_create_at(p->fd, HOSTS_FILE, text, strlen(text), 0644);
}
