/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of network/networks, network/pod-network, network/port-mappings and network/resolv-conf.
 * Never: calls a plugin, or makes a namespace: test/system/test-net.sh does.
 * Follows: network/networks.h, network/pod-network.h, network/port-mappings.h, network/resolv-conf.h. */

#include "scratch.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "network/networks.h"
#include "network/pod-network.h"
#include "network/port-mappings.h"
#include "network/resolv-conf.h"

static void write_network(const char *file, const char *text) {
        _cleanup_free_ char *path = NULL;

        assert_int_equal(str_printf(&path, "%s/etc/cni/net.d", scratch.path), 0);
        assert_int_equal(mkdir_parents(path, 0755), 0);
        (void) mkdir(path, 0755);
        _cleanup_close_ int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_int_equal(file_create_at(fd, file, text, strlen(text), 0644), 0);
        assert_int_equal(setenv("GANTRY_CONFIG_ROOT", scratch.path, 1), 0);
}

static void assert_network(const char *name, const char *type) {
        _cleanup_(cni_configuration_freep) CniConfiguration *c = NULL;
        _cleanup_free_ char *why = NULL;

        if (network_find(name, &c, &why) < 0)
                fail_msg("%s", why);
        assert_string_equal(c->plugins[0].type, type);
}

static void assert_no_network(const char *name, int r, const char *words) {
        _cleanup_(cni_configuration_freep) CniConfiguration *c = NULL;
        _cleanup_free_ char *why = NULL;

        assert_int_equal(network_find(name, &c, &why), r);
        if (!strstr(why, words))
                fail_msg("%s", why);
}

static void test_files(void **state) {
        write_network("20-b.conf", "{\"cniVersion\":\"0.4.0\",\"name\":\"web\",\"type\":\"ptp\"}");
        write_network("10-a.conflist",
                      "{\"cniVersion\":\"1.0.0\",\"name\":\"web\",\"plugins\":[{\"type\":\"bridge\"}]}");
        write_network("05-broken.conf", "{\n\"name\":\n");
        write_network("06-named.conf", "{\"cniVersion\":\"9\",\"name\":\"odd\",\"type\":\"ptp\"}");

        assert_network("web", "bridge");
        assert_network("default", "bridge");
        assert_no_network("odd", -EBADMSG, "05-broken.conf: ");
        assert_int_equal(unlinkat(scratch.fd, "etc/cni/net.d/05-broken.conf", 0), 0);
        assert_no_network("odd", -EBADMSG, "06-named.conf: cniVersion");
        assert_no_network("none-such", -ENOENT, "gantry.net(5)");
        write_network("99-default.conf",
                      "{\"cniVersion\":\"1.0.0\",\"name\":\"default\",\"type\":\"macvlan\"}");
        assert_network("default", "macvlan");
}

static AppcPod *pod(const char *text) {
        AppcPod *p = NULL;
        _cleanup_free_ char *why = NULL;

        if (appc_pod_parse(text, strlen(text), &p, &why) < 0)
                fail_msg("%s", why);
        return p;
}

#define POD(annotation, ports)                                                                                                                 \
        "{\"acKind\":\"PodManifest\",\"acVersion\":\"0.8.11\",\"apps\":[{\"name\":\"a\",\"image\":{\"id\":\"sha512-"                           \
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"}," \
        "\"app\":{\"exec\":[\"/a\"],\"user\":\"0\",\"group\":\"0\",\"ports\":[{\"name\":\"http\",\"protocol\":\"tcp\",\"port\":80}]}}],"       \
        "\"annotations\":[{\"name\":\"gantry/network\",\"value\":\"" annotation "\"}],\"ports\":[" ports                                       \
        "]}"

static void test_plan(void **state) {
        _cleanup_(appc_pod_freep) AppcPod *p =
                        pod(POD("default:IP=10.77.0.9\\nweb",
                                "{\"name\":\"http\",\"hostPort\":8080,\"hostIP\":\"127.0.0.1\"}"));
        _cleanup_pod_network_ PodNetwork n = {}, again = {};
        _cleanup_strv_ char **ports = NULL, **addresses = NULL;
        _cleanup_free_ char *why = NULL;

        write_network("web.conf", "{\"cniVersion\":\"1.0.0\",\"name\":\"web\",\"type\":\"ptp\"}");
        if (pod_network_plan(p, &n, &why) < 0)
                fail_msg("%s", why);
        assert_int_equal(n.n_attachments, 2);
        assert_string_equal(n.attachments[0].arguments, "IP=10.77.0.9");
        assert_string_equal(n.attachments[1].interface, "eth1");

        assert_int_equal(pod_network_read(scratch.fd, &again, NULL), -ENOENT);
        assert_int_equal(pod_network_write(scratch.fd, &n), 0);
        assert_int_equal(pod_network_write(scratch.fd, &n), 0);
        assert_int_equal(pod_network_read(scratch.fd, &again, NULL), 0);
        assert_int_equal(again.n_attachments, 2);
        assert_string_equal(again.attachments[1].network->name, "web");
        assert_int_equal(pod_network_ports(&again, &ports), 0);
        assert_string_equal(ports[0], "127.0.0.1:8080/tcp");
        assert_int_equal(pod_network_addresses(&again, &addresses), 0);
        assert_null(addresses);
}

