/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: one connection to the metadata service.
 * Never: waits for its client; takes more from it than one request may be long.
 * Follows: RFC 9112 section 9. */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "basic/fd.h"
#include "metadata/connection.h"

/* A head that is one byte too long is seen to be too long. */
#define FIRST_SIZE (HTTP_HEAD_MAX + 4)

void connection_open(Connection *c, int taken_fd, uint64_t now_msec) {
        *c = (Connection) { .fd = taken_fd, .deadline_msec = now_msec + CONNECTION_PATIENCE_MSEC };
}

void connection_close(Connection *c) {
        fd_close(c->fd);
        free(c->in);
        *c = (Connection) { .fd = -EBADF };
}

void connection_poll(const Connection *c, struct pollfd *ret) {
        *ret = (struct pollfd) { .fd = c->fd, .events = c->answering ? POLLOUT : POLLIN };
}

static const char *reason(unsigned status) {
        switch (status) {
        case 200: return "OK";
        case 403: return "Forbidden";
        case 404: return "Not Found";
        case 405: return "Method Not Allowed";
        case 411: return "Length Required";
        case 413: return "Content Too Large";
        case 417: return "Expectation Failed";
        case 431: return "Request Header Fields Too Large";
        case 500: return "Internal Server Error";
        case 501: return "Not Implemented";
        case 505: return "HTTP Version Not Supported";
        default: return "Bad Request";
        }
}

/* What the answer is to is passed over; what came behind it is the next question. */
static void begin_answer(Connection *c, const MetadataPod *pod, const HttpRequest *q, uint64_t now_msec) {
        const char *type;

        answer_make(pod, q, &c->answer);
        type = c->answer.type;
        c->last = !q->keep;
        c->n_head = snprintf(c->head, sizeof(c->head),
                             "HTTP/1.1 %u %s\r\n%s%s%sContent-Length: %zu\r\n%s%s\r\n", c->answer.status,
                             reason(c->answer.status), type ? "Content-Type: " : "", type ? type : "",
                             type ? "\r\n" : "", c->answer.size,
                             c->answer.status == 405 ? "Allow: GET, HEAD, POST\r\n" : "",
                             c->last ? "Connection: close\r\n" : "");
        if (q->method == HTTP_HEAD)
                c->answer.size = 0;

        c->n_in -= q->size;
        memmove(c->in, c->in + q->size, c->n_in);
        c->answering = true;
        c->sent = 0;
        c->deadline_msec = now_msec + CONNECTION_PATIENCE_MSEC;
}

/* Room for as much as is known to come. */
static bool make_room(Connection *c, size_t size) {
        if (size <= c->in_size)
                return true;

        char *grown = realloc(c->in, size);
        if (!grown)
                return false;
        c->in = grown;
        c->in_size = size;
        return true;
}

static void look_for_request(Connection *c, const MetadataPod *pod, uint64_t now_msec) {
        HttpRequest q;

        if (http_request_parse(c->in, c->n_in, &q))
                begin_answer(c, pod, &q, now_msec);
        else if (!make_room(c, q.size))
                connection_close(c);
}

static void receive(Connection *c, const MetadataPod *pod, uint64_t now_msec) {
        if (!make_room(c, FIRST_SIZE)) {
                connection_close(c);
                return;
        }
        if (c->ending)
                c->n_in = 0;

        ssize_t n = recv(c->fd, c->in + c->n_in, c->in_size - c->n_in, MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return;
        if (n <= 0) {
                connection_close(c);
                return;
        }

        c->n_in += n;
        if (!c->ending)
                look_for_request(c, pod, now_msec);
}

/* If it were closed now, what the client is still sending would wipe out the answer on its way. */
static void end(Connection *c) {
        c->answering = false;
        c->ending = true;
        (void) shutdown(c->fd, SHUT_WR);
}

static void send_answer(Connection *c, const MetadataPod *pod, uint64_t now_msec) {
        bool in_head = c->sent < c->n_head;
        size_t offset = in_head ? c->sent : c->sent - c->n_head;
        const char *data = in_head ? c->head : c->answer.body;
        size_t size = in_head ? c->n_head : c->answer.size;

        ssize_t n = send(c->fd, data + offset, size - offset,
                         MSG_DONTWAIT | MSG_NOSIGNAL | (in_head && c->answer.size > 0 ? MSG_MORE : 0));
        if (n < 0 && errno != EAGAIN && errno != EINTR) {
                connection_close(c);
                return;
        }

        c->sent += MAX(n, 0);
        if (c->sent < c->n_head + c->answer.size)
                return;
        if (c->last)
                end(c);
        else {
                c->answering = false;
                if (c->n_in > 0)
                        look_for_request(c, pod, now_msec);
        }
}

void connection_dispatch(Connection *c, const MetadataPod *pod, uint64_t now_msec) {
        if (c->answering)
                send_answer(c, pod, now_msec);
        else
                receive(c, pod, now_msec);
}
