/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what becomes of all frames that come in by an interface.
 * Never: lets one of them get to this namespace.
 * Follows: tc-bpf(8), tc-mirred(8). */

#include <errno.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/tc_act/tc_mirred.h>
#include <net/if.h>

#include "basic/macro.h"
#include "network/netlink-redirect.h"
#include "network/netlink-request.h"

#define INGRESS_HANDLE 0xffff0000u /* there is one of an interface */

static int add_ingress(unsigned index) {
        Request q;

        request_begin(&q, RTM_NEWQDISC, sizeof(q.body.traffic));
        q.body.traffic = (struct tcmsg) { .tcm_ifindex = (int) index,
                                          .tcm_handle = INGRESS_HANDLE,
                                          .tcm_parent = TC_H_INGRESS };
        request_add_text(&q, TCA_KIND, "ingress");
        return request_ask(&q);
}

static void add_mirred(Request *q, unsigned to) {
        const struct tc_mirred parameters = { .action = TC_ACT_STOLEN,
                                              .eaction = TCA_EGRESS_REDIR,
                                              .ifindex = to };

        struct rtattr *actions = request_add(q, TCA_BPF_ACT, NULL, 0), *first = request_add(q, 1, NULL, 0);
        request_add_text(q, TCA_ACT_KIND, "mirred");
        struct rtattr *options = request_add(q, TCA_ACT_OPTIONS, NULL, 0);
        (void) request_add(q, TCA_MIRRED_PARMS, &parameters, sizeof(parameters));
        request_end_nest(q, options);
        request_end_nest(q, first);
        request_end_nest(q, actions);
}

/* What it returns says what becomes of a frame; or, if there is an interface `to`, whether it goes there. */
static int add_program(unsigned index, unsigned priority, const struct sock_filter *program, uint16_t n,
                       unsigned to) {
        Request q;

        request_begin(&q, RTM_NEWTFILTER, sizeof(q.body.traffic));
        q.body.traffic = (struct tcmsg) { .tcm_ifindex = (int) index,
                                          .tcm_parent = INGRESS_HANDLE,
                                          .tcm_info = TC_H_MAKE(priority << 16, htons(ETH_P_ALL)) };
        request_add_text(&q, TCA_KIND, "bpf");
        struct rtattr *options = request_add(&q, TCA_OPTIONS, NULL, 0);
        (void) request_add(&q, TCA_BPF_OPS_LEN, &n, sizeof(n));
        (void) request_add(&q, TCA_BPF_OPS, program, n * sizeof(struct sock_filter));
        if (to > 0)
                add_mirred(&q, to);
        else
                request_add_u32(&q, TCA_BPF_FLAGS, TCA_BPF_FLAG_ACT_DIRECT);
        request_end_nest(&q, options);

        return request_ask(&q);
}

int netlink_redirect(const char *from, const char *to, const struct sock_filter *program, size_t n) {
        static const struct sock_filter drop[] = { BPF_STMT(BPF_RET | BPF_K, TC_ACT_SHOT) };
        unsigned from_index = if_nametoindex(from), to_index = if_nametoindex(to);

        if (n > REQUEST_PROGRAM_MAX)
                return -E2BIG;
        if (from_index == 0 || to_index == 0)
                return -errno;

        int r = add_ingress(from_index);
        if (r >= 0)
                r = add_program(from_index, 1, program, (uint16_t) n, to_index);
        return r < 0 ? r : add_program(from_index, 2, drop, ELEMENTSOF(drop), 0);
}
