/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the way into the network of another pod.
 * Never: sees to it that the other one stays: the units of the two are bound to each other (run, pod-generator).
 * Follows: gantry.net(5), "Another pod's network". */

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "basic/fd.h"
#include "basic/log.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "pod/machine.h"
#include "pod/pod-manifest.h"
#include "pod/pod-networks.h"
#include "pod/stage1-kind.h"
#include "stage/other-pod.h"
#include "unit/manager.h"

static int check(const AppcPod *other, char **reterr_why) {
        const char *further = pod_network_pod(other);

        if (pod_is_virtual_machine(other))
                return refuse(reterr_why, -EINVAL, "its network is in a virtual machine");
        if (pod_flies(other) || pod_network_kind(other) == NETWORK_HOST)
                return refuse(reterr_why, -EINVAL, "its network is the host's; use Network=host");
        if (further)
                return refuse(reterr_why, -EINVAL, "it is in that of pod '%s'; use Network=pod:%s", further,
                              further);

        return 0;
}

static int load(Store *store, const char *name, PodDir *ret_dir, AppcPod **ret, char **reterr_why) {
        _cleanup_pod_dir_ PodDir p = { .fd = -EBADF };

        int r = pod_dir_find(store_pods_fd(store), name, &p);
        if (r == -ENOENT || (r >= 0 && (!streq_ptr(p.name, name) || pod_dir_phase_now(&p) != POD_RUNNING)))
                return refuse(reterr_why, -ENOENT, "it does not run");
        if (r >= 0)
                r = pod_manifest_read(&p, ret, reterr_why);
        if (r < 0)
                return r;

        *ret_dir = p;
        p = (PodDir) { .fd = -EBADF };
        return check(*ret, reterr_why);
}

static bool is_the_hosts(int namespace) {
        struct stat theirs, ours;

        return fstat(namespace, &theirs) < 0 || stat("/proc/self/ns/net", &ours) < 0 ||
               (theirs.st_dev == ours.st_dev && theirs.st_ino == ours.st_ino);
}

/* A process that has got the number of one that has just ended would be another pod's by the least likely of chances, but soon one of the host's. */
static int open_namespace(const PodDir *p, char **reterr_why) {
        _cleanup_(manager_closep) Manager *m = NULL;
        char path[32];
        pid_t leader;

        int r = manager_open(&m);
        if (r >= 0)
                r = machine_leader(m, p->name, &leader, reterr_why);
        if (r < 0)
                return r;

        (void) snprintf(path, sizeof(path), "/proc/%d/ns/net", leader);
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        if (!pod_dir_alive(p) || is_the_hosts(fd))
                return refuse(reterr_why, -ENOENT, "it has just ended");

        return TAKE_FD(fd);
}

static int join(Stage *s, Store *store, const char *name, char **reterr_why) {
        _cleanup_pod_dir_ PodDir p = { .fd = -EBADF };

        int r = load(store, name, &p, &s->other, reterr_why);
        if (r < 0)
                return r;
        s->network_fd = open_namespace(&p, reterr_why);
        if (s->network_fd < 0)
                return s->network_fd;

        r = pod_network_read(p.fd, &s->network, reterr_why);
        return r == -ENOENT ? 0 : r;
}

int other_pod_join(Stage *s, Store *store) {
        const char *name = pod_network_pod(s->manifest);
        _cleanup_free_ char *why = NULL;

        if (!name)
                return 0;

        int r = join(s, store, name, &why);
        if (r >= 0)
                r = metadata_listen_at(&s->metadata, s->network_fd);
        if (r < 0)
                return log_error_errno(r, "Cannot put pod '%s' into the network of pod '%s': %s",
                                       s->pod.name, name, why ? why : strerror(-r));

        return 0;
}