static void test_no_publisher(void **state) {
        _cleanup_(appc_pod_freep) AppcPod *p = pod(POD("web", "{\"name\":\"http\",\"hostPort\":8080}"));
        _cleanup_pod_network_ PodNetwork n = {};
        _cleanup_free_ char *why = NULL;

        write_network("web.conf", "{\"cniVersion\":\"1.0.0\",\"name\":\"web\",\"type\":\"ptp\"}");
        assert_int_equal(pod_network_plan(p, &n, &why), -EINVAL);
        assert_non_null(strstr(why, "portMappings"));
}

static Json *json(const char *text) {
        Json *j = NULL;

        assert_int_equal(json_parse(text, strlen(text), &j, NULL), 0);
        return j;
}

static void assert_common(const char *a, const char *b, bool common) {
        _cleanup_json_ Json *x = json(a), *y = json(b);

        assert_int_equal(port_mappings_find_common(x, y) != NULL, common);
        assert_int_equal(port_mappings_find_common(y, x) != NULL, common);
}

#define MAPPING(port, protocol, ip) "{\"hostPort\":" port ",\"protocol\":\"" protocol "\"" ip "}"

static void test_common(void **state) {
        assert_common("[" MAPPING("80", "tcp", "") "]", "[" MAPPING("80", "tcp", "") "]", true);
        assert_common("[" MAPPING("80", "tcp", "") "]", "[" MAPPING("80", "udp", "") "]", false);
        assert_common("[" MAPPING("80", "tcp", "") "]", "[" MAPPING("81", "tcp", "") "]", false);
        assert_common("[" MAPPING("1", "tcp", "") "," MAPPING("80", "tcp", ",\"hostIP\":\"127.0.0.1\"") "]",
                      "[" MAPPING("80", "tcp", "") "]", true);
        assert_common("[" MAPPING("80", "tcp", ",\"hostIP\":\"127.0.0.2\"") "]",
                      "[" MAPPING("80", "tcp", ",\"hostIP\":\"127.0.0.1\"") "]", false);
        assert_common("[]", "[" MAPPING("80", "tcp", "") "]", false);
}

/* A socket of this process is in the way, and is named. */
static void test_taken(void **state) {
        struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        _cleanup_free_ char *text = NULL, *why = NULL, *me = NULL;
        _cleanup_json_ Json *mappings = NULL;
        socklen_t size = sizeof(in);

        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_int_equal(bind(fd, (struct sockaddr *) &in, sizeof(in)), 0);
        assert_int_equal(listen(fd, 1), 0);
        assert_int_equal(getsockname(fd, (struct sockaddr *) &in, &size), 0);
        assert_int_equal(str_printf(&text, "[{\"hostPort\":%u,\"protocol\":\"tcp\"}]", ntohs(in.sin_port)),
                         0);
        assert_int_equal(str_printf(&me, "(process %d) listens there", getpid()), 0);
        mappings = json(text);

        assert_int_equal(port_mappings_check_free(mappings, &why), -EADDRINUSE);
        if (!strstr(why, me))
                fail_msg("%s", why);
        close(fd);
        assert_int_equal(port_mappings_check_free(mappings, NULL), 0);
}

static void assert_resolv_conf(const char *text, const char *expected) {
        _cleanup_free_ char *is = NULL;

        assert_int_equal(resolv_conf_without_loopback(text, &is), 0);
        if (expected)
                assert_string_equal(is, expected);
        else
                assert_null(is);
}

static void test_resolv_conf(void **state) {
        assert_resolv_conf("# x\nnameserver 127.0.0.53\noptions edns0\n", NULL);
        assert_resolv_conf("", NULL);
        assert_resolv_conf("search a\nnameserver ::1\nnameserver  192.0.2.1 \n",
                           "search a\nnameserver  192.0.2.1 \n");
        assert_resolv_conf("nameservers 192.0.2.1\n", NULL);
}

static int teardown(void **state) {
        (void) unsetenv("GANTRY_CONFIG_ROOT");
        return scratch_teardown(state);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_files, scratch_setup, teardown),
                cmocka_unit_test_setup_teardown(test_plan, scratch_setup, teardown),
                cmocka_unit_test_setup_teardown(test_no_publisher, scratch_setup, teardown),
                cmocka_unit_test(test_common),
                cmocka_unit_test(test_taken),
                cmocka_unit_test(test_resolv_conf),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
