/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the test of network/frame-filter.h: frames that are honest, and others, through the kernel's own machine for such programs.
 * Never: needs an interface: a socket has room for a filter, too.
 * Follows: network/frame-filter.h; socket(7), "SO_ATTACH_FILTER". */

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "network/frame-filter.h"

#define OURS "0a5800000001"
#define OTHER "0a5800000002"
#define ALL "ffffffffffff"
#define ROUTER "0a58000000fe"
#define FOUR "0a4d0002"
#define FOUR_OTHER "0a4d0003"
#define SIX "fd670000000000000000000000000002"
#define SIX_OTHER "fd670000000000000000000000000003"
#define LINK "fe800000000000000858fffe00000001"
#define ARP(mac, address)                                                                                   \
        "0806"                                                                                              \
        "0001080006040002" mac address ROUTER "0a4d0001"
#define IPV4(address)                                                                                       \
        "0800"                                                                                              \
        "45000014000000004001"                                                                              \
        "0000" address "0a4d0001"
#define IPV6(next, address, payload)                                                                        \
        "86dd"                                                                                              \
        "600000000018" next "ff" address SIX_OTHER payload
#define ADVERTISE(target)                                                                                   \
        "88000000"                                                                                          \
        "60000000" target

static CniAddress addresses[4];
static const Interface interface = {
        .name = "eth0",
        .mac = { 0x0a, 0x58, 0, 0, 0, 1 },
        .addresses = addresses,
        .n_addresses = ELEMENTSOF(addresses),
};

static int set_up(void **state) {
        static const char *const texts[] = { "10.77.0.2/16", "10.78.0.2/16", "fd67::2/64",
                                             "fe80::858:ff:fe00:1/64" };

        for (size_t i = 0; i < ELEMENTSOF(texts); i++)
                assert_int_equal(cni_address_parse(texts[i], &addresses[i]), 0);
        assert_int_equal(inet_pton(AF_INET6, "fe80::858:fffe:0:1", &addresses[3].address), 1);
        return 0;
}

static bool passes(const FrameFilter *f, const char *hex) {
        const struct sock_fprog program = { .len = (unsigned short) f->n, .filter = f->list };
        uint8_t frame[128], heard[128];
        size_t size = strlen(hex) / 2;
        int fds[2];

        assert_int_equal(hex_decode(hex, frame, size), 0);
        assert_return_code(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), 0);
        _cleanup_close_ int ours = fds[0], theirs = fds[1];
        assert_return_code(setsockopt(theirs, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)), 0);
        (void) !send(ours, frame, size, 0);

        return recv(theirs, heard, sizeof(heard), 0) == (ssize_t) size;
}

static void test_sent(void **state) {
        static const struct {
                const char *frame;
                bool passes;
        } frames[] = {
                { ALL OURS ARP(OURS, FOUR), true },
                { ALL OURS ARP(OURS, "0a4e0002"), true },
                { ALL OURS ARP(OURS, FOUR_OTHER), false },
                { ALL OURS ARP(OTHER, FOUR), false },
                { ALL OTHER ARP(OURS, FOUR), false },
                { ALL OURS ARP(OURS, "00000000"), false },
                { ALL OURS "0806"
                           "000108000604",
                  false }, /* cut off */
                { ROUTER OURS IPV4(FOUR), true },
                { ROUTER OURS IPV4(FOUR_OTHER), false },
                { ROUTER OTHER IPV4(FOUR), false },
                { ROUTER OURS "8100"
                              "0001" IPV4(FOUR),
                  false },
                { ROUTER OURS "88cc"
                              "0207",
                  false },
                { ROUTER OURS IPV6("06", SIX, "00"), true },
                { ROUTER OURS IPV6("11", LINK, "00"), true },
                { ROUTER OURS IPV6("06", SIX_OTHER, "00"), false },
                { ROUTER OURS IPV6("3c", SIX, "3a00010400000000" ADVERTISE(SIX_OTHER)), false },
                { ROUTER OURS IPV6("3a", SIX, ADVERTISE(SIX)), true },
                { ROUTER OURS IPV6("3a", LINK, ADVERTISE(SIX)), true },
                { ROUTER OURS IPV6("3a", SIX, ADVERTISE(SIX_OTHER)), false },
                { ROUTER OURS IPV6("3a", SIX, "8000000000000000"), true }, /* echo */
                { ROUTER OURS IPV6("3a", SIX, "8700000000000000" SIX_OTHER), true },
                { ROUTER OURS IPV6("3a", LINK, "8600000040000000"), false }, /* router */
                { ROUTER OURS IPV6("3a", LINK, "8900000000000000"), false }, /* redirect */
                { ROUTER OURS IPV6("00", LINK,
                                   "3a00050200000000"
                                   "8f00000000000000"),
                  true },
                { ROUTER OURS IPV6("00", LINK, "3a00050200000000" ADVERTISE(SIX_OTHER)), false },
                { ROUTER OURS IPV6("00", LINK,
                                   "0600050200000000"
                                   "8f00000000000000"),
                  false },
        };
        _cleanup_(frame_filter_done) FrameFilter f = {};

        assert_int_equal(frame_filter_from(&interface, &f), 0);
        for (size_t i = 0; i < ELEMENTSOF(frames); i++)
                if (passes(&f, frames[i].frame) != frames[i].passes)
                        fail_msg("frame %zu %s", i, frames[i].passes ? "does not pass" : "passes");
}

/* Each of its addresses is as good as the first. */
static void test_many(void **state) {
        CniAddress many[64];
        Interface i = interface;
        _cleanup_(frame_filter_done) FrameFilter f = {};
        char frame[256];

        for (unsigned k = 0; k < ELEMENTSOF(many); k++) {
                struct in6_addr bytes = { .s6_addr = { 0xfd, [15] = (uint8_t) k } };
                cni_address_set(&many[k], AF_INET6, &bytes, 64);
        }
        i.addresses = many;
        i.n_addresses = ELEMENTSOF(many);
        assert_int_equal(frame_filter_from(&i, &f), 0);

        for (unsigned k = 0; k <= ELEMENTSOF(many); k++) {
                (void) snprintf(frame, sizeof(frame),
                                ROUTER OURS
                                "86dd6000000000180640fd0000000000000000000000000000%02x" SIX_OTHER,
                                k);
                assert_int_equal(passes(&f, frame), k < ELEMENTSOF(many));
        }
        assert_false(passes(&f, ROUTER OURS IPV4(FOUR)));
}

static void test_received(void **state) {
        _cleanup_(frame_filter_done) FrameFilter f = {};

        assert_int_equal(frame_filter_to(&interface, &f), 0);
        assert_true(passes(&f, OURS ROUTER IPV4(FOUR)));
        assert_true(passes(&f, ALL ROUTER ARP(ROUTER, FOUR)));
        assert_true(passes(&f, "333300000001" ROUTER "86dd"));
        assert_false(passes(&f, OTHER ROUTER IPV4(FOUR)));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_sent),
                cmocka_unit_test(test_many),
                cmocka_unit_test(test_received),
        };

        return cmocka_run_group_tests(tests, set_up, NULL);
}
