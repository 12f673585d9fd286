/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof that systemd has put a filter on the pod's packets.
 * Never: makes one.
 * Follows: systemd.resource-control(5), "IPAddressDeny="; bpf(2), BPF_PROG_QUERY. */

#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/log.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "pod/annotation-list.h"
#include "pod/annotations.h"
#include "stage/cgroup.h"
#include "stage/ip-filter.h"

/* Each of them is a program on the unit's cgroup, for packets that come and for those that go. */
static unsigned count_wanted(char *const *properties) {
        bool addresses = false, interfaces = false;

        STRV_FOREACH(p, properties) {
                addresses = addresses || startswith(*p, "IPAddressDeny=");
                interfaces = interfaces || startswith(*p, "RestrictNetworkInterfaces=");
        }

        return addresses + interfaces;
}

static int count_programs(int cgroup, enum bpf_attach_type type, unsigned *ret) {
        union bpf_attr attr;

        memset(&attr, 0, sizeof(attr)); /* also what is between its members */
        attr.query.target_fd = cgroup;
        attr.query.attach_type = type;
        if (syscall(SYS_bpf, BPF_PROG_QUERY, &attr, sizeof(attr)) < 0)
                return -errno;

        *ret = attr.query.prog_cnt;
        return 0;
}

static int check(unsigned wanted) {
        static const enum bpf_attach_type types[] = { BPF_CGROUP_INET_INGRESS, BPF_CGROUP_INET_EGRESS };

        _cleanup_close_ int cgroup = cgroup_open();
        int r = cgroup;
        for (size_t i = 0; r >= 0 && i < ELEMENTSOF(types); i++) {
                unsigned n = 0;

                r = count_programs(cgroup, types[i], &n);
                if (r >= 0 && n < wanted)
                        r = -EOPNOTSUPP;
        }

        return r;
}

int ip_filter_check(const Stage *s) {
        _cleanup_strv_ char **properties = NULL;

        int r = annotation_list(&s->manifest->annotations, ANNOTATION_UNIT_PROPERTIES, &properties);
        if (r < 0)
                return log_error_errno(r, "Cannot read the properties of pod '%s': %m", s->pod.name);
        unsigned wanted = count_wanted(properties);

        r = wanted > 0 ? check(wanted) : 0;
        if (r < 0)
                return log_error_errno(
                                r,
                                "Cannot start pod '%s': systemd keeps nothing from it of what IPAddressDeny= or RestrictNetworkInterfaces= forbid (%m); the kernel needs CONFIG_CGROUP_BPF, and systemd BPF_FRAMEWORK for interfaces",
                                s->pod.name);

        return 0;
}
