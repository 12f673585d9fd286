/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of network/networks, network/filter-elements, network/hosts, network/pod-network, network/port-mappings and network/resolv-conf.
 * Never: calls a plugin, or makes a namespace: test/system/test-net.sh does.
 * Follows: network/networks.h, network/pod-network.h, network/port-mappings.h, network/resolv-conf.h. */

#include "scratch.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "network/filter-elements.h"
#include "network/hosts.h"
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

static void set_result(Attachment *a, const char *text) {
        assert_int_equal(cni_result_parse(text, strlen(text), &a->result, NULL), 0);
}

#define RESULT                                                                                              \
        "{\"ips\":[{\"address\":\"10.77.0.9/16\"},{\"address\":\"fd67::9/64\"},{\"address\":\"10.77.0.10/16\"}]}"

/* An element of each port for each family, and none that the network's own plugins publish. */
static void test_filter(void **state) {
        static const unsigned char key[] = { 127, 0, 0, 1, 6, 0, 0, 0, 0x1f, 0x90, 0, 0 };
        static const unsigned char data[] = { 10, 77, 0, 9, 0, 80, 0, 0 };
        _cleanup_(appc_pod_freep) AppcPod *p =
                        pod(POD("default\\nweb",
                                "{\"name\":\"http\",\"hostPort\":8080,\"hostIP\":\"127.0.0.1\"},"
                                "{\"name\":\"http\",\"hostPort\":81}"));
        _cleanup_filter_elements_ FilterElements e = {};
        _cleanup_pod_network_ PodNetwork n = {};

        write_network("web.conf", "{\"cniVersion\":\"1.0.0\",\"name\":\"web\",\"type\":\"bridge\"}");
        assert_int_equal(pod_network_plan(p, &n, NULL), 0);
        assert_int_equal(filter_elements_add_bridges(&n, &e), 0);
        assert_int_equal(e.n, 2);
        assert_string_equal((char *) e.list[0].key, "gantry0");
        assert_string_equal((char *) e.list[1].key, "cni0");
        assert_int_equal(filter_elements_add_ports(&n, &e), 0);
        assert_int_equal(e.n, 2);

        set_result(&n.attachments[0], RESULT);
        set_result(&n.attachments[1], RESULT);
        assert_int_equal(filter_elements_add_ports(&n, &e), 0);
        assert_int_equal(e.n, 5);
        assert_string_equal(e.list[2].set, "ports4_at");
        assert_int_equal(e.list[2].key_size, sizeof(key));
        assert_memory_equal(e.list[2].key, key, sizeof(key));
        assert_int_equal(e.list[2].data_size, sizeof(data));
        assert_memory_equal(e.list[2].data, data, sizeof(data));
        assert_string_equal(e.list[3].set, "ports4");
        assert_string_equal(e.list[4].set, "ports6");
        assert_int_equal(e.list[4].data_size, 20);
}

#define LIMIT                                                                                               \
        "\"isolators\":[{\"name\":\"resource/network-bandwidth\",\"value\":{\"default\":true,\"limit\":\"10M\"}}],"

static void test_bandwidth(void **state) {
        static const char text[] = POD("web", "");
        _cleanup_free_ char *limited = NULL;
        _cleanup_pod_network_ PodNetwork n = {};
        uint64_t rate = 0, burst = 0;

        write_network("web.conf", "{\"cniVersion\":\"1.0.0\",\"name\":\"web\",\"type\":\"ptp\"}");
        assert_int_equal(str_printf(&limited, "{" LIMIT "%s", text + 1), 0);
        _cleanup_(appc_pod_freep) AppcPod *p = pod(limited);
        assert_int_equal(pod_network_plan(p, &n, NULL), 0);
        assert_int_equal(n.attachments[0].network->n_plugins, 2);
        assert_string_equal(n.attachments[0].network->plugins[1].type, "bandwidth");

        const Json *bandwidth = json_get(n.attachments[0].capabilities, "bandwidth");
        assert_int_equal(json_uint(json_get(bandwidth, "egressRate"), &rate), 0);
        assert_int_equal(json_uint(json_get(bandwidth, "egressBurst"), &burst), 0);
        assert_int_equal(rate, 80000000);
        assert_int_equal(burst, 20000000);
}

static void add_hosts(HostsNetworks *h, PodNetwork *n, const char *network, const char *name) {
        _cleanup_free_ char *text = NULL;

        n->attachments = calloc(1, sizeof(Attachment));
        n->n_attachments = 1;
        assert_int_equal(str_printf(&text, "{\"cniVersion\":\"1.0.0\",\"name\":\"%s\",\"type\":\"ptp\"}",
                                    network),
                         0);
        assert_int_equal(cni_configuration_parse(text, strlen(text), &n->attachments[0].network, NULL), 0);
        set_result(&n->attachments[0], "{\"ips\":[{\"address\":\"10.77.0.9/16\"}]}");
        assert_int_equal(hosts_networks_add(h, n, name), 0);
}

/* Of pods in other networks there is nothing, and of what was there before only the beginning. */
static void test_hosts(void **state) {
        _cleanup_pod_network_ PodNetwork one = {}, two = {}, other = {};
        _cleanup_free_ char *begin = NULL, *first = NULL, *second = NULL;
        _cleanup_hosts_networks_ HostsNetworks h = {}, later = {};

        add_hosts(&h, &one, "a", "one");
        add_hosts(&h, &two, "a", "two");
        add_hosts(&h, &other, "b", "other");
        assert_int_equal(hosts_begin("", "192.0.2.1 x", &begin), 0);
        assert_int_equal(hosts_replace(begin, &h, &one, &first), 0);
        assert_non_null(strstr(first, "192.0.2.1 x\n# "));
        assert_non_null(strstr(first, ":\n10.77.0.9\tone\n10.77.0.9\ttwo\n"));
        assert_null(strstr(first, "other"));

        assert_int_equal(hosts_networks_add(&later, &one, "one"), 0);
        assert_int_equal(hosts_replace(first, &later, &one, &second), 0);
        assert_non_null(strstr(second, "192.0.2.1 x\n# "));
        assert_null(strstr(second, "\ttwo"));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_files, scratch_setup, teardown),
                cmocka_unit_test_setup_teardown(test_plan, scratch_setup, teardown),
                cmocka_unit_test_setup_teardown(test_no_publisher, scratch_setup, teardown),
                cmocka_unit_test(test_common),
                cmocka_unit_test(test_taken),
                cmocka_unit_test(test_resolv_conf),
                cmocka_unit_test_setup_teardown(test_filter, scratch_setup, teardown),
                cmocka_unit_test_setup_teardown(test_bandwidth, scratch_setup, teardown),
                cmocka_unit_test(test_hosts),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
