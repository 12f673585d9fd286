/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: words and fds on their way through a socket.
 * Never: knows what they mean, though they may be secret; takes more than one fd.
 * Follows: unix(7), SCM_RIGHTS. */

#include <string.h>
#include <sys/socket.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "registry/wire.h"

typedef union Control {
        char buffer[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
} Control;

/* Each word with its NUL. */
static int join(char *const *words, Blob *ret) {
        size_t size = 0;

        STRV_FOREACH(w, words)
                size += strlen(*w) + 1;
        if (size > WIRE_MAX)
                return -EMSGSIZE;

        char *text = malloc(size), *p = text;
        if (!text)
                return -ENOMEM;
        STRV_FOREACH(w, words)
                p = stpcpy(p, *w) + 1;

        *ret = (Blob) { .data = text, .size = size };
        return 0;
}

int wire_send(int socket, char *const *words, int fd) {
        _cleanup_secret_blob_ Blob text = {};

        int r = join(words, &text);
        if (r < 0)
                return r;

        struct iovec iov = { .iov_base = text.data, .iov_len = text.size };
        struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };
        Control control = {
                .align = { .cmsg_len = CMSG_LEN(sizeof(int)),
                           .cmsg_level = SOL_SOCKET,
                           .cmsg_type = SCM_RIGHTS },
        };
        if (fd >= 0) {
                memcpy(CMSG_DATA(&control.align), &fd, sizeof(fd));
                message.msg_control = control.buffer;
                message.msg_controllen = sizeof(control.buffer);
        }

        while (sendmsg(socket, &message, MSG_NOSIGNAL) < 0)
                if (errno != EINTR)
                        return errno == ECONNRESET ? -EPIPE : -errno;

        return 0;
}

/* The kernel gives us one at most, and closes what there is no room for. */
static int received_fd(const Control *control, size_t size) {
        int fd = -EBADF;

        if (size >= sizeof(struct cmsghdr) && control->align.cmsg_level == SOL_SOCKET &&
            control->align.cmsg_type == SCM_RIGHTS && control->align.cmsg_len == CMSG_LEN(sizeof(int)))
                memcpy(&fd, CMSG_DATA(&control->align), sizeof(fd));

        return fd;
}

static int split(const char *text, size_t size, char ***ret) {
        size_t n = 0;

        if (text[size - 1] != '\0')
                return -EBADMSG;
        for (size_t i = 0; i < size; i++)
                n += text[i] == '\0';

        _cleanup_strv_ char **words = calloc(n + 1, sizeof(char *));
        if (!words)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++) {
                int r = str_copy(text, &words[i]);
                if (r < 0)
                        return r;
                text += strlen(text) + 1;
        }

        *ret = TAKE_PTR(words);
        return 1;
}

int wire_receive(int socket, char ***ret_words, int *ret_fd) {
        _cleanup_secret_blob_ Blob text = { .data = malloc(WIRE_MAX) };
        Control control = {};
        ssize_t n;

        if (!text.data)
                return -ENOMEM;

        struct iovec iov = { .iov_base = text.data, .iov_len = WIRE_MAX };
        struct msghdr message = {
                .msg_iov = &iov,
                .msg_iovlen = 1,
                .msg_control = control.buffer,
                .msg_controllen = CMSG_LEN(sizeof(int)), /* CMSG_SPACE() is room for two */
        };
        do
                n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
        while (n < 0 && errno == EINTR);
        if (n < 0)
                return errno == ECONNRESET ? 0 : -errno;

        _cleanup_close_ int fd = received_fd(&control, message.msg_controllen);
        if (n == 0)
                return 0;
        text.size = n;
        if (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC))
                return -EBADMSG;

        int r = split(text.data, n, ret_words);
        if (r > 0)
                *ret_fd = TAKE_FD(fd);

        return r;
}
