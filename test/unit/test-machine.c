/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof that a virtual machine is as large as its pod and what it takes itself, and that what it is is written down.
 * Never: runs one.
 * Follows: pod/machine-size.h, pod/machine.h. */

#include "basic/strv.h"
#include "pod/machine-size.h"
#include "pod/machine.h"
#include "pod/stage1-kind.h"
#include "scratch.h"

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)
#define WORDS(...) ((char *const *) (const char *const[]) { __VA_ARGS__, NULL })

static void test_memory(void **state) {
        assert_int_equal(machine_memory(NULL, 64 * GIB), 512 * MIB + 16 * MIB + 96 * MIB);
        assert_int_equal(machine_memory(NULL, GIB / 2), 256 * MIB + 8 * MIB + 96 * MIB);
        assert_int_equal(machine_memory(WORDS("MemoryMax=320M"), 64 * GIB), 320 * MIB + 10 * MIB + 96 * MIB);
        assert_int_equal(machine_memory(WORDS("MemoryMax=1G", "MemoryMax=32M"), GIB), 129 * MIB);
        assert_int_equal(machine_memory(WORDS("MemoryMax=1"), GIB), 97 * MIB);
        assert_int_equal(machine_memory(WORDS("MemoryMax=50%"), 4 * GIB), 2048 * MIB + 160 * MIB);
        assert_int_equal(machine_memory(WORDS("MemoryMax=infinity"), 64 * GIB), 624 * MIB);
        assert_int_equal(machine_memory(WORDS("MemoryMax=1T"), GIB), 1024 * MIB + 128 * MIB);
}

static void test_cpus(void **state) {
        assert_int_equal(machine_cpus(NULL, 4), 1);
        assert_int_equal(machine_cpus(WORDS("CPUQuota=6500%"), 500), 64);
        assert_int_equal(machine_cpus(WORDS("CPUQuota=20%"), 4), 1);
        assert_int_equal(machine_cpus(WORDS("CPUQuota=100%"), 4), 1);
        assert_int_equal(machine_cpus(WORDS("CPUQuota=150.5%"), 4), 2);
        assert_int_equal(machine_cpus(WORDS("CPUQuota=100000000%"), 4), 4);
        assert_int_equal(machine_cpus(WORDS("CPUQuota=infinity"), 4), 1);
        assert_int_equal(machine_cpus(WORDS("CPUQuota=0%"), 4), 1);
}

static void test_unit(void **state) {
        static const char *const words[] = { "MemoryMax=320M",     "MemoryMax=50%",
                                             "MemoryHigh=1G",      "MemoryLow=1G",
                                             "MemoryMax=infinity", "TasksMax=10",
                                             "Restart=always",     NULL };
        _cleanup_strv_ char **properties = NULL;
        _cleanup_free_ char *text = NULL;

        assert_int_equal(strv_add_all(&properties, (char *const *) words), 0);
        assert_int_equal(machine_unit_properties(&properties), 0);
        assert_int_equal(strv_join(properties, " ", &text), 0);
        assert_string_equal(
                        text,
                        "DeviceAllow=/dev/kvm rw DeviceAllow=/dev/net/tun rw MemoryMax=580911104 MemoryLow=1G Restart=always"); /* 554 MiB */
}

static void test_unit_of_others(void **state) {
        _cleanup_strv_ char **properties = NULL;
        _cleanup_free_ char *text = NULL;

        assert_int_equal(strv_add(&properties, "DeviceAllow="), 0);
        assert_int_equal(stage1_unit_properties("nspawn", &properties), 0);
        assert_int_equal(stage1_unit_properties(NULL, &properties), 0);
        assert_int_equal(strv_length(properties), 1);
        assert_int_equal(stage1_unit_properties("fly", &properties), 0);
        assert_int_equal(strv_join(properties, " ", &text), 0);
        assert_string_equal(text, "DeviceAllow=char-* rwm DeviceAllow=block-* rwm DeviceAllow=");
}

static void test_record(void **state) {
        const PodMachine m = { (char *) "6.1.0-56-cloud-amd64", 394 * MIB, 2, (char *) "tcg" };
        _cleanup_pod_machine_ PodMachine read = {};

        assert_int_equal(pod_machine_read(scratch.fd, &read), -ENOENT);
        assert_int_equal(pod_machine_write(scratch.fd, &m), 0);
        assert_int_equal(pod_machine_read(scratch.fd, &read), 0);
        assert_string_equal(read.kernel, m.kernel);
        assert_int_equal(read.memory_bytes, m.memory_bytes);
        assert_int_equal(read.cpus, m.cpus);
        assert_string_equal(read.accelerator, m.accelerator);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_memory),
                cmocka_unit_test(test_cpus),
                cmocka_unit_test(test_unit),
                cmocka_unit_test(test_unit_of_others),
                cmocka_unit_test_setup_teardown(test_record, scratch_setup, scratch_teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
