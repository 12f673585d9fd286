/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the form of what is asked of netlink, and the answer.
 * Never: knows what it is about.
 * Follows: netlink(7). */

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "basic/fd.h"
#include "network/netlink-messages.h"

static void *extend(Messages *m, size_t size) {
        void *p = m->data + m->size;

        assert(NLMSG_ALIGN(size) <= sizeof(m->data) - m->size);
        memset(p, 0, NLMSG_ALIGN(size));
        m->size += NLMSG_ALIGN(size);
        return p;
}

static struct nlmsghdr *last_message(Messages *m) {
        return (struct nlmsghdr *) (m->data + m->begin);
}

void messages_begin(Messages *m, unsigned type, unsigned flags, const void *body, size_t size) {
        m->begin = m->size;
        struct nlmsghdr *header = extend(m, NLMSG_LENGTH(size));

        *header = (struct nlmsghdr) {
                .nlmsg_len = m->size - m->begin,
                .nlmsg_type = type,
                .nlmsg_flags = NLM_F_REQUEST | flags,
                .nlmsg_seq = ++m->sequence,
        };
        memcpy(NLMSG_DATA(header), body, size);
        if (flags & NLM_F_ACK)
                m->confirmed = m->sequence;
}

struct nlattr *messages_add(Messages *m, unsigned type, const void *data, size_t size) {
        struct nlattr *a = extend(m, NLA_HDRLEN + size);

        *a = (struct nlattr) { .nla_len = NLA_HDRLEN + size, .nla_type = type };
        if (size > 0)
                memcpy((char *) a + NLA_HDRLEN, data, size);
        last_message(m)->nlmsg_len = m->size - m->begin;
        return a;
}

void messages_end_nest(const Messages *m, struct nlattr *a) {
        a->nla_len = m->data + m->size - (char *) a;
}

void messages_add_u32(Messages *m, unsigned type, uint32_t value) {
        (void) messages_add(m, type, &value, sizeof(value));
}

void messages_add_text(Messages *m, unsigned type, const char *text) {
        (void) messages_add(m, type, text, strlen(text) + 1);
}

void messages_add_address(Messages *m, unsigned type, const CniAddress *address) {
        if (address->family > 0)
                (void) messages_add(m, type, &address->address, cni_address_size(address));
}

/* Errors come in the order of the messages, and that the last one is good comes whatever the others were. */
static int hear(int fd, uint32_t last) {
        struct {
                struct nlmsghdr header;
                struct nlmsgerr error;
                char more[1024];
        } answer;

        for (;;) {
                ssize_t n = recv(fd, &answer, sizeof(answer), 0);
                if (n < 0)
                        return -errno;
                if ((size_t) n < sizeof(answer.header) + sizeof(int) ||
                    answer.header.nlmsg_type != NLMSG_ERROR)
                        return -EBADMSG;
                if (answer.error.error < 0 || answer.header.nlmsg_seq == last)
                        return answer.error.error;
        }
}

int messages_ask(const Messages *m, int protocol) {
        _cleanup_close_ int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
        if (fd < 0 || send(fd, m->data, m->size, 0) < 0)
                return -errno;

        return hear(fd, m->confirmed);
}
