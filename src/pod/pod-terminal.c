/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: taking over the terminal that gantry-init has made.
 * Never: takes anything else for one: what comes from a pod is looked at.
 * Follows: pts(4), ioctl_tty(2). */

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "basic/fd-pass.h"
#include "basic/fd.h"
#include "pod/pod-terminal.h"

int pod_terminal_sockets(int *ret_ours, int *ret_theirs) {
        int fds[2];

        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
                return -errno;

        *ret_ours = fds[0];
        *ret_theirs = fds[1];
        return 0;
}

int pod_terminal_receive(int socket, int *ret_master) {
        unsigned number;

        _cleanup_close_ int fd = fd_take(socket);
        if (fd < 0)
                return fd;

        int flags = ioctl(fd, TIOCGPTN, &number) < 0 ? -1 : fcntl(fd, F_GETFL);
        if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
                return -errno;

        *ret_master = TAKE_FD(fd);
        return 0;
}

int pod_terminal_release(int socket) {
        return send(socket, "", 1, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

int pod_terminal_resize(int master, unsigned rows, unsigned columns) {
        struct winsize size = { .ws_row = rows, .ws_col = columns };
        return ioctl(master, TIOCSWINSZ, &size) < 0 ? -errno : 0;
}
