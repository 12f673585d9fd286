/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of pod/capabilities, pod/relaxations and what of pod/init-orders and pod/nspawn is about isolation.
 * Never: isolates anything.
 * Follows: pod/annotations.h, pod/init-config.h. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "basic/str.h"
#include "basic/strv.h"
#include "pod/annotations.h"
#include "pod/capabilities.h"
#include "pod/capability-names.h"
#include "pod/init-orders.h"
#include "pod/nspawn.h"
#include "pod/relaxations.h"

/* A pod of one app; what makes it special is put between these. */
#define POD_JSON(pod, app, isolators)                                                                       \
        "{\"acVersion\": \"0.8.11\", \"acKind\": \"PodManifest\", " pod                                     \
        " \"apps\": [{\"name\": \"web\", \"image\": {}, " app                                               \
        " \"app\": {\"exec\": [\"sh\"], \"user\": \"0\", \"group\": \"0\", \"isolators\": [" isolators      \
        "]}}]}"
#define ANNOTATION(name, value) "\"annotations\": [{\"name\": \"" name "\", \"value\": \"" value "\"}],"
#define ISOLATOR(name, value) "{\"name\": \"" name "\", \"value\": " value "}"
#define OF_APP(name, value) POD_JSON("", ANNOTATION(name, value), "")
#define BOOTS_WITH(name, value)                                                                             \
        POD_JSON("",                                                                                        \
                 "\"annotations\": [{\"name\": \"" ANNOTATION_RESTART                                       \
                 "\", \"value\": \"always\"}, {\"name\": \"" name "\", \"value\": \"" value "\"}],",        \
                 "")
#define OF_POD(name, value) POD_JSON(ANNOTATION(name, value), "", "")

static AppcPod *pod;

static int teardown(void **state) {
        pod = appc_pod_free(pod);
        return 0;
}

static void load(const char *json) {
        _cleanup_free_ char *why = NULL;

        teardown(NULL);
        if (appc_pod_parse(json, strlen(json), &pod, &why) != 0)
                fail_msg("%s", why);
}

/* Capabilities */

static void has_capabilities(const char *isolators, uint64_t expected) {
        _cleanup_free_ char *json = NULL, *why = NULL;
        uint64_t is;

        assert_int_equal(str_printf(&json, POD_JSON("", "", "%s"), isolators), 0);
        load(json);
        if (app_capabilities(&pod->apps[0], &is, &why) != 0)
                fail_msg("%s", why);
        assert_int_equal(is, expected);
}

static void test_capabilities(void **state) {
        assert_int_equal(CAPABILITIES_DEFAULT, 0xa80425fb);
        has_capabilities("", CAPABILITIES_DEFAULT);
        has_capabilities(ISOLATOR("os/linux/capabilities-retain-set",
                                  "{\"set\": [\"CAP_KILL\", \"CAP_CHOWN\"]}"),
                         CAPABILITY_BIT(CAP_KILL) | CAPABILITY_BIT(CAP_CHOWN));
        has_capabilities(ISOLATOR("os/linux/capabilities-remove-set",
                                  "{\"set\": [\"CAP_KILL\", \"CAP_SYS_ADMIN\"]}"),
                         CAPABILITIES_DEFAULT & ~CAPABILITY_BIT(CAP_KILL));
}

static void test_unknown_capability(void **state) {
        _cleanup_free_ char *why = NULL;
        uint64_t mask = 7;

        load(POD_JSON("", "", ISOLATOR("os/linux/capabilities-remove-set", "{\"set\": [\"CAP_KIL\"]}")));
        assert_int_equal(app_capabilities(&pod->apps[0], &mask, &why), -EINVAL);
        assert_string_equal(why, "no such capability: 'CAP_KIL'");
        assert_int_equal(mask, 7);
}

