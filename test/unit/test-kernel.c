/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof that kernels of a host and their modules are found, and read as the kernel will.
 * Never: boots one.
 * Follows: stage1-tool/kernel.h, stage1-tool/modules.h. */

#include "basic/fd.h"
#include "basic/process.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "scratch.h"
#include "stage1-tool/kernel.h"
#include "stage1-tool/modules.h"
#include "stage1/host.h"

#define MODULES "lib/modules/6.1.0-9"

static int setup(void **state) {
        if (scratch_setup(state) < 0)
                return -1;
        scratch_mkdir("boot");
        scratch_mkdir("lib");
        scratch_mkdir("lib/modules");
        scratch_mkdir(MODULES);
        setenv("GANTRY_HOST_ROOT", scratch.path, 1);
        return 0;
}

/* As much of a kernel as is read. */
static void write_kernel(const char *name, const char *text) {
        char data[1024] = {};

        memcpy(data + 0x202, "HdrS", 4);
        data[0x20f] = 1; /* 0x100 behind 0x200 */
        (void) snprintf(data + 0x300, sizeof(data) - 0x300, "%s", text);
        scratch_write_bytes(name, data, sizeof(data));
}

static int try_kernel(const char *path, char **reterr_why) {
        _cleanup_close_ int root_fd = host_root_open();
        _cleanup_kernel_ Kernel k = KERNEL_NULL;

        return kernel_open(root_fd, path, &k, reterr_why);
}

static void test_release(void **state) {
        _cleanup_close_ int root_fd = host_root_open();
        _cleanup_kernel_ Kernel k = KERNEL_NULL;

        write_kernel("boot/vmlinuz", "6.1.0-9-cloud-amd64 (debian@example) #1 SMP");
        assert_int_equal(kernel_open(root_fd, "/boot/vmlinuz", &k, NULL), 0);
        assert_string_equal(k.release, "6.1.0-9-cloud-amd64");
        assert_string_equal(k.path, "/boot/vmlinuz");

        static const char *const bad[] = { "", " 6.1", "../6.1 x", "6.1/x" };
        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                _cleanup_free_ char *why = NULL;
                write_kernel("boot/vmlinuz", bad[i]);
                assert_int_equal(try_kernel("/boot/vmlinuz", &why), -EBADMSG);
                assert_string_equal(
                                why,
                                "'/boot/vmlinuz' cannot be booted: no Linux kernel of the kind called bzImage");
        }

        scratch_write("boot/vmlinuz", "\x7f"
                                      "ELF");
        assert_int_equal(try_kernel("/boot/vmlinuz", NULL), -EBADMSG);
        assert_int_equal(try_kernel("/boot/none", NULL), -ENOENT);
        assert_int_equal(try_kernel("/boot", NULL), -EINVAL);
}

static void test_list(void **state) {
        _cleanup_close_ int root_fd = host_root_open();
        _cleanup_strv_ char **paths = NULL;
        _cleanup_free_ char *text = NULL;

        scratch_write("boot/vmlinuz-6.1.0-9", "");
        scratch_write("boot/vmlinuz-6.1.0-10", "");
        scratch_write("boot/vmlinuz-5.10.0", "");
        scratch_write("boot/initrd.img-7.0", "");
        scratch_write("lib/modules/6.1.0-9/vmlinuz", "");
        scratch_mkdir("lib/modules/6.2");
        scratch_write("lib/modules/6.2/vmlinuz", "");
        assert_int_equal(kernel_list(root_fd, &paths), 0);
        assert_int_equal(strv_length(paths), 5);
        assert_string_equal(paths[0], "/lib/modules/6.2/vmlinuz");
        assert_string_equal(paths[1], "/boot/vmlinuz-6.1.0-10");
        assert_string_equal(paths[4], "/boot/vmlinuz-5.10.0");
}

static void load(Modules *m) {
        _cleanup_close_ int root_fd = host_root_open();
        _cleanup_current_ Current sources = {};

        scratch_write(MODULES "/modules.builtin", "kernel/fs/ext4/ext4.ko\nkernel/lib/crc-16.ko\n");
        scratch_write(MODULES "/modules.dep",
                      "kernel/virtio_ring.ko:\n"
                      "kernel/virtio.ko: kernel/virtio_ring.ko\n"
                      "kernel/virtio-mmio.ko.zst: kernel/virtio.ko kernel/virtio_ring.ko\n"
                      "kernel/fs/erofs.ko:");
        assert_int_equal(modules_load(root_fd, "6.1.0-9", &sources, m, NULL), 0);
        assert_string_equal(m->directory, "/" MODULES);
        assert_in_range(sources.n, 2, 3); /* and its configuration, if that is there */
}

