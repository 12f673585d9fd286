/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of pod/socket-owner.
 * Never: listens.
 * Follows: pod/socket-owner.h; appc "ports". */

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/un.h>

#include <cmocka.h>

#include "basic/str.h"
#include "pod/annotations.h"
#include "pod/socket-owner.h"

#define SOCKETS(value) "\"annotations\":[{\"name\":\"" ANNOTATION_SOCKETS "\",\"value\":\"" value "\"}],"
#define PORT(name, protocol, port, count, activated)                                                        \
        "{\"name\":\"" name "\",\"protocol\":\"" protocol "\",\"port\":" #port ",\"count\":" #count         \
        ",\"socketActivated\":" #activated "}"
#define APP(name, more, ports)                                                                              \
        "{\"name\":\"" name "\",\"image\":{}," more                                                         \
        "\"app\":{\"exec\":[\"sh\"],\"user\":\"0\",\"group\":\"0\",\"ports\":[" ports "]}}"

static const char json[] = "{\"acVersion\":\"0.8.11\",\"acKind\":\"PodManifest\",\"apps\":[" APP("first", "", "") "," APP(
                "asks",
                SOCKETS("ListenStream=8080\\nListenStream=192.0.2.1:81\\nListenStream=[2001:db8::1]:82\\nListenStream=/run/x\\nListenStream=@y\\nListenDatagram=53"),
                "") "," APP("ports", "",
                            PORT("http", "tcp", 8080, 1, true) "," PORT("many", "tcp", 9000, 10, true) "," PORT(
                                            "mapped", "tcp", 80, 1,
                                            true) "," PORT("dns", "udp", 5353, 1,
                                                           true) "," PORT("idle", "tcp", 70, 1,
                                                                          false)) "],\"ports\":[{\"name\":\"mapped\",\"hostPort\":8888}]}";

static AppcPod *pod;

static int setup(void **state) {
        return appc_pod_parse(json, sizeof(json) - 1, &pod, /* reterr_why= */ NULL);
}

static int teardown(void **state) {
        pod = appc_pod_free(pod);
        return 0;
}

static void is_for(const char *expected, const char *name, int type, const void *address, socklen_t size) {
        assert_string_equal(pod_socket_owner(pod, name, type, address, size)->name, expected);
}

static void ipv4_is_for(const char *expected, int type, const char *address, unsigned port) {
        struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(port) };

        assert_int_equal(inet_pton(AF_INET, address, &in.sin_addr), 1);
        is_for(expected, "pod.socket", type, &in, sizeof(in));
}

static void ipv6_is_for(const char *expected, int type, const char *address, unsigned port) {
        struct sockaddr_in6 in = { .sin6_family = AF_INET6, .sin6_port = htons(port) };

        assert_int_equal(inet_pton(AF_INET6, address, &in.sin6_addr), 1);
        is_for(expected, "pod.socket", type, &in, sizeof(in));
}

static void local_is_for(const char *expected, const char *path, size_t n) {
        struct sockaddr_un local = { .sun_family = AF_UNIX };

        memcpy(local.sun_path, path, n);
        is_for(expected, "pod.socket", SOCK_STREAM, &local, offsetof(struct sockaddr_un, sun_path) + n);
}

static void test_name(void **state) {
        struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(9000) };

        is_for("asks", "asks", SOCK_STREAM, &in, sizeof(in));
        is_for("ports", "other", SOCK_STREAM, &in, sizeof(in));
        is_for("first", "other", SOCK_STREAM, &in, 2); /* cut off */
}

static void test_asked(void **state) {
        ipv6_is_for("asks", SOCK_STREAM, "::", 8080);
        ipv4_is_for("asks", SOCK_STREAM, "192.0.2.1", 81);
        ipv4_is_for("first", SOCK_STREAM, "192.0.2.2", 81);
        ipv6_is_for("asks", SOCK_STREAM, "::ffff:192.0.2.1", 81);
        ipv6_is_for("asks", SOCK_STREAM, "2001:db8::1", 82);
        ipv6_is_for("first", SOCK_STREAM, "2001:db8::2", 82);
        ipv4_is_for("asks", SOCK_DGRAM, "0.0.0.0", 53);
        ipv4_is_for("first", SOCK_STREAM, "0.0.0.0", 53);
        local_is_for("asks", "/run/x", 7);
        local_is_for("asks", "/run/x", 6);
        local_is_for("first", "/run/xx", 8);
        local_is_for("asks", "\0y", 2);
        local_is_for("first", "\0z", 2);
        local_is_for("first", "", 0);
}

static void test_ports(void **state) {
        ipv4_is_for("ports", SOCK_STREAM, "127.0.0.1", 9009);
        ipv4_is_for("first", SOCK_STREAM, "127.0.0.1", 9010);
        ipv4_is_for("first", SOCK_STREAM, "127.0.0.1", 8999);
        ipv4_is_for("ports", SOCK_STREAM, "127.0.0.1", 8888);
        ipv4_is_for("first", SOCK_STREAM, "127.0.0.1", 80);
        ipv4_is_for("ports", SOCK_DGRAM, "127.0.0.1", 5353);
        ipv4_is_for("first", SOCK_STREAM, "127.0.0.1", 5353);
        ipv4_is_for("first", SOCK_STREAM, "127.0.0.1", 70);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_name),
                cmocka_unit_test(test_asked),
                cmocka_unit_test(test_ports),
        };

        return cmocka_run_group_tests(tests, setup, teardown);
}
