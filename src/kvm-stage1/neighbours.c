/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: that a machine hears of the pods that come and go in its networks.
 * Never: sends a text before the guest has the last one: whatever changes meanwhile is one change.
 * Follows: network/hosts.h; inotify(7). */

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/log.h"
#include "kvm-stage1/guest-network.h"
#include "kvm-stage1/neighbours.h"
#include "network/hosts.h"

int neighbours_watch(const Stage *s) {
        char path[sizeof(FdPath) + sizeof("/" HOSTS_FILE)];

        _cleanup_close_ int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
        (void) snprintf(path, sizeof(path), "%s/" HOSTS_FILE, fd_path(s->pod.fd).text);
        if (fd < 0 || inotify_add_watch(fd, path, IN_CLOSE_WRITE) < 0)
                return -errno;

        return TAKE_FD(fd);
}

void neighbours_poll(int watch, const Relay *r, struct pollfd *fd) {
        *fd = (struct pollfd) { .fd = relay_may_change(r) ? watch : -EBADF, .events = POLLIN };
}

void neighbours_dispatch(int watch, const Stage *s, Relay *r, const struct pollfd *fd) {
        char events[4096]; /* all say the same */

        if (!fd->revents || !relay_may_change(r))
                return;
        (void) !read(watch, events, sizeof(events));
        int n = guest_network_change(s);
        if (n >= 0)
                n = relay_change(r, n);
        if (n < 0)
                log_warning_errno(n, "Cannot tell pod '%s' of its neighbours, ignoring: %m", s->pod.name);
}
