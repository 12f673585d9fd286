/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the test of network/taps.h and network/interface.h: frames of a machine on their way to a host, and back.
 * Never: touches an interface of the machine under it: everything is in namespaces of this process.
 * Follows: network/taps.h. */

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "network/namespace.h"
#include "network/netlink.h"
#include "network/taps.h"

#define HEADER 10 /* of virtio, in front of each frame */

static CniAddress address(const char *text) {
        CniAddress a;

        assert_int_equal(cni_address_parse(text, &a), 0);
        return a;
}

/* A veth, whose other end stands for the host; as a plugin would leave it. */
static int make_interface(void *data) {
        const CniAddress four = address("10.77.0.2/16"), six = address("fd67::2/64");
        const NetlinkRoute routes[] = {
                { .destination = address("10.77.0.0/16"), .source = address("10.77.0.2/16") },
                { .destination = address("0.0.0.0/0"), .gateway = address("10.77.0.1/16") },
                { .destination = address("fd67::/64"), .metric = 256 },
                { .destination = address("::/0"), .gateway = address("fd67::1/64"), .metric = 1024 },
        };

        assert_int_equal(netlink_add_interface("eth0"), 0);
        assert_int_equal(netlink_set_up("veth0", (const uint8_t *) "\x02\0\0\0\0\xfe", 1400), 0);
        assert_int_equal(netlink_set_up("eth0", (const uint8_t *) "\x02\0\0\0\0\x01", 1400), 0);
        assert_int_equal(netlink_add_address("eth0", &four), 0);
        assert_int_equal(netlink_add_address("eth0", &six), 0);
        for (size_t i = 0; i < ELEMENTSOF(routes); i++)
                assert_int_equal(netlink_add_route("eth0", &routes[i]), 0);
        return 0;
}

/* What comes to the host. */
static int open_packets(void *data) {
        const struct sockaddr_ll host = { .sll_family = AF_PACKET,
                                          .sll_protocol = htons(ETH_P_ALL),
                                          .sll_ifindex = (int) if_nametoindex("veth0") };

        int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ETH_P_ALL));
        assert_return_code(bind(fd, (const struct sockaddr *) &host, sizeof(host)), errno);
        return fd;
}

/* Whether this frame comes, among whatever else does. */
static bool hears(int fd, const uint8_t *frame, size_t size, size_t skip) {
        struct pollfd p = { .fd = fd, .events = POLLIN };
        uint8_t data[2048];

        while (poll(&p, 1, 300) > 0) {
                ssize_t n = read(fd, data, sizeof(data));
                if (n >= (ssize_t) (skip + size) && memcmp(data + skip, frame, size) == 0)
                        return true;
        }

        return false;
}

/* A request for the gateway's address, from whoever says that he has the other one. */
static void make_request(uint8_t frame[static 42], uint8_t last) {
        assert_int_equal(hex_decode("ffffffffffff02000000000108060001080006040001"
                                    "0200000000010a4d00020000000000000a4d0001",
                                    frame, 42),
                         0);
        frame[31] = last;
}

static bool gets_out(int tap, int packets, uint8_t last) {
        uint8_t data[HEADER + 42] = {};

        make_request(data + HEADER, last);
        (void) !write(tap, data, sizeof(data));
        return hears(packets, data + HEADER, 42, 0);
}

/* And comes from there. */
static bool gets_in(int tap, int packets, const char *to) {
        uint8_t frame[60] = {};

        assert_int_equal(hex_decode(to, frame, ETH_ALEN), 0);
        memcpy(frame + ETH_ALEN, "\x02\0\0\0\0\xfe\x08\0", ETH_ALEN + 2);
        assert_return_code(write(packets, frame, sizeof(frame)), errno);
        return hears(tap, frame, sizeof(frame), HEADER);
}

static Attachment attachments[] = { { .interface = (char *) "eth0" } };
static const PodNetwork networks = { attachments, 1 };

static void test_ways(void **state) {
        _cleanup_taps_ Taps t = {};
        _cleanup_free_ char *why = NULL;

        _cleanup_close_ int ns = namespace_make(NULL, &why);
        if (ns == -EPERM)
                skip();
        assert_return_code(ns, 0);
        int r = taps_open(ns, 1, &t);
        if (r == -ENOENT || r == -ENODEV || r == -EPERM)
                skip(); /* no /dev/net/tun */
        assert_return_code(r, 0);
        assert_int_equal(namespace_call(ns, make_interface, NULL), 0);
        assert_int_equal(taps_tie(&t, ns, &networks, &why), 0);

        const Interface *i = &t.interfaces[0];
        assert_int_equal(i->mtu, 1400);
        assert_memory_equal(i->mac, "\x02\0\0\0\0\x01", ETH_ALEN);
        assert_true(i->n_addresses >= 2);
        assert_in_range(i->n_routes, 4,
                        5); /* that of the link's own address may be there before the address */

        _cleanup_close_ int packets = namespace_call(ns, open_packets, NULL);
        assert_return_code(packets, 0);
        assert_true(gets_out(t.fds[0], packets, 2));
        assert_false(gets_out(t.fds[0], packets, 3));
        assert_true(gets_in(t.fds[0], packets, "020000000001"));
        assert_false(gets_in(t.fds[0], packets, "020000000003"));
}

/* What was read in one namespace can be made in another. */
static int make(void *data) {
        Interface *i = data, again = {};

        assert_int_equal(netlink_add_interface(i->name), 0);
        assert_int_equal(interface_make(i), 0);
        assert_int_equal(interface_read(i->name, &again), 0);
        assert_int_equal(again.mtu, i->mtu);
        assert_memory_equal(again.mac, i->mac, ETH_ALEN);
        interface_done(&again);
        return 0;
}

static int read_interface(void *data) {
        return interface_read("eth0", data);
}

static void test_again(void **state) {
        _cleanup_(interface_done) Interface i = {};

        _cleanup_close_ int ns = namespace_make(NULL, NULL);
        if (ns == -EPERM)
                skip();
        _cleanup_close_ int other = namespace_make(NULL, NULL);
        assert_int_equal(namespace_call(ns, read_interface, &i), -ENODEV);
        assert_int_equal(namespace_call(ns, make_interface, NULL), 0);
        assert_int_equal(namespace_call(ns, read_interface, &i), 0);
        assert_int_equal(namespace_call(other, make, &i), 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_ways),
                cmocka_unit_test(test_again),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
