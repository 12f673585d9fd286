/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the socket of the metadata service, which is to be in the pod's network namespace.
 * Never: serves it; lets an app run before it is there, which could take the port.
 * Follows: pod/init-config.h; unix(7), SCM_RIGHTS. */

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "init/metadata.h"
#include "pod/init-config.h"

static int make_socket(unsigned port) {
        const struct sockaddr_in address = {
                .sin_family = AF_INET,
                .sin_port = htons(port),
                .sin_addr = { .s_addr = htonl(INADDR_LOOPBACK) },
        };

        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return -errno;
        if (bind(fd, (const struct sockaddr *) &address, sizeof(address)) < 0 || listen(fd, SOMAXCONN) < 0) {
                int error = errno;
                close(fd);
                return -error;
        }

        return fd;
}

static int send_socket(int fd) {
        InitStatus status = { .event = INIT_LISTENING };
        union {
                struct cmsghdr header;
                char space[CMSG_SPACE(sizeof(int))];
        } control = {
                .header = { .cmsg_level = SOL_SOCKET,
                            .cmsg_type = SCM_RIGHTS,
                            .cmsg_len = CMSG_LEN(sizeof(int)) },
        };
        struct iovec bytes = { .iov_base = &status, .iov_len = sizeof(status) };
        struct msghdr message = {
                .msg_iov = &bytes,
                .msg_iovlen = 1,
                .msg_control = &control,
                .msg_controllen = sizeof(control),
        };

        memcpy(CMSG_DATA(&control.header), &fd, sizeof(int));
        return sendmsg(INIT_STATUS_FD, &message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

int metadata_listen(const AppConfig *c) {
        if (c->metadata_port == 0)
                return 0;

        int fd = make_socket(c->metadata_port);
        if (fd < 0)
                return fd;

        int r = send_socket(fd);
        close(fd);
        return r;
}