static void test_ambient(void **state) {
        uint64_t mask;

        load(POD_JSON("", "", ""));
        assert_int_equal(app_ambient_capabilities(&pod->apps[0], &mask, NULL), 0);
        assert_int_equal(mask, 0);

        /* Only of what the app may have at all. */
        load(OF_APP(ANNOTATION_AMBIENT, "CAP_NET_BIND_SERVICE\\nCAP_SYS_ADMIN"));
        assert_int_equal(app_ambient_capabilities(&pod->apps[0], &mask, NULL), 0);
        assert_int_equal(mask, CAPABILITY_BIT(CAP_NET_BIND_SERVICE));
}

/* gantry-init's orders and nspawn's arguments */

static char **orders(void) {
        _cleanup_free_ char *why = NULL;
        _cleanup_blob_ Blob text = {};
        char **records = NULL;

        int r = init_orders(pod, &pod->apps[0], /* credentials= */ false, &text, &why);
        if (r < 0)
                fail_msg("%s", why);
        for (const char *p = text.data; p < (const char *) text.data + text.size; p += strlen(p) + 1)
                assert_int_equal(strv_add(&records, p), 0);
        return records;
}

static bool ordered(const char *record) {
        _cleanup_strv_ char **records = orders();
        return strv_contains(records, record);
}

static void test_orders(void **state) {
        load(POD_JSON("", "", ""));
        assert_true(ordered("filter=1"));
        assert_true(ordered("nnp=1"));
        assert_true(ordered("mask=/sys/firmware"));

        load(OF_APP(ANNOTATION_SECCOMP, "unconfined"));
        assert_false(ordered("filter=1"));
        load(OF_APP(ANNOTATION_SECCOMP, "profile"));
        assert_true(ordered("filter=1"));

        load(POD_JSON("", "", ISOLATOR("os/linux/no-new-privileges", "false")));
        assert_false(ordered("nnp=1"));
        load(POD_JSON("", "", ISOLATOR("os/linux/no-new-privileges", "true")));
        assert_true(ordered("nnp=1"));

        load(OF_APP(ANNOTATION_AMBIENT, "CAP_NET_BIND_SERVICE"));
        assert_true(ordered("ambient=400"));
}

static void test_paths(void **state) {
        load(OF_APP(ANNOTATION_MASK, "/proc/meminfo\\n/etc/secret file"));
        assert_true(ordered("mask=/proc/meminfo"));
        assert_true(ordered("mask=/etc/secret file"));
        assert_true(ordered("mask=/proc/acpi"));

        load(OF_APP(ANNOTATION_UNMASK, "/proc/acpi\\n/proc/kcore"));
        assert_false(ordered("mask=/proc/acpi"));
        assert_true(ordered("mask=/proc/scsi"));
        assert_true(ordered("unmask=/proc/kcore"));

        load(OF_APP(ANNOTATION_UNMASK, "all"));
        assert_false(ordered("mask=/proc/scsi"));
        assert_false(ordered("unmask=all"));
        assert_true(ordered("unmask=/proc/scsi"));
        assert_true(ordered("unmask=/proc/sys"));

        load(OF_APP(ANNOTATION_UNMASK, "/srv"));
        assert_false(ordered("unmask=/srv")); /* which could be a volume */

        load(OF_APP(ANNOTATION_READ_ONLY, "/etc"));
        assert_true(ordered("read-only=/etc"));
}

/* With a systemd of its own nobody but gantry-init covers anything, and the devices are systemd's. */
static void test_orders_that_boot(void **state) {
        load(OF_APP(ANNOTATION_RESTART, "always"));
        assert_true(ordered("read-only=/proc/sys"));
        assert_true(ordered("mask=/proc/kcore"));
        assert_true(ordered("caps=a00425fb"));

        load(BOOTS_WITH(ANNOTATION_AMBIENT, "CAP_MKNOD"));
        assert_true(ordered("caps=a80425fb"));
        load(BOOTS_WITH(ANNOTATION_UNMASK, "/proc/sys\\n/proc/keys"));
        assert_false(ordered("read-only=/proc/sys"));
        assert_false(ordered("mask=/proc/keys"));
        assert_false(ordered("unmask=/proc/keys"));
        assert_true(ordered("read-only=/proc/bus"));
        load(BOOTS_WITH(ANNOTATION_UNMASK, "all"));
        assert_false(ordered("read-only=/proc/bus"));
        assert_false(ordered("mask=/proc/kcore"));
        assert_false(ordered("unmask=/proc/kcore"));
}

