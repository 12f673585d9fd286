/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what a client and the stage of a pod say to each other.
 * Never: waits for the stage.
 * Follows: pod/attach.h. */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "basic/fd.h"
#include "basic/local-socket.h"
#include "console/attached.h"
#include "pod/attach.h"

int attached_connect(Console *c, int pod_fd, AttachHello *ret) {
        char message[1 + sizeof(AttachHello)];

        _cleanup_close_ int fd = local_socket_connect(pod_fd, ATTACH_SOCKET, SOCK_SEQPACKET);
        if (fd < 0)
                return fd;
        ssize_t n = recv(fd, message, sizeof(message), 0);
        if (n <= 0)
                return n < 0 ? -errno : -EUSERS;
        if (n != sizeof(message) || message[0] != ATTACH_HELLO)
                return -EBADMSG;

        memcpy(ret, message + 1, sizeof(AttachHello));
        c->socket = TAKE_FD(fd);
        return 0;
}

int attached_prepare(Console *c, int *ret_theirs) {
        int fds[2];

        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
                return -errno;

        c->socket = fds[0];
        *ret_theirs = fds[1];
        return 0;
}

short attached_events(const Console *c) {
        return (flow_is_empty(&c->out) && flow_is_empty(&c->err) ? POLLIN : 0) |
               (flow_is_empty(&c->in) && !c->end_is_due ? 0 : POLLOUT);
}

void attached_receive(Console *c) {
        char message[1 + ATTACH_DATA_MAX];
        AttachEnd end;

        /* A stage that ends without having read all resets the connection; what it has said before is still to come. */
        ssize_t n = recv(c->socket, message, sizeof(message), MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR || errno == ECONNRESET))
                return;

        switch (n > 0 ? message[0] : 0) {
        case ATTACH_OUTPUT: flow_put(&c->out, message + 1, n - 1); break;
        case ATTACH_ERROR: flow_put(&c->err, message + 1, n - 1); break;
        case ATTACH_END:
                if (n == 1 + sizeof(end)) {
                        memcpy(&end, message + 1, sizeof(end));
                        c->status = end.status;
                }
                c->ended = true;
                break;
        case 0: c->ended = true; break;
        }
}

/* False: there is no room now. */
static bool send_message(const Console *c, char type, const void *data, size_t n) {
        struct iovec parts[] = {
                { .iov_base = &type, .iov_len = 1 },
                { .iov_base = (void *) data, .iov_len = n },
        };
        struct msghdr message = { .msg_iov = parts, .msg_iovlen = n > 0 ? 2 : 1 };

        return sendmsg(c->socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0 || errno != EAGAIN;
}

void attached_send(Console *c) {
        size_t n = MIN(c->in.end - c->in.start, (size_t) ATTACH_DATA_MAX);

        if (n > 0 && send_message(c, ATTACH_INPUT, c->in.data + c->in.start, n))
                c->in.start += n;
        else if (n == 0 && c->end_is_due)
                c->end_is_due = !send_message(c, ATTACH_INPUT_END, NULL, 0);
}

void attached_resize(const Console *c, unsigned rows, unsigned columns) {
        AttachSize size = { .rows = rows, .columns = columns };
        (void) send_message(c, ATTACH_RESIZE, &size, sizeof(size));
}

void attached_end_input(Console *c) {
        c->end_is_due = true;
        attached_send(c);
}
