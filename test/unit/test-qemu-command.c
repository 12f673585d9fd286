/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the test of kvm-stage1/qemu-command.h.
 * Never: starts qemu; that it takes these words the system tests show.
 * Follows: kvm-stage1/qemu-command.h. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "basic/str.h"
#include "basic/strv.h"
#include "kvm-stage1/qemu-command.h"

static QemuDisk disks[QEMU_DISKS_MAX + 1];

static QemuSpec make_spec(size_t n_disks) {
        for (size_t i = 0; i < n_disks; i++) {
                disks[i] = (QemuDisk) { .fd = 10 + (int) i };
                (void) snprintf(disks[i].serial, sizeof(disks[i].serial), "l%zu", i);
        }

        return (QemuSpec) {
                .name = "web",
                .uuid = "11111111-2222-4333-8444-555555555555",
                .kernel = "/kernel",
                .initrd = "/initrd",
                .memory_bytes = UINT64_C(256) << 20,
                .cpus = 2,
                .disks = disks,
                .n_disks = n_disks,
                .link = 3,
                .volumes = -EBADF,
        };
}

/* All words with a blank in front of each. */
static char *join(const QemuSpec *spec) {
        _cleanup_strv_ char **argv = NULL;
        char *text = NULL, *line = NULL;

        assert_int_equal(qemu_argv("/usr/bin/qemu", spec, &argv), 0);
        assert_int_equal(strv_join(argv, " ", &line), 0);
        assert_int_equal(str_printf(&text, " %s ", line), 0);
        free(line);
        return text;
}

static void has(const char *text, const char *words) {
        if (!strstr(text, words))
                fail_msg("'%s' is not in:%s", words, text);
}

static void has_not(const char *text, const char *words) {
        if (strstr(text, words))
                fail_msg("'%s' is in:%s", words, text);
}

static void test_small(void **state) {
        QemuSpec spec = make_spec(1);
        _cleanup_free_ char *text = join(&spec);

        assert_int_equal(strncmp(text, " /usr/bin/qemu -machine microvm,", 32), 0);
        has(text, " -accel tcg,tb-size=64 ");
        has(text, " -m 256M -name web -uuid 11111111-2222-4333-8444-555555555555 ");
        has(text, " -smp 2 ");
        has(text, " -kernel /kernel -initrd /initrd ");
        has(text, " -add-fd fd=10,set=0 -blockdev driver=raw,node-name=l0,read-only=on,");
        has(text, ",file.filename=/dev/fdset/0,");
        has(text, " virtio-blk-device,drive=l0,serial=l0 ");
        has(text, " socket,id=link,fd=3 ");
        has_not(text, "-pci");
        has_not(text, "vhost-user");
        has_not(text, "memory-backend");
        has_not(text, "tsc_early_khz");
}

/* Whoever could look at what the kernel traces finds it. */
static void test_tracing(void **state) {
        QemuSpec spec = make_spec(1);
        _cleanup_free_ char *without = join(&spec);

        spec.tracing = true;
        _cleanup_free_ char *with = join(&spec);
        has(without, " initcall_blacklist=tracer_init_tracefs,");
        has_not(with, "initcall_blacklist");
}

/* Nothing that would let it out, or anybody in. */
static void test_cage(void **state) {
        QemuSpec spec = make_spec(3);
        _cleanup_free_ char *text = join(&spec);

        has(text, " -nodefaults -no-user-config -no-reboot -display none ");
        has(text, " -sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny ");
        has_not(text, "-monitor");
        has_not(text, "-qmp");
        has_not(text, "-net");
        has_not(text, "mitigations");
}

static void test_kvm(void **state) {
        QemuSpec spec = make_spec(1);

        spec.kvm = true;
        spec.tsc_khz = 2000000;
        _cleanup_free_ char *text = join(&spec);
        has(text, " -accel kvm ");
        has(text, " -cpu host ");
        has_not(text, "tsc_early_khz"); /* it has the host's own clock */

        spec.kvm = false;
        _cleanup_free_ char *emulated = join(&spec);
        has(emulated, " tsc_early_khz=2000000");
}

static void test_volumes(void **state) {
        QemuSpec spec = make_spec(1);

        spec.volumes = 4;
        _cleanup_free_ char *text = join(&spec);
        has(text, ",memory-backend=memory ");
        has(text, " memory-backend-memfd,id=memory,size=256M,share=on ");
        has(text, " socket,id=volumes,fd=4 ");
        has(text, " vhost-user-fs-device,chardev=volumes,tag=volumes ");
}

static void test_writable(void **state) {
        QemuSpec spec = make_spec(2);

        disks[1].writable = true;
        _cleanup_free_ char *text = join(&spec);
        has(text, "node-name=l0,read-only=on,");
        has(text, "node-name=l1,read-only=off,");
}

/* On the other bus each device has a place of its own. */
static void test_many(void **state) {
        QemuSpec spec = make_spec(20);
        _cleanup_free_ char *few = join(&spec);
        size_t n = 0;

        has_not(few, "-pci");
        spec = make_spec(QEMU_DISKS_MAX);
        _cleanup_free_ char *many = join(&spec);
        has(many, "pcie=on");
        has_not(many, "virtio-blk-device");
        has_not(many, "pci=off");
        for (unsigned slot = 1; slot < 32; slot++)
                for (unsigned function = 0; function < 8; function++) {
                        char place[24];

                        (void) snprintf(place, sizeof(place), "addr=%02x.%x,", slot, function);
                        const char *first = strstr(many, place);
                        n += first != NULL;
                        if (first && strstr(first + 1, place))
                                fail_msg("two devices have %s", place);
                }
        assert_int_equal(n, QEMU_DISKS_MAX + 2); /* the link and the balloon */
}

/* The guest finds them by these addresses; and they count as disks do. */
static void test_networks(void **state) {
        static const int taps[] = { 7, 8 };
        QemuSpec spec = make_spec(18);

        spec.taps = taps;
        spec.n_taps = ELEMENTSOF(taps);
        _cleanup_free_ char *text = join(&spec);
        has(text, " -netdev tap,id=n0,fd=7 -device virtio-net-device,netdev=n0,mac=02:67:61:6e:74:00 ");
        has(text, " -netdev tap,id=n1,fd=8 -device virtio-net-device,netdev=n1,mac=02:67:61:6e:74:01 ");
        assert_true(qemu_needs_pci(19, ELEMENTSOF(taps)));
        spec.n_disks++;
        _cleanup_free_ char *pci = join(&spec);
        has(pci, ",netdev=n1,mac=02:67:61:6e:74:01,romfile= ");
}

static void test_too_many(void **state) {
        QemuSpec spec = make_spec(QEMU_DISKS_MAX + 1);
        char **argv = NULL;

        assert_int_equal(qemu_argv("/usr/bin/qemu", &spec, &argv), -E2BIG);
        spec.n_disks = 1;
        spec.n_taps = QEMU_NETWORKS_MAX + 1;
        assert_int_equal(qemu_argv("/usr/bin/qemu", &spec, &argv), -E2BIG);
        assert_null(argv);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_small),    cmocka_unit_test(test_tracing),
                cmocka_unit_test(test_cage),     cmocka_unit_test(test_kvm),
                cmocka_unit_test(test_volumes),  cmocka_unit_test(test_writable),
                cmocka_unit_test(test_many),     cmocka_unit_test(test_networks),
                cmocka_unit_test(test_too_many),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