/* Nothing is covered but what somebody asks for. */
static void test_orders_on_the_host(void **state) {
        load(POD_JSON(ANNOTATION(ANNOTATION_STAGE1, "fly"), ANNOTATION(ANNOTATION_MASK, "/proc/keys"), ""));
        assert_true(ordered("host=1"));
        assert_true(ordered("mask=/proc/keys"));
        assert_false(ordered("mask=/proc/kcore"));
        assert_false(ordered("env=container=gantry"));
        load(POD_JSON("", "", ""));
        assert_false(ordered("host=1"));
        assert_true(ordered("env=container=gantry"));
}

/* An event handler is the app but for what it executes, and has no terminal. */
static void test_handler(void **state) {
        static char *const exec[] = { (char *) "/bin/prepare", (char *) "now", NULL };
        _cleanup_blob_ Blob text = {};

        load(OF_APP(ANNOTATION_TERMINAL, "yes"));
        assert_true(ordered("terminal=1"));
        assert_int_equal(init_handler_orders(pod, &pod->apps[0], exec, false, &text, NULL), 0);
        assert_non_null(memmem(text.data, text.size, "\0arg=/bin/prepare\0arg=now", 26));
        assert_null(memmem(text.data, text.size, "terminal=1", 10));
        assert_non_null(memmem(text.data, text.size, "nnp=1", 5));
}

#define SYSCTL(name) "\"isolators\": [" ISOLATOR("os/unix/sysctl", "{\"" name "\": \"1\"}") "],"

static void test_sysctls(void **state) {
        load(POD_JSON(SYSCTL("net.ipv4.ip_forward"), "", ""));
        assert_true(ordered("sysctl=net.ipv4.ip_forward=1"));
        load(POD_JSON(SYSCTL("kernel.shmmax"), "", ""));
        assert_true(ordered("sysctl=kernel.shmmax=1"));
}

static void test_sysctls_of_the_host(void **state) {
        static const char *const pods[] = {
                POD_JSON(SYSCTL("kernel.panic"), "", ""),
                POD_JSON(SYSCTL("vm.swappiness"), "", ""),
                POD_JSON(ANNOTATION(ANNOTATION_STAGE1, "fly") SYSCTL("kernel.shmmax"), "", ""),
                POD_JSON(SYSCTL("net.//.kernel.panic"), "", ""), /* net/../kernel/panic */
                POD_JSON(ANNOTATION(ANNOTATION_NETWORK, "host") SYSCTL("net.ipv4.ip_forward"), "", ""),
        };

        for (size_t i = 0; i < ELEMENTSOF(pods); i++) {
                _cleanup_free_ char *why = NULL;
                Blob text = {};

                load(pods[i]);
                assert_int_equal(init_orders(pod, &pod->apps[0], false, &text, &why), -EINVAL);
                assert_non_null(startswith(why, "a kernel parameter that is the host's: '"));
                assert_null(text.data);
        }
}

static bool has_argument(const char *argument) {
        static const NspawnSpec spec = { .machine = "web", .uuid = "u", .root = "/r", .uid_base = 65536 };
        _cleanup_strv_ char **argv = NULL;

        assert_int_equal(nspawn_argv(&spec, pod, &pod->apps[0], &argv), 0);
        return strv_contains(argv, argument);
}

