/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: taps, and what ties them to the interfaces of a pod.
 * Never: takes an interface's addresses away: who looks for the pod's finds them there, and no frame gets to them.
 * Follows: https://docs.kernel.org/networking/tuntap.html; docs/ARCHITECTURE.md, "Networks of virtual machines". */

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/refuse.h"
#include "network/frame-filter.h"
#include "network/namespace.h"
#include "network/netlink-redirect.h"
#include "network/netlink.h"
#include "network/taps.h"

void taps_done(Taps *t) {
        for (size_t i = 0; i < t->n; i++) {
                fd_close(t->fds[i]);
                if (t->interfaces)
                        interface_done(&t->interfaces[i]);
        }
        free(t->fds);
        free(t->interfaces);
        *t = (Taps) {};
}

static void name_of(size_t i, char ret[static IF_NAMESIZE]) {
        (void) snprintf(ret, IF_NAMESIZE, "tap%u", (unsigned) i);
}

/* Frames come with what a virtio device says of them, so that neither kernel has to cut or sum up for the other. */
static int open_one(size_t i) {
        struct ifreq q = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR };

        name_of(i, q.ifr_name);
        _cleanup_close_ int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
        if (fd < 0 || ioctl(fd, TUNSETIFF, &q) < 0)
                return -errno;

        return TAKE_FD(fd);
}

static int open_all(void *data) {
        Taps *t = data;
        int r = 0;

        for (size_t i = 0; r >= 0 && i < t->n; i++)
                r = t->fds[i] = open_one(i);
        return MIN(r, 0);
}

int taps_open(int namespace_fd, size_t n, Taps *ret) {
        _cleanup_taps_ Taps t = { .fds = calloc(n, sizeof(int)),
                                  .interfaces = calloc(n, sizeof(Interface)) };
        if (!t.fds || !t.interfaces)
                return -ENOMEM;

        t.n = n;
        for (size_t i = 0; i < n; i++)
                t.fds[i] = -EBADF;
        int r = namespace_call(namespace_fd, open_all, &t);
        if (r < 0)
                return r;

        *ret = t;
        t = (Taps) {};
        return 0;
}

/* It does not speak for itself. */
static int silence(const char *tap) {
        char name[64];

        (void) snprintf(name, sizeof(name), "net.ipv6.conf.%s.disable_ipv6", tap);
        int r = namespace_set_parameter(name, "1");
        return r == -ENOENT ? 0 : r; /* a host without IPv6 */
}

/* The tap is set up when nothing could get anywhere else. */
static int tie(const Interface *i, const char *tap) {
        _cleanup_(frame_filter_done) FrameFilter from = {}, to = {};

        int r = frame_filter_from(i, &from);
        if (r >= 0)
                r = frame_filter_to(i, &to);
        if (r >= 0)
                r = silence(tap);
        if (r >= 0)
                r = netlink_redirect(tap, i->name, from.list, from.n);
        if (r >= 0)
                r = netlink_set_up(tap, /* mac= */ NULL, i->mtu);

        return r < 0 ? r : netlink_redirect(i->name, tap, to.list, to.n);
}

typedef struct Tie {
        Taps *taps;
        const PodNetwork *networks;
        char **reterr_why;
} Tie;

static int tie_all(void *data) {
        const Tie *t = data;

        for (size_t k = 0; k < t->taps->n; k++) {
                const Attachment *a = &t->networks->attachments[k];
                Interface *i = &t->taps->interfaces[k];
                char tap[IF_NAMESIZE];

                name_of(k, tap);
                int r = interface_read(a->interface, i);
                if (r >= 0)
                        r = tie(i, tap);
                if (r < 0)
                        return refuse(t->reterr_why, r,
                                      "network '%s': its interface cannot be that of a virtual machine: %s",
                                      a->network->name, strerror(-r));
        }

        return 0;
}

int taps_tie(Taps *t, int namespace_fd, const PodNetwork *n, char **reterr_why) {
        if (t->n != n->n_attachments)
                return -EINVAL;

        return namespace_call(namespace_fd, tie_all,
                              &(Tie) { .taps = t, .networks = n, .reterr_why = reterr_why });
}
