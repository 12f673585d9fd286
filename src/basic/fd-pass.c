/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: fds on their way from one process to another.
 * Never: sends or takes anything else.
 * Follows: unix(7), SCM_RIGHTS. */

#include <string.h>
#include <sys/socket.h>

#include "basic/fd-pass.h"
#include "basic/macro.h"

typedef union Control {
        struct cmsghdr header;
        uint8_t buffer[CMSG_SPACE(sizeof(int))];
} Control;

int fds_pass(int socket, const int *fds, size_t n) {
        union {
                struct cmsghdr header;
                uint8_t buffer[CMSG_SPACE(FD_PASS_MAX * sizeof(int))];
        } control = {
                .header = { .cmsg_len = CMSG_LEN(n * sizeof(int)),
                            .cmsg_level = SOL_SOCKET,
                            .cmsg_type = SCM_RIGHTS },
        };
        struct iovec iov = { .iov_base = (char[1]) {}, .iov_len = 1 };
        struct msghdr message = {
                .msg_iov = &iov,
                .msg_iovlen = 1,
                .msg_control = &control,
                .msg_controllen = CMSG_SPACE(n * sizeof(int)),
        };

        if (n > FD_PASS_MAX)
                return -E2BIG;
        memcpy(CMSG_DATA(&control.header), fds, n * sizeof(int));
        while (sendmsg(socket, &message, MSG_NOSIGNAL) < 0)
                if (errno != EINTR)
                        return -errno;

        return 0;
}

int fd_pass(int socket, int fd) {
        return fds_pass(socket, &fd, 1);
}

int fd_take(int socket) {
        Control control;
        struct iovec iov = { .iov_base = (char[1]) {}, .iov_len = 1 };
        struct msghdr message = {
                .msg_iov = &iov,
                .msg_iovlen = 1,
                .msg_control = &control,
                .msg_controllen = sizeof(control),
        };
        ssize_t n;
        int fd;

        do
                n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
        while (n < 0 && errno == EINTR);
        if (n < 0)
                return -errno;
        if (message.msg_controllen < CMSG_LEN(sizeof(int)) || control.header.cmsg_level != SOL_SOCKET ||
            control.header.cmsg_type != SCM_RIGHTS || control.header.cmsg_len != CMSG_LEN(sizeof(int)))
                return -ENODATA;

        memcpy(&fd, CMSG_DATA(&control.header), sizeof(fd));
        return fd;
}
