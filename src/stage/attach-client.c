/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the socket of one client, and what is on its way through it.
 * Never: waits for the client.
 * Follows: pod/attach.h. */

#include <string.h>
#include <sys/socket.h>

#include "basic/fd.h"
#include "stage/attach-client.h"

/* What a client who is not waited for may fall behind before it is dropped. */
#define BACKLOG_MAX (4 * 1024 * 1024)

int attach_client_new(int fd, bool patient, AttachClient **ret) {
        static const int backlog = BACKLOG_MAX;

        AttachClient *c = malloc(sizeof(AttachClient));
        if (!c) {
                fd_close(fd);
                return -ENOMEM;
        }
        if (!patient)
                (void) setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &backlog, sizeof(backlog));

        c->fd = fd;
        c->patient = patient;
        c->input_size = c->input_done = c->output_size = 0;
        *ret = c;
        return 0;
}

AttachClient *attach_client_free(AttachClient *c) {
        if (c) {
                fd_close(c->fd);
                free(c);
        }

        return NULL;
}

bool attach_client_flush(AttachClient *c) {
        if (send(c->fd, c->output, c->output_size, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
                return errno == EINTR || (errno == EAGAIN && c->patient);

        c->output_size = 0;
        return true;
}

bool attach_client_send(AttachClient *c, AttachMessage type, const void *data, size_t n) {
        c->output[0] = type;
        if (n > 0)
                memcpy(c->output + 1, data, n);
        c->output_size = 1 + n;

        return attach_client_flush(c);
}

char attach_client_receive(AttachClient *c, size_t *ret_size) {
        char type;
        struct iovec parts[] = {
                { .iov_base = &type, .iov_len = 1 },
                { .iov_base = c->input, .iov_len = sizeof(c->input) },
        };
        struct msghdr message = { .msg_iov = parts, .msg_iovlen = ELEMENTSOF(parts) };

        ssize_t n = recvmsg(c->fd, &message, MSG_DONTWAIT);
        if (n <= 0 || (message.msg_flags & MSG_TRUNC))
                return 0;

        *ret_size = n - 1;
        return type;
}
