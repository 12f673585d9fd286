/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the test of guest/config.h.
 * Never: needs a guest.
 * Follows: STYLE.md, "Tests". */

#include "scratch.h"

#include "basic/blob.h"
#include "basic/str.h"
#include "guest/config.h"

#define UUID "00112233445566778899aabbccddeeff"

/* A bar stands for the end of a record. */
static Blob make_text(const char *records) {
        Blob text = { .data = strdup(records), .size = strlen(records) };

        assert_non_null(text.data);
        for (char *p = text.data; (p = strchr(p, '|'));)
                *p++ = '\0';
        return text;
}

static int parse(const char *records, GuestConfig *ret, char **reterr_why) {
        _cleanup_blob_ Blob text = make_text(records);
        return guest_config_parse(&text, ret, reterr_why);
}

static int parse_network(const char *records, GuestNetwork *ret, char **reterr_why) {
        _cleanup_blob_ Blob text = make_text(records);
        return guest_network_parse(&text, ret, reterr_why);
}

static void test_alone(void **state) {
        _cleanup_(guest_config_done) GuestConfig c = {};

        assert_return_code(
                        parse("hostname=web|machine-id=x|disk=l0:" UUID "|rw-disk=rw|volumes=1|pci=1|"
                              "app=web|layer=l0|layer=l1|read-only=1|memory-max=1024|disk-bandwidth=5|rlimit=NOFILE=1:2|rlimit=CORE=0|"
                              "mount=/data|mount-kind=volume|mount-source=3|mount-copy=1|"
                              "mount=/x=y|mount-kind=tmpfs|mount-options=size=1m|mount-read-only=1|"
                              "file=0|file-target=/etc/hosts|file-append=1|file=2|file-target=/a|file-keep=1|",
                              &c, NULL),
                        0);
        assert_string_equal(c.hostname, "web");
        assert_string_equal(c.rw_disk, "rw");
        assert_true(c.volumes && c.pci && !c.boots);
        assert_int_equal(c.n_disks, 1);
        assert_string_equal(c.disks[0].serial, "l0");
        assert_int_equal(c.disks[0].uuid[15], 0xff);
        assert_int_equal(c.n_apps, 1);

        const GuestApp *a = &c.apps[0];
        assert_int_equal(a->n_layers, 2);
        assert_string_equal(a->layers[1], "l1");
        assert_true(a->read_only && !a->terminal);
        assert_string_equal(a->memory_max, "1024");
        assert_null(a->tasks_max);
        assert_string_equal(a->disk_bandwidth, "5");
        assert_null(a->disk_iops);
        assert_int_equal(a->n_limits, 2);
        assert_string_equal(a->limits[0], "NOFILE=1:2");
        assert_int_equal(a->n_mounts, 2);
        assert_int_equal(a->mounts[0].kind, MOUNT_VOLUME);
        assert_true(a->mounts[0].copy && !a->mounts[0].read_only);
        assert_string_equal(a->mounts[1].target, "/x=y");
        assert_string_equal(a->mounts[1].options, "size=1m");
        assert_int_equal(a->n_files, 2);
        assert_string_equal(a->files[0].append, "1");
        assert_true(a->files[1].keep);
}

static void test_several(void **state) {
        _cleanup_(guest_config_done) GuestConfig c = {};

        assert_return_code(
                        parse("boots=1|machine-id=x|app=a|layer=l0|mount=/e|mount-kind=empty|mount-source=e|"
                              "mount-mode=0770|mount-uid=7|mount-gid=4294967295|app=b|layer=l1|terminal=1|",
                              &c, NULL),
                        0);
        assert_int_equal(c.n_apps, 2);
        assert_int_equal(c.apps[0].mounts[0].uid, 7);
        assert_int_equal(c.apps[0].mounts[0].gid, UINT32_MAX);
        assert_string_equal(c.apps[1].name, "b");
        assert_string_equal(c.apps[1].layers[0], "l1");
        assert_int_equal(c.apps[1].n_mounts, 0);
        assert_true(c.apps[1].terminal);
}

