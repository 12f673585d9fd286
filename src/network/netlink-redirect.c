/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what becomes of all frames that come in by an interface.
 * Never: lets one of them get to this namespace.
 * Follows: tc-bpf(8), tc-mirred(8). */

#include <errno.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_mirred.h>
#include <net/if.h>

#include "basic/macro.h"
#include "network/netlink-messages.h"
#include "network/netlink-redirect.h"

#define INGRESS_HANDLE 0xffff0000u /* there is one of an interface */

static int add_ingress(unsigned index) {
        const struct tcmsg body = { .tcm_ifindex = (int) index,
                                    .tcm_handle = INGRESS_HANDLE,
                                    .tcm_parent = TC_H_INGRESS };
        Messages m = {};

        messages_begin(&m, RTM_NEWQDISC, MESSAGES_NEW, &body, sizeof(body));
        messages_add_text(&m, TCA_KIND, "ingress");
        return messages_ask(&m, NETLINK_ROUTE);
}

static void add_mirred(Messages *m, unsigned to) {
        const struct tc_mirred parameters = { .action = TC_ACT_STOLEN,
                                              .eaction = TCA_EGRESS_REDIR,
                                              .ifindex = to };

        struct nlattr *actions = messages_add(m, TCA_BPF_ACT, NULL, 0), *first = messages_add(m, 1, NULL, 0);
        messages_add_text(m, TCA_ACT_KIND, "mirred");
        struct nlattr *options = messages_add(m, TCA_ACT_OPTIONS, NULL, 0);
        (void) messages_add(m, TCA_MIRRED_PARMS, &parameters, sizeof(parameters));
        messages_end_nest(m, options);
        messages_end_nest(m, first);
        messages_end_nest(m, actions);
}

/* What it returns says what becomes of a frame; or, if there is an interface `to`, whether it goes there. */
static int add_program(unsigned index, unsigned priority, const struct sock_filter *program, uint16_t n,
                       unsigned to) {
        const struct tcmsg body = { .tcm_ifindex = (int) index,
                                    .tcm_parent = INGRESS_HANDLE,
                                    .tcm_info = TC_H_MAKE(priority << 16, htons(ETH_P_ALL)) };
        Messages m = {};

        messages_begin(&m, RTM_NEWTFILTER, MESSAGES_NEW, &body, sizeof(body));
        messages_add_text(&m, TCA_KIND, "bpf");
        struct nlattr *options = messages_add(&m, TCA_OPTIONS, NULL, 0);
        (void) messages_add(&m, TCA_BPF_OPS_LEN, &n, sizeof(n));
        (void) messages_add(&m, TCA_BPF_OPS, program, n * sizeof(struct sock_filter));
        if (to > 0)
                add_mirred(&m, to);
        else
                messages_add_u32(&m, TCA_BPF_FLAGS, TCA_BPF_FLAG_ACT_DIRECT);
        messages_end_nest(&m, options);

        return messages_ask(&m, NETLINK_ROUTE);
}

int netlink_redirect(const char *from, const char *to, const struct sock_filter *program, size_t n) {
        static const struct sock_filter drop[] = { BPF_STMT(BPF_RET | BPF_K, TC_ACT_SHOT) };
        unsigned from_index = if_nametoindex(from), to_index = if_nametoindex(to);

        if (n > MESSAGES_PROGRAM_MAX)
                return -E2BIG;
        if (from_index == 0 || to_index == 0)
                return -errno;

        int r = add_ingress(from_index);
        if (r >= 0)
                r = add_program(from_index, 1, program, (uint16_t) n, to_index);
        return r < 0 ? r : add_program(from_index, 2, drop, ELEMENTSOF(drop), 0);
}
