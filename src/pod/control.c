/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what is said at a pod's control socket.
 * Never: does what is asked.
 * Follows: pod/control.h. */

#include <string.h>
#include <sys/socket.h>

#include "basic/fd.h"
#include "basic/local-socket.h"
#include "basic/str.h"
#include "pod/control.h"

#define REQUEST_MAX 1024
#define ANSWER_MAX 4096
#define BACKLOG 16

/* Returns the size, which is not more than there is room for. */
static ssize_t receive(int fd, void *buffer, size_t size) {
        ssize_t n;

        do
                n = recv(fd, buffer, size, MSG_TRUNC);
        while (n < 0 && errno == EINTR);
        if (n < 0)
                return -errno;

        return (size_t) n > size ? -EMSGSIZE : n;
}

static int send_all(int fd, const struct iovec parts[2]) {
        struct msghdr message = { .msg_iov = (struct iovec *) parts, .msg_iovlen = 2 };

        while (sendmsg(fd, &message, MSG_NOSIGNAL) < 0)
                if (errno != EINTR)
                        return -errno;

        return 0;
}

static int receive_answer(int fd, char **reterr_why) {
        char buffer[ANSWER_MAX];
        int32_t error;

        ssize_t n = receive(fd, buffer, sizeof(buffer));
        if (n == 0)
                return -ECONNRESET;
        if (n < 0 || (size_t) n < sizeof(error))
                return n < 0 ? n : -EBADMSG;

        memcpy(&error, buffer, sizeof(error));
        if (error > 0)
                return -EBADMSG;
        if (reterr_why && (size_t) n > sizeof(error)) {
                *reterr_why = strndup(buffer + sizeof(error), n - sizeof(error));
                if (!*reterr_why)
                        return -ENOMEM;
                str_to_line(*reterr_why);
        }

        return error;
}

int control_ask(int pod_fd, ControlVerb verb, const char *app, char **reterr_why) {
        char letter = verb;

        _cleanup_close_ int fd = local_socket_connect(pod_fd, CONTROL_SOCKET, SOCK_SEQPACKET);
        if (fd < 0)
                return fd;
        int r = send_all(fd, (struct iovec[]) { { .iov_base = &letter, .iov_len = 1 },
                                                { .iov_base = (char *) app, .iov_len = strlen(app) } });

        return r < 0 ? r : receive_answer(fd, reterr_why);
}

int control_listen(int pod_fd) {
        _cleanup_close_ int fd = local_socket_bind(pod_fd, CONTROL_SOCKET, SOCK_SEQPACKET | SOCK_NONBLOCK);
        if (fd < 0)
                return fd;

        return listen(fd, BACKLOG) < 0 ? -errno : TAKE_FD(fd);
}

int control_receive(int fd, ControlVerb *ret_verb, char **ret_app) {
        char buffer[REQUEST_MAX];

        ssize_t n = receive(fd, buffer, sizeof(buffer));
        if (n < 0)
                return n;
        if (n < 2 || memchr(buffer, '\0', n) || !strchr("sor", buffer[0]))
                return -EBADMSG;

        char *app = strndup(buffer + 1, n - 1);
        if (!app)
                return -ENOMEM;

        *ret_verb = buffer[0];
        *ret_app = app;
        return 0;
}

int control_answer(int fd, int error, const char *why) {
        int32_t number = error;
        size_t length = why ? strnlen(why, ANSWER_MAX - sizeof(number)) : 0;

        return send_all(fd, (struct iovec[]) { { .iov_base = &number, .iov_len = sizeof(number) },
                                               { .iov_base = (char *) why, .iov_len = length } });
}