static void test_refused(void **state) {
        static const struct {
                const char *records, *why;
        } cases[] = {
                { "", "it is cut off" },
                { "machine-id=x|app=a|layer=l0|rea", "it is cut off" },
                { "machine-id|", "not a record: 'machine-id'" },
                { "machine-id=x|frob=1|app=a|layer=l0|", "not something to be told here: 'frob'" },
                { "machine-id=x|boots=yes|app=a|layer=l0|", "not something to be told here: 'boots'" },
                { "layer=l0|", "not something to be told here: 'layer'" },
                { "machine-id=x|app=a|mount-kind=empty|", "not something to be told here: 'mount-kind'" },
                { "machine-id=x|app=a|mount=/x|mount-kind=floppy|",
                  "not something to be told here: 'mount-kind'" },
                { "machine-id=x|app=a|mount=/x|app=b|mount-copy=1|",
                  "not something to be told here: 'mount-copy'" },
                { "machine-id=x|disk=l0|", "not something to be told here: 'disk'" },
                { "machine-id=x|disk=l0:0|", "not something to be told here: 'disk'" },
                { "machine-id=x|app=a|mount=/x|mount-uid=4294967296|",
                  "not something to be told here: 'mount-uid'" },
                { "machine-id=x|", "it is no pod" },
                { "app=a|layer=l0|", "it is no pod" },
                { "machine-id=x|app=a|layer=l0|app=b|layer=l0|", "it is no pod" },
                { "machine-id=x|app=a|", "something is missing of the app: 'a'" },
                { "machine-id=x|app=a|layer=l0|mount=/x|", "something is missing of the app: 'a'" },
                { "machine-id=x|app=a|layer=l0|mount=/x|mount-kind=empty|",
                  "something is missing of the app: 'a'" },
                { "machine-id=x|app=a|layer=l0|mount=/x|mount-kind=tmpfs|mount-source=s|",
                  "something is missing of the app: 'a'" },
                { "machine-id=x|app=a|layer=l0|file=0|", "something is missing of the app: 'a'" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_free_ char *why = NULL;
                GuestConfig c;

                assert_true(parse(cases[i].records, &c, &why) < 0);
                assert_non_null(why);
                assert_string_equal(why, cases[i].why);
        }
}

static void test_network(void **state) {
        _cleanup_(guest_network_done) GuestNetwork n = {};

        assert_return_code(
                        parse_network("interface=eth0|interface-mac=0a5800000001|interface-mtu=1500|"
                                      "address=10.77.0.2/16|address=fd67::2/64|route=10.77.0.0/16|route-metric=0|"
                                      "route=0.0.0.0/0|route-gateway=10.77.0.1/0|route-on-link=1|"
                                      "interface=eth1|interface-mac=0a5800000002|interface-mtu=9000|"
                                      "text=1|text-content=127.0.0.1\tlocalhost\n# a=b\n|text=4|text-content=|",
                                      &n, NULL),
                        0);
        assert_int_equal(n.n_interfaces, 2);
        const Interface *i = &n.interfaces[0];
        assert_string_equal(i->name, "eth0");
        assert_memory_equal(i->mac, "\x0a\x58\0\0\0\1", ETH_ALEN);
        assert_int_equal(i->mtu, 1500);
        assert_int_equal(i->n_addresses, 2);
        assert_string_equal(i->addresses[1].text, "fd67::2");
        assert_int_equal(i->addresses[1].prefix, 64);
        assert_int_equal(i->n_routes, 2);
        assert_int_equal(i->routes[0].destination.prefix, 16);
        assert_int_equal(i->routes[0].gateway.family, 0);
        assert_string_equal(i->routes[1].gateway.text, "10.77.0.1");
        assert_true(i->routes[1].on_link);
        assert_int_equal(n.interfaces[1].mtu, 9000);
        assert_int_equal(n.n_texts, 2);
        assert_string_equal(n.texts[0].content, "127.0.0.1\tlocalhost\n# a=b\n");
}

static void test_refused_network(void **state) {
        static const struct {
                const char *records, *why;
        } cases[] = {
                { "", "it is cut off" },
                { "machine-id=x|", "not something to be told here: 'machine-id'" },
                { "app=a|", "not something to be told here: 'app'" },
                { "disk=l0:" UUID "|", "not something to be told here: 'disk'" },
                { "address=10.77.0.2/16|", "not something to be told here: 'address'" },
                { "interface=|", "not something to be told here: 'interface'" },
                { "interface=a-name-of-16-xxx|", "not something to be told here: 'interface'" },
                { "interface=eth0|", "something is missing of the interface: 'eth0'" },
                { "interface=eth0|interface-mac=0a58|", "not something to be told here: 'interface-mac'" },
                { "interface=eth0|address=10.77.0.2|", "not something to be told here: 'address'" },
                { "interface=eth0|route=10.77.0.0/33|", "not something to be told here: 'route'" },
                { "interface=eth0|route-metric=1|", "not something to be told here: 'route-metric'" },
                { "text=1|", "a text is missing" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_free_ char *why = NULL;
                GuestNetwork n;

                assert_true(parse_network(cases[i].records, &n, &why) < 0);
                assert_non_null(why);
                assert_string_equal(why, cases[i].why);
        }

        GuestConfig c;
        assert_true(parse("machine-id=x|interface=eth0|", &c, NULL) < 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_alone),           cmocka_unit_test(test_several),
                cmocka_unit_test(test_refused),         cmocka_unit_test(test_network),
                cmocka_unit_test(test_refused_network),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