static void test_arguments(void **state) {
        load(POD_JSON("", "",
                      ISOLATOR("os/linux/capabilities-retain-set",
                               "{\"set\": [\"CAP_NET_ADMIN\", \"CAP_SYSLOG\", \"CAP_CHOWN\"]}")));
        assert_true(has_argument("--capability=CAP_NET_ADMIN"));
        assert_true(has_argument("--capability=CAP_SYSLOG"));
        assert_false(has_argument("--capability=CAP_CHOWN")); /* nspawn leaves it anyway */

        load(OF_APP(ANNOTATION_RLIMITS, "NOFILE=1024:2048\\nCORE=0:infinity"));
        assert_true(has_argument("--rlimit=RLIMIT_NOFILE=1024:2048"));
        assert_true(has_argument("--rlimit=RLIMIT_CORE=0:infinity"));
}

/* Relaxations */

static void is_relaxed(const char *json, const char *expected) {
        _cleanup_strv_ char **list = NULL;
        _cleanup_free_ char *text = NULL;

        load(json);
        assert_int_equal(pod_relaxations(pod, &list), 0);
        assert_int_equal(strv_join(list, ", ", &text), 0);
        assert_string_equal(text ? text : "", expected);
}

static void test_relaxations(void **state) {
        is_relaxed(POD_JSON("", "", ""), "");
        is_relaxed(OF_POD(ANNOTATION_NETWORK, "none"), "");
        is_relaxed(OF_POD(ANNOTATION_NETWORK, "host"), "host network");
        is_relaxed(OF_POD(ANNOTATION_LABEL, "disable"), "SELinux label");
        is_relaxed(OF_POD(ANNOTATION_USER_NAMESPACE, "host"), "user namespace");
        is_relaxed(OF_POD(ANNOTATION_STAGE1, "fly"), "all namespaces");
        is_relaxed(OF_APP(ANNOTATION_SECCOMP, "unconfined"), "seccomp");
        is_relaxed(OF_APP(ANNOTATION_SECCOMP, "profile"), "seccomp by a profile of its own");
        is_relaxed(POD_JSON("", "", ISOLATOR("os/linux/seccomp-retain-set", "{\"set\": [\"read\"]}")),
                   "seccomp by a list of its own");
        is_relaxed(POD_JSON("", "", ISOLATOR("os/linux/seccomp-remove-set", "{\"set\": [\"read\"]}")), "");
        is_relaxed(OF_APP(ANNOTATION_UNMASK, "/proc/kcore"), "covered paths");
        is_relaxed(OF_APP(ANNOTATION_DEVICES, "/dev/fuse:/dev/fuse:rwm\\n/dev/kvm:/dev/kvm:rw"),
                   "/dev/fuse, /dev/kvm");
        is_relaxed(POD_JSON("", "", ISOLATOR("os/linux/no-new-privileges", "false")), "new privileges");
        is_relaxed(POD_JSON("", "",
                            ISOLATOR("os/linux/capabilities-retain-set", "{\"set\": [\"CAP_KILL\"]}")),
                   "");
        is_relaxed(POD_JSON("", "",
                            ISOLATOR("os/linux/capabilities-retain-set",
                                     "{\"set\": [\"CAP_SYS_ADMIN\", \"CAP_BPF\", \"CAP_KILL\"]}")),
                   "CAP_SYS_ADMIN, CAP_BPF");
        is_relaxed(POD_JSON(ANNOTATION(ANNOTATION_NETWORK, "host"),
                            ANNOTATION(ANNOTATION_SECCOMP, "unconfined"), ""),
                   "host network, seccomp");
}

#define TEST(f) cmocka_unit_test_teardown(f, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_capabilities),     TEST(test_unknown_capability),
                TEST(test_ambient),          TEST(test_orders),
                TEST(test_orders_that_boot), TEST(test_orders_on_the_host),
                TEST(test_handler),          TEST(test_paths),
                TEST(test_sysctls),          TEST(test_sysctls_of_the_host),
                TEST(test_arguments),        TEST(test_relaxations),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
