/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the way of gantry-init to the stage in a pod that boots.
 * Never: takes fewer or more fds than its orders speak of.
 * Follows: pod/init-config.h; unix(7), SCM_RIGHTS. */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "init/stage-link.h"
#include "pod/init-config.h"

#define STREAMS 3
#define FDS_MAX 128

static int connect_to_stage(const char *path) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };

        memcpy(address.sun_path, path, strlen(path));
        int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
        if (fd < 0 || connect(fd, (const struct sockaddr *) &address, sizeof(address)) < 0)
                return -errno;

        return fd;
}

/* Returns how many there were. */
static ssize_t take_fds(int socket, int ret[static FDS_MAX]) {
        char byte;
        union {
                struct cmsghdr header;
                char space[CMSG_SPACE(FDS_MAX * sizeof(int))];
        } control;
        struct iovec bytes = { .iov_base = &byte, .iov_len = 1 };
        struct msghdr message = {
                .msg_iov = &bytes,
                .msg_iovlen = 1,
                .msg_control = &control,
                .msg_controllen = sizeof(control),
        };

        ssize_t n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
        if (n <= 0)
                return n < 0 ? -errno : -ECONNRESET;
        if (message.msg_controllen < CMSG_LEN(sizeof(int)) || control.header.cmsg_level != SOL_SOCKET ||
            control.header.cmsg_type != SCM_RIGHTS)
                return -EBADMSG;

        size_t size = control.header.cmsg_len - CMSG_LEN(0);
        memcpy(ret, CMSG_DATA(&control.header), size);
        return size / sizeof(int);
}

/* They go out of each other's way first. */
static int move(const int *fds, const int *numbers, size_t n) {
        int away[FDS_MAX + 1];

        for (size_t i = 0; i < n; i++) {
                away[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, (int) n);
                close(fds[i]);
                if (away[i] < 0)
                        return -errno;
        }
        for (size_t i = 0; i < n; i++)
                if (dup2(away[i], numbers[i]) < 0 || close(away[i]) < 0)
                        return -errno;

        return 0;
}

static int take_at(const char *path, size_t n_sockets) {
        int fds[FDS_MAX + 1], numbers[FDS_MAX + 1];

        int link = connect_to_stage(path);
        if (link < 0)
                return link;

        ssize_t n = take_fds(link, fds);
        if (n < 0)
                return n;
        if ((size_t) n != STREAMS + n_sockets)
                return -EBADMSG;
        for (int i = 0; i < n; i++)
                numbers[i] = i < STREAMS ? i : INIT_STATUS_FD + 1 + i - STREAMS;
        fds[n] = link;
        numbers[n] = INIT_STATUS_FD;

        return move(fds, numbers, n + 1);
}

int stage_link(size_t n_sockets) {
        return take_at(INIT_STATUS_PATH, n_sockets);
}

int stage_streams(void) {
        return take_at(INIT_STREAMS_PATH, /* n_sockets= */ 0);
}

void stage_unlink(void) {
        char byte;

        (void) !read(INIT_STATUS_FD, &byte, 1);
}
