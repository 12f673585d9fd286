/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the form of a request of rtnetlink, and the answer.
 * Never: has two of them under way.
 * Follows: netlink(7), rtnetlink(7). */

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "basic/fd.h"
#include "network/netlink-request.h"

/* Returns the attribute, so that others can be put into it: request_end_nest(). */
struct rtattr *request_add(Request *q, unsigned short type, const void *data, size_t size) {
        struct rtattr *a = (struct rtattr *) ((char *) q + NLMSG_ALIGN(q->header.nlmsg_len));

        *a = (struct rtattr) { .rta_type = type, .rta_len = RTA_LENGTH(size) };
        if (size > 0)
                memcpy(RTA_DATA(a), data, size);
        q->header.nlmsg_len = NLMSG_ALIGN(q->header.nlmsg_len) + RTA_ALIGN(a->rta_len);
        return a;
}

void request_end_nest(const Request *q, struct rtattr *a) {
        a->rta_len = (const char *) q + q->header.nlmsg_len - (const char *) a;
}

void request_add_u32(Request *q, unsigned short type, uint32_t value) {
        (void) request_add(q, type, &value, sizeof(value));
}

void request_add_text(Request *q, unsigned short type, const char *text) {
        (void) request_add(q, type, text, strlen(text) + 1);
}

void request_add_address(Request *q, unsigned short type, const CniAddress *address) {
        if (address->family > 0)
                (void) request_add(q, type, &address->address, cni_address_size(address));
}

int request_ask(const Request *q) {
        struct {
                struct nlmsghdr header;
                struct nlmsgerr error;
                char more[512];
        } answer;

        _cleanup_close_ int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
        if (fd < 0 || send(fd, q, q->header.nlmsg_len, 0) < 0)
                return -errno;
        ssize_t n = recv(fd, &answer, sizeof(answer), 0);
        if (n < 0)
                return -errno;
        if ((size_t) n < sizeof(answer.header) + sizeof(int) || answer.header.nlmsg_type != NLMSG_ERROR)
                return -EBADMSG;

        return answer.error.error;
}

void request_begin(Request *q, unsigned short type, size_t body) {
        *q = (Request) {
                .header = {
                        .nlmsg_len = NLMSG_LENGTH(body),
                        .nlmsg_type = type,
                        .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL,
                },
        };
}
