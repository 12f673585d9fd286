/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the rules of our network, and its place among those of others.
 * Never: is asked while they are there, since to run programs takes long.
 * Follows: nft(8), iptables(8). */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/process.h"
#include "basic/refuse.h"
#include "basic/strv.h"
#include "network/filter-rules.h"

#define SECONDS 30U

/* In one transaction. That the host's loopback is no source and no destination for anybody outside is the kernel's to see to, but on the
 * bridge it does not any more: route_localnet is what has published ports reached from there. There is no such thing for IPv6; who asks
 * [::1] is better refused at once than not answered. */
static const char rules[] =
                "table inet " FILTER_TABLE " {\n"
                "  map ports4 { type inet_proto . inet_service : ipv4_addr . inet_service; }\n"
                "  map ports6 { type inet_proto . inet_service : ipv6_addr . inet_service; }\n"
                "  map ports4_at { type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service; }\n"
                "  map ports6_at { type ipv6_addr . inet_proto . inet_service : ipv6_addr . inet_service; }\n"
                "  set bridges { type ifname; }\n"
                "  chain publish { }\n"
                "  chain guard { type filter hook prerouting priority raw; }\n"
                "  chain prerouting { type nat hook prerouting priority dstnat; }\n"
                "  chain output { type nat hook output priority -100; }\n"
                "  chain forward { type filter hook forward priority filter; }\n"
                "  chain postrouting { type nat hook postrouting priority srcnat; }\n"
                "}\n"
                "flush table inet " FILTER_TABLE "\n"
                "table inet " FILTER_TABLE " {\n"
                "  chain publish {\n"
                "    ip6 daddr ::1 return\n"
                "    dnat ip to ip daddr . meta l4proto . th dport map @ports4_at\n"
                "    dnat ip6 to ip6 daddr . meta l4proto . th dport map @ports6_at\n"
                "    meta nfproto ipv4 dnat ip to meta l4proto . th dport map @ports4\n"
                "    meta nfproto ipv6 dnat ip6 to meta l4proto . th dport map @ports6\n"
                "  }\n"
                "  chain guard { iifname \"" FILTER_BRIDGE "\" ip daddr 127.0.0.0/8 drop; }\n"
                "  chain prerouting { fib daddr type local jump publish; }\n"
                "  chain output { fib daddr type local jump publish; }\n"
                "  chain forward {\n"
                "    ct state established,related accept\n"
                "    iifname \"" FILTER_BRIDGE "\" oifname \"" FILTER_BRIDGE "\" accept\n"
                "    ct status dnat accept\n"
                "    iifname \"" FILTER_BRIDGE "\" oifname @bridges drop\n"
                "    oifname \"" FILTER_BRIDGE "\" drop\n"
                "  }\n"
                "  chain postrouting {\n"
                "    oifname \"" FILTER_BRIDGE "\" ip saddr 127.0.0.0/8 masquerade\n"
                "    iifname \"" FILTER_BRIDGE "\" oifname \"" FILTER_BRIDGE "\" ct status dnat masquerade\n"
                "    iifname \"" FILTER_BRIDGE "\" oifname != \"" FILTER_BRIDGE "\" masquerade\n"
                "  }\n"
                "}\n";

static int run_nft(char **reterr_why) {
        _cleanup_free_ char *said = NULL;

        _cleanup_close_ int in = memory_file("nft-input", rules, sizeof(rules) - 1);
        int r = in < 0 ? in
                       : process_capture(&(Spawn) { .argv = (char *[]) { (char *) "nft", (char *) "--file",
                                                                         (char *) "-", NULL },
                                                    .in = in,
                                                    .out = -EBADF,
                                                    .err = -EBADF,
                                                    .timeout = SECONDS },
                                         4096, &said);
        if (r == -ENOENT)
                return refuse(reterr_why, -EREMOTEIO, "there is no program 'nft'; install nftables");
        if (r != 0)
                return refuse(reterr_why, -EREMOTEIO,
                              "nft cannot make the rules of table 'inet " FILTER_TABLE "': %s",
                              r < 0 ? strerror(-r) : "it has said why");

        return 0;
}

/* That a rule is not there is no error of anybody's. */
static int run_quietly(char *const *argv) {
        _cleanup_free_ char *said = NULL;

        _cleanup_close_ int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
        if (null < 0)
                return -errno;

        return process_run(&(Spawn) { .argv = argv, .in = -EBADF, .out = null, .err = null });
}

/* What a rule of ours accepts, another table may still drop: Docker and ufw have it that nothing is forwarded unless a rule of iptables says
 * so. `direction` is an option. */
static void accept_in(const char *iptables, const char *direction) {
        char *argv[] = { (char *) iptables,  (char *) "--wait",  (char *) "--check",
                         (char *) "FORWARD", (char *) direction, (char *) FILTER_BRIDGE,
                         (char *) "--jump",  (char *) "ACCEPT",  NULL };

        if (run_quietly(argv) <= 0)
                return;
        argv[2] = (char *) "--insert";
        (void) run_quietly(argv);
}

/* systemd hears when they are lost, and has them made again: without a process of ours that waits for it. */
static void have_them_watched(void) {
        char *argv[] = { (char *) "systemctl",
                         (char *) "start",
                         (char *) "--quiet",
                         (char *) "--no-block",
                         (char *) "gantry-networks.socket",
                         NULL };

        (void) run_quietly(argv);
}

void filter_make_way(void) {
        static const char *const programs[] = { "iptables", "ip6tables" };

        for (size_t i = 0; i < ELEMENTSOF(programs); i++) {
                accept_in(programs[i], "--in-interface");
                accept_in(programs[i], "--out-interface");
        }
}

int filter_make_rules(char **reterr_why) {
        int r = run_nft(reterr_why);
        if (r < 0)
                return r;

        filter_make_way();
        have_them_watched();
        return 0;
}
