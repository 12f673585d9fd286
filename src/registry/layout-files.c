/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: opening the files of a layout, and both ends of the socket over which registry-client has it done.
 * Never: opens anything outside the directory, or anything but regular files; waits for a FIFO.
 * Follows: https://github.com/opencontainers/image-spec/blob/v1.1.0/image-layout.md; unix(7), SCM_RIGHTS. */

#include <fcntl.h>
#include <limits.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "registry/layout-files.h"

typedef union Control {
        char buffer[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
} Control;

int layout_blob_path(const Digest *digest, char **ret) {
        char text[DIGEST_TEXT_MAX];

        digest_format(digest, text);
        *strchr(text, ':') = '/';
        return str_printf(ret, "blobs/%s", text);
}

int layout_file_open(int dir_fd, const char *path) {
        struct stat st;

        _cleanup_close_ int fd = open_beneath(dir_fd, path, O_RDONLY | O_NOCTTY | O_NONBLOCK);
        if (fd < 0)
                return fd;
        if (fstat(fd, &st) < 0)
                return -errno;

        return S_ISREG(st.st_mode) ? TAKE_FD(fd) : -EINVAL;
}

static ssize_t receive(int socket, void *data, size_t size, Control *control) {
        struct iovec iov = { .iov_base = data, .iov_len = size };
        struct msghdr message = {
                .msg_iov = &iov,
                .msg_iovlen = 1,
                .msg_control = control ? control->buffer : NULL,
                .msg_controllen = control ? sizeof(control->buffer) : 0,
        };

        for (;;) {
                ssize_t n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                if (control && message.msg_controllen == 0)
                        control->align.cmsg_len = 0;
                return message.msg_flags & MSG_TRUNC ? -EMSGSIZE : n;
        }
}

/* `error` and, if that is 0, the fd. */
static int reply(int socket, int error, int fd) {
        Control control = {
                .align = { .cmsg_len = CMSG_LEN(sizeof(int)),
                           .cmsg_level = SOL_SOCKET,
                           .cmsg_type = SCM_RIGHTS },
        };
        struct iovec iov = { .iov_base = &error, .iov_len = sizeof(error) };
        struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };

        if (error == 0) {
                memcpy(CMSG_DATA(&control.align), &fd, sizeof(fd));
                message.msg_control = control.buffer;
                message.msg_controllen = sizeof(control.buffer);
        }

        return sendmsg(socket, &message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

int layout_files_serve(int socket, int dir_fd) {
        char path[PATH_MAX];

        for (;;) {
                ssize_t n = receive(socket, path, sizeof(path) - 1, NULL);
                if (n <= 0)
                        return n == -ECONNRESET ? 0 : n;

                path[n] = '\0';
                _cleanup_close_ int fd =
                                strlen(path) == (size_t) n ? layout_file_open(dir_fd, path) : -EINVAL;
                int r = reply(socket, fd < 0 ? fd : 0, fd);
                if (r < 0)
                        return r == -EPIPE ? 0 : r;
        }
}

int layout_file_request(int socket, const char *path) {
        Control control = {};
        int error = 0, fd;

        if (send(socket, path, strlen(path), MSG_NOSIGNAL) < 0)
                return -errno;

        ssize_t n = receive(socket, &error, sizeof(error), &control);
        if (n < 0)
                return n;
        if (n != sizeof(error))
                return -ECONNRESET;
        if (error < 0)
                return error;
        if (control.align.cmsg_len != CMSG_LEN(sizeof(int)) || control.align.cmsg_type != SCM_RIGHTS)
                return -EPROTO;

        memcpy(&fd, CMSG_DATA(&control.align), sizeof(fd));
        return fd;
}
