/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: when our rules are made, and that they know a pod.
 * Never: runs a program at a start when they are there.
 * Follows: network/filter-rules.h, network/filter-elements.h. */

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "basic/fd.h"
#include "basic/refuse.h"
#include "network/filter-elements.h"
#include "network/filter-rules.h"
#include "network/filter.h"

/* So that a port is published at the host's 127.0.0.1, too. */
static int route_loopback(void) {
        _cleanup_close_ int fd = open("/proc/sys/net/ipv4/conf/" FILTER_BRIDGE "/route_localnet",
                                      O_WRONLY | O_CLOEXEC);
        return fd < 0 ? -errno : fd_write_full(fd, "1", 1);
}

static int add(const FilterElements *e, char **reterr_why) {
        int r = nftables_add(FILTER_TABLE, e->list, e->n);
        if (r != -ENOENT)
                return r;

        r = filter_make_rules(reterr_why);
        return r < 0 ? r : nftables_add(FILTER_TABLE, e->list, e->n);
}

int filter_admit(const PodNetwork *n, char **reterr_why) {
        _cleanup_filter_elements_ FilterElements e = {};

        int r = filter_elements_add_bridges(n, &e);
        size_t n_bridges = e.n;
        if (r >= 0)
                r = filter_elements_add_ports(n, &e);
        if (r >= 0 && e.n > n_bridges)
                r = route_loopback();
        if (r >= 0)
                r = add(&e, reterr_why);
        if (r < 0 && r != -EREMOTEIO && r != -ENOMEM)
                return refuse(reterr_why, r, "nftables: %s", strerror(-r));

        return r;
}

int filter_forget(const PodNetwork *n) {
        _cleanup_filter_elements_ FilterElements e = {};

        int r = filter_elements_add_ports(n, &e);
        return r < 0 ? r : nftables_remove(FILTER_TABLE, e.list, e.n);
}
