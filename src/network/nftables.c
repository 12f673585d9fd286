/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: transactions of nftables that change elements, which is what is done at every start of a pod: the program nft would take longer than
 * all the rest.
 * Never: makes a rule.
 * Follows: linux/netfilter/nf_tables.h, linux/netfilter/nfnetlink.h. */

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "basic/fd.h"
#include "network/nftables.h"

#define BATCH_MAX 64U /* elements */

typedef struct Batch {
        _Alignas(NLMSG_ALIGNTO) char data[(BATCH_MAX + 2) * 256]; /* 256: more than an element takes */
        size_t size;
        unsigned sequence; /* of the last message */
} Batch;

static void *extend(Batch *b, size_t size) {
        void *p = b->data + b->size;

        memset(p, 0, NLMSG_ALIGN(size));
        b->size += NLMSG_ALIGN(size);
        return p;
}

static struct nlmsghdr *begin_message(Batch *b, unsigned type, unsigned flags, unsigned family,
                                      unsigned resource) {
        struct nlmsghdr *header = extend(b, NLMSG_LENGTH(sizeof(struct nfgenmsg)));
        struct nfgenmsg *body = NLMSG_DATA(header);

        *header = (struct nlmsghdr) {
                .nlmsg_type = type,
                .nlmsg_flags = NLM_F_REQUEST | flags,
                .nlmsg_seq = ++b->sequence,
        };
        *body = (struct nfgenmsg) { family, NFNETLINK_V0, htons(resource) };
        return header;
}

static void end_message(const Batch *b, struct nlmsghdr *header) {
        header->nlmsg_len = b->data + b->size - (char *) header;
}

static struct nlattr *add(Batch *b, unsigned type, const void *data, size_t size) {
        struct nlattr *a = extend(b, NLA_HDRLEN + size);

        *a = (struct nlattr) { .nla_len = NLA_HDRLEN + size, .nla_type = type };
        if (size > 0)
                memcpy((char *) a + NLA_HDRLEN, data, size);
        return a;
}

static struct nlattr *begin_nest(Batch *b, unsigned type) {
        return add(b, type | NLA_F_NESTED, NULL, 0);
}

static void end_nest(const Batch *b, struct nlattr *a) {
        a->nla_len = b->data + b->size - (char *) a;
}

static void add_value(Batch *b, unsigned type, const void *value, size_t size) {
        struct nlattr *nest = begin_nest(b, type);

        add(b, NFTA_DATA_VALUE, value, size);
        end_nest(b, nest);
}

static void add_element(Batch *b, unsigned type, unsigned flags, const char *table, const NftElement *e) {
        struct nlmsghdr *header = begin_message(b, NFNL_SUBSYS_NFTABLES << 8 | type, flags, NFPROTO_INET, 0);

        add(b, NFTA_SET_ELEM_LIST_TABLE, table, strlen(table) + 1);
        add(b, NFTA_SET_ELEM_LIST_SET, e->set, strlen(e->set) + 1);
        struct nlattr *list = begin_nest(b, NFTA_SET_ELEM_LIST_ELEMENTS);
        struct nlattr *item = begin_nest(b, NFTA_LIST_ELEM);
        add_value(b, NFTA_SET_ELEM_KEY, e->key, e->key_size);
        if (e->data_size > 0)
                add_value(b, NFTA_SET_ELEM_DATA, e->data, e->data_size);
        end_nest(b, item);
        end_nest(b, list);
        end_message(b, header);
}

static void add_frame(Batch *b, unsigned type) {
        end_message(b, begin_message(b, type, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES));
}

/* Errors come in the order of the messages, and that the last one is good comes whatever the others were. */
static int hear(int fd, unsigned last) {
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

static int commit(const Batch *b, unsigned last) {
        _cleanup_close_ int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
        if (fd < 0 || send(fd, b->data, b->size, 0) < 0)
                return -errno;

        return hear(fd, last);
}

static int change(unsigned type, unsigned flags, const char *table, const NftElement *elements, size_t n) {
        Batch b = {};

        add_frame(&b, NFNL_MSG_BATCH_BEGIN);
        for (size_t i = 0; i < n; i++)
                add_element(&b, type, flags | (i + 1 == n ? NLM_F_ACK : 0), table, &elements[i]);
        unsigned last = b.sequence;
        add_frame(&b, NFNL_MSG_BATCH_END);

        return commit(&b, last);
}

int nftables_add(const char *table, const NftElement *elements, size_t n) {
        int r = 0;

        for (size_t done = 0; r >= 0 && done < n; done += BATCH_MAX)
                r = change(NFT_MSG_NEWSETELEM, NLM_F_CREATE, table, elements + done,
                           MIN(n - done, BATCH_MAX));

        return r;
}

/* One that is missing would keep the others. */
int nftables_remove(const char *table, const NftElement *elements, size_t n) {
        int result = 0;

        for (size_t i = 0; i < n; i++) {
                int r = change(NFT_MSG_DELSETELEM, 0, table, &elements[i], 1);
                if (r < 0 && r != -ENOENT)
                        result = r;
        }

        return result;
}
