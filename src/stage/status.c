/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: reading what gantry-init reports.
 * Never: takes half a report, or more than one fd.
 * Follows: pod/init-config.h; unix(7), SCM_RIGHTS. */

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "basic/fd.h"
#include "stage/status.h"

int status_receive(int socket, InitStatus *ret, int *ret_fd) {
        union {
                struct cmsghdr header;
                uint8_t space[CMSG_SPACE(sizeof(int))];
        } control;
        InitStatus status;
        struct iovec bytes = { .iov_base = &status, .iov_len = sizeof(status) };
        struct msghdr message = {
                .msg_iov = &bytes,
                .msg_iovlen = 1,
                .msg_control = &control,
                .msg_controllen = sizeof(control),
        };
        _cleanup_close_ int fd = -EBADF;
        ssize_t n;

        do
                n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
        while (n < 0 && errno == EINTR);
        if (n >= 0 && message.msg_controllen >= CMSG_LEN(sizeof(int)) &&
            control.header.cmsg_level == SOL_SOCKET && control.header.cmsg_type == SCM_RIGHTS)
                memcpy(&fd, CMSG_DATA(&control.header), sizeof(fd));
        if (n != sizeof(status) || message.msg_flags & MSG_TRUNC)
                return -ENODATA;

        *ret = status;
        *ret_fd = TAKE_FD(fd);
        return 0;
}
