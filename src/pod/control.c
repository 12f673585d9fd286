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

typedef union Control {
        struct cmsghdr header;
        uint8_t space[CMSG_SPACE(sizeof(struct ControlFds))];
} Control;

/* `fds` may be NULL. */
static int send_all(int fd, const struct iovec parts[2], const struct ControlFds *fds) {
        Control control = { .header = { .cmsg_level = SOL_SOCKET,
                                        .cmsg_type = SCM_RIGHTS,
                                        .cmsg_len = CMSG_LEN(sizeof(*fds)) } };
        struct msghdr message = {
                .msg_iov = (struct iovec *) parts,
                .msg_iovlen = 2,
                .msg_control = fds ? &control : NULL,
                .msg_controllen = fds ? sizeof(control) : 0,
        };

        if (fds)
                memcpy(CMSG_DATA(&control.header), fds, sizeof(*fds));
        while (sendmsg(fd, &message, MSG_NOSIGNAL) < 0)
                if (errno != EINTR)
                        return -errno;

        return 0;
}

/* Returns its size; *ret_fds are those that came with it, if they are as many as there should be. */
static ssize_t receive_request(int fd, char buffer[static REQUEST_MAX], struct ControlFds *ret_fds) {
        struct iovec bytes = { .iov_base = buffer, .iov_len = REQUEST_MAX };
        Control control = {};
        struct msghdr message = {
                .msg_iov = &bytes,
                .msg_iovlen = 1,
                .msg_control = &control,
                .msg_controllen = sizeof(control),
        };
        ssize_t n;

        do
                n = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
        while (n < 0 && errno == EINTR);
        if (n < 0)
                return -errno;

        size_t space = MIN(message.msg_controllen, control.header.cmsg_len);
        if (space > CMSG_LEN(0) && control.header.cmsg_type == SCM_RIGHTS)
                memcpy(ret_fds, CMSG_DATA(&control.header), MIN(space - CMSG_LEN(0), sizeof(*ret_fds)));
        return message.msg_flags & MSG_TRUNC ? -EMSGSIZE : n;
}

static int receive_answer(int fd, char **reterr_why) {
        char buffer[ANSWER_MAX];
        int32_t result;

        ssize_t n = receive(fd, buffer, sizeof(buffer));
        if (n == 0)
                return -ECONNRESET;
        if (n < 0 || (size_t) n < sizeof(result))
                return n < 0 ? n : -EBADMSG;

        memcpy(&result, buffer, sizeof(result));
        if (reterr_why && (size_t) n > sizeof(result)) {
                *reterr_why = strndup(buffer + sizeof(result), n - sizeof(result));
                if (!*reterr_why)
                        return -ENOMEM;
                str_to_line(*reterr_why);
        }

        return result;
}

static int ask(int pod_fd, ControlVerb verb, const char *app, const struct ControlFds *fds) {
        char letter = verb;

        _cleanup_close_ int fd = local_socket_connect(pod_fd, CONTROL_SOCKET, SOCK_SEQPACKET);
        if (fd < 0)
                return fd;
        int r = send_all(fd,
                         (struct iovec[]) { { .iov_base = &letter, .iov_len = 1 },
                                            { .iov_base = (char *) app, .iov_len = strlen(app) } },
                         fds);

        return r < 0 ? r : TAKE_FD(fd);
}

int control_ask(int pod_fd, ControlVerb verb, const char *app, char **reterr_why) {
        _cleanup_close_ int fd = ask(pod_fd, verb, app, NULL);
        if (fd < 0)
                return fd;

        int r = receive_answer(fd, reterr_why);
        return r > 0 ? -EBADMSG : r;
}

int control_exec(int pod_fd, ControlVerb verb, const char *app, const struct ControlFds *fds) {
        return ask(pod_fd, verb, app, fds);
}

int control_exec_signal(int connection, int sig) {
        int32_t number = sig;
        return send_all(connection,
                        (struct iovec[]) { { .iov_base = &number, .iov_len = sizeof(number) }, {} }, NULL);
}

int control_exec_wait(int connection, char **reterr_why) {
        return receive_answer(connection, reterr_why);
}

int control_listen(int pod_fd) {
        _cleanup_close_ int fd = local_socket_bind(pod_fd, CONTROL_SOCKET, SOCK_SEQPACKET | SOCK_NONBLOCK);
        if (fd < 0)
                return fd;

        return listen(fd, BACKLOG) < 0 ? -errno : TAKE_FD(fd);
}

void control_request_done(ControlRequest *r) {
        for (size_t i = 0; i < ELEMENTSOF(r->fds.streams); i++)
                fd_close(r->fds.streams[i]);
        fd_close(r->fds.orders);
        free(r->app);
        *r = (ControlRequest) { .fds = CONTROL_FDS_NONE };
}

static bool has_fds(const ControlRequest *r) {
        return r->fds.orders >= 0;
}

int control_receive(int fd, ControlRequest *ret) {
        _cleanup_control_request_ ControlRequest request = { .fds = CONTROL_FDS_NONE };
        char buffer[REQUEST_MAX];

        ssize_t n = receive_request(fd, buffer, &request.fds);
        if (n < 0)
                return n;
        if (n < 2 || memchr(buffer, '\0', n) || !strchr("soret", buffer[0]))
                return -EBADMSG;
        if (has_fds(&request) != (buffer[0] == CONTROL_EXEC || buffer[0] == CONTROL_EXEC_TERMINAL))
                return -EBADMSG;
        request.app = strndup(buffer + 1, n - 1);
        if (!request.app)
                return -ENOMEM;

        request.verb = buffer[0];
        *ret = request;
        request = (ControlRequest) { .fds = CONTROL_FDS_NONE };
        return 0;
}

int control_receive_signal(int fd, int *ret) {
        int32_t number;

        ssize_t n = receive(fd, &number, sizeof(number));
        if (n == 0)
                return -ENODATA;
        if (n != sizeof(number))
                return n < 0 ? n : -EBADMSG;

        *ret = number;
        return 0;
}

int control_answer(int fd, int result, const char *why) {
        int32_t number = result;
        size_t length = why ? strnlen(why, ANSWER_MAX - sizeof(number)) : 0;

        return send_all(fd,
                        (struct iovec[]) { { .iov_base = &number, .iov_len = sizeof(number) },
                                           { .iov_base = (char *) why, .iov_len = length } },
                        NULL);
}