static void test_find(void **state) {
        static const struct {
                const char *name, *files;
        } table[] = {
                { "ext4", NULL },
                { "crc_16", NULL },
                { "virtio_ring", "kernel/virtio_ring.ko" },
                { "virtio", "kernel/virtio_ring.ko kernel/virtio.ko" },
                { "virtio_mmio", "kernel/virtio_ring.ko kernel/virtio.ko kernel/virtio-mmio.ko.zst" },
                { "erofs", "kernel/fs/erofs.ko" },
        };
        static const char *const missing[] = { "", "ext", "ext44", "virtio_m", "mmio", "overlay" };
        _cleanup_modules_ Modules m = {};

        load(&m);
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_strv_ char **files = NULL;
                _cleanup_free_ char *text = NULL;

                assert_int_equal(modules_find(&m, table[i].name, &files), 0);
                assert_int_equal(strv_join(files, " ", &text), 0);
                assert_true(streq_ptr(text, table[i].files));
        }
        for (size_t i = 0; i < ELEMENTSOF(missing); i++) {
                _cleanup_strv_ char **files = NULL;
                assert_int_equal(modules_find(&m, missing[i], &files), -ENOENT);
        }
}

static void check_config(const char *path, const char *text, bool signed_only) {
        _cleanup_modules_ Modules m = {};

        scratch_write(path, text);
        load(&m);
        assert_int_equal(m.signed_only, signed_only);
}

/* What is beside the modules counts where there is nothing in /boot. */
static void test_config(void **state) {
        _cleanup_modules_ Modules m = {};

        load(&m);
        assert_true(m.signed_only);
        check_config(MODULES "/config", "#\nCONFIG_MODULE_SIG=y\nCONFIG_MODULE_SIG_FORCE=y\n", true);
        check_config(MODULES "/config", "#\nCONFIG_MODULE_SIG=y\n# CONFIG_MODULE_SIG_FORCE is not set\n",
                     false);
        check_config("boot/config-6.1.0-9", "#\nCONFIG_LOCK_DOWN_KERNEL_FORCE_INTEGRITY=y\n", true);
}

static void test_load(void **state) {
        _cleanup_close_ int root_fd = host_root_open();
        _cleanup_current_ Current sources = {};
        _cleanup_modules_ Modules m = {};
        _cleanup_free_ char *why = NULL;

        assert_int_equal(modules_load(root_fd, "6.2", &sources, &m, &why), -ENOENT);
        assert_string_equal(why, "kernel '6.2' has no '/usr/lib/modules/6.2'");
        assert_int_equal(modules_load(root_fd, "6.1.0-9", &sources, &m, &why), -ENOENT);
        assert_string_equal(why,
                            "'/lib/modules/6.1.0-9/modules.dep' cannot be read: No such file or directory");
}

/* Packs it with the program whose format it is. */
static void pack(const char *program, const char *name) {
        _cleanup_free_ char *script = NULL;

        assert_int_equal(str_printf(&script, "cd %s && %s <module.ko >%s", scratch.path, program, name), 0);
        char *argv[] = { (char *) "sh", (char *) "-c", script, NULL };
        assert_int_equal(process_run(&(Spawn) { .argv = argv, .in = -EBADF, .out = -EBADF, .err = -EBADF }),
                         0);
}

static void check_module(const char *path, bool keep_signature, const char *text, size_t size) {
        _cleanup_close_ int root_fd = host_root_open();
        _cleanup_blob_ Blob module = {};

        _cleanup_close_ int fd = module_read(root_fd, path, keep_signature, &module, NULL);
        assert_return_code(fd, -fd);
        assert_int_equal(module.size, size);
        assert_memory_equal(module.data, text, module.size);
}

#define SIGNED(size)                                                                                        \
        "MODULE"                                                                                            \
        "sig"                                                                                               \
        "\0\0\2\0\0\0\0\0" size "~Module signature appended~\n"

static void test_module(void **state) {
        static const char good[] = SIGNED("\0\0\0\3"), wrong[] = SIGNED("\0\0\1\0");
        _cleanup_close_ int root_fd = host_root_open();
        _cleanup_blob_ Blob module = {};
        _cleanup_free_ char *why = NULL;

        scratch_write("plain.ko", "MODULE");
        check_module("/plain.ko", false, "MODULE", 6);
        scratch_write_bytes("module.ko", good, sizeof(good) - 1);
        check_module("/module.ko", false, "MODULE", 6);
        check_module("/module.ko", true, good, sizeof(good) - 1);
        pack("gzip", "module.ko.gz");
        check_module("/module.ko.gz", false, "MODULE", 6);
        pack("xz", "module.ko.xz");
        check_module("/module.ko.xz", false, "MODULE", 6);
        pack("zstd", "module.ko.zst");
        check_module("/module.ko.zst", false, "MODULE", 6);

        /* The kernel refuses what is wrong with it. */
        scratch_write_bytes("wrong.ko", wrong, sizeof(wrong) - 1);
        assert_return_code(module_read(root_fd, "/wrong.ko", false, &module, NULL), 0);
        assert_int_equal(module.size, sizeof(wrong) - 1);

        scratch_write("rubbish.ko.zst", "rubbish");
        assert_int_equal(module_read(root_fd, "/rubbish.ko.zst", false, &module, &why), -EBADMSG);
        assert_string_equal(why, "module '/rubbish.ko.zst' cannot be used: Bad message");
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_release, setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(test_list, setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(test_find, setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(test_config, setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(test_load, setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(test_module, setup, scratch_teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
