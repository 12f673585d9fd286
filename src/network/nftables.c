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
#include <sys/socket.h>

#include "basic/macro.h"
#include "network/netlink-messages.h"
#include "network/nftables.h"

#define BATCH_MAX 64U /* elements, none of which takes more than 256 bytes */

static void begin_message(Messages *m, unsigned type, unsigned flags, unsigned family, unsigned resource) {
        const struct nfgenmsg body = { family, NFNETLINK_V0, htons(resource) };

        messages_begin(m, type, flags, &body, sizeof(body));
}

static struct nlattr *begin_nest(Messages *m, unsigned type) {
        return messages_add(m, type | NLA_F_NESTED, NULL, 0);
}

static void add_value(Messages *m, unsigned type, const void *value, size_t size) {
        struct nlattr *nest = begin_nest(m, type);

        (void) messages_add(m, NFTA_DATA_VALUE, value, size);
        messages_end_nest(m, nest);
}

static void add_element(Messages *m, unsigned type, unsigned flags, const char *table, const NftElement *e) {
        begin_message(m, NFNL_SUBSYS_NFTABLES << 8 | type, flags, NFPROTO_INET, 0);
        messages_add_text(m, NFTA_SET_ELEM_LIST_TABLE, table);
        messages_add_text(m, NFTA_SET_ELEM_LIST_SET, e->set);
        struct nlattr *list = begin_nest(m, NFTA_SET_ELEM_LIST_ELEMENTS),
                      *item = begin_nest(m, NFTA_LIST_ELEM);
        add_value(m, NFTA_SET_ELEM_KEY, e->key, e->key_size);
        if (e->data_size > 0)
                add_value(m, NFTA_SET_ELEM_DATA, e->data, e->data_size);
        messages_end_nest(m, item);
        messages_end_nest(m, list);
}

static void add_frame(Messages *m, unsigned type) {
        begin_message(m, type, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
}

static int change(unsigned type, unsigned flags, const char *table, const NftElement *elements, size_t n) {
        Messages m = {};

        add_frame(&m, NFNL_MSG_BATCH_BEGIN);
        for (size_t i = 0; i < n; i++)
                add_element(&m, type, flags | (i + 1 == n ? NLM_F_ACK : 0), table, &elements[i]);
        add_frame(&m, NFNL_MSG_BATCH_END);

        return messages_ask(&m, NETLINK_NETFILTER);
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
