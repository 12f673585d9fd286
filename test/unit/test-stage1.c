/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof that what pods boot is taken as long as it and the host's files are what they were, and no longer.
 * Never: builds one: test/system/test-stage1.sh does; here a script stands for gantry-stage1.
 * Follows: stage1/stage1-image.h, stage1/current.h, stage1/versions.h. */

#include <sys/file.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "scratch.h"
#include "stage1/current.h"
#include "stage1/host.h"
#include "stage1/stage1-guest.h"
#include "stage1/stage1-image.h"
#include "stage1/versions.h"

#define IMAGE "252-0123456789abcdef.erofs"

static int setup(void **state) {
        if (scratch_setup(state) < 0)
                return -1;
        scratch_mkdir("host");
        scratch_mkdir("host/lib");
        scratch_mkdir("programs");
        scratch_write("host/lib/a b", "first");
        scratch_write("host/lib/c", "second");
        scratch_write("programs/gantry-stage1", "#!/bin/sh\nexit 1\n");
        assert_return_code(fchmodat(scratch.fd, "programs/gantry-stage1", 0755, 0), errno);
        setenv("GANTRY_HOST_ROOT", scratch_path("host"), 1);
        setenv("GANTRY_EXEC_DIR", scratch_path("programs"), 1);
        return 0;
}

static Store *open_store(void) {
        Store *s;
        assert_return_code(store_open(scratch_path("store"), STORE_CREATE, &s), 0);
        return s;
}

/* As gantry-stage1 leaves it behind. */
static void make_image(Store *s) {
        static const char *const sources[] = { "/lib/a b", "/lib/c" };
        _cleanup_close_ int dir_fd = stage1_dir_open(s, true), root_fd = host_root_open();
        _cleanup_current_ Current c = {};

        scratch_write("store/stage1/" IMAGE, "image");
        _cleanup_close_ int image_fd = openat(dir_fd, IMAGE, O_RDONLY | O_CLOEXEC);
        assert_return_code(image_fd, errno);
        assert_return_code(current_set_image(&c, IMAGE, image_fd), 0);
        assert_return_code(current_set_programs(&c, STAGE1_IMAGE), 0);
        for (size_t i = 0; i < ELEMENTSOF(sources); i++) {
                _cleanup_close_ int fd = host_open(root_fd, sources[i], O_PATH);
                assert_return_code(fd, -fd);
                assert_return_code(current_add_source(&c, sources[i], fd), 0);
        }
        assert_return_code(current_write(dir_fd, STAGE1_IMAGE, &c), 0);
}

static int try_open(Store *s) {
        _cleanup_free_ char *why = NULL;
        _cleanup_close_ int fd = -EBADF;

        int r = stage1_image_open(s, &fd, &why);
        assert_int_equal(r < 0, why != NULL);
        return r;
}

static void test_open(void **state) {
        _cleanup_(store_closep) Store *s = open_store();
        int fd;

        assert_int_equal(try_open(s), -EIO); /* there is none, and it cannot be built */
        make_image(s);
        assert_int_equal(try_open(s), 0);

        assert_int_equal(stage1_image_open(s, &fd, NULL), 0);
        _cleanup_close_ int dir_fd = stage1_dir_open(s, false);
        assert_int_equal(stage1_is_used(dir_fd, IMAGE), 1);
        assert_int_equal(stage1_remove(dir_fd, "252-0123456789abcdef"), -EBUSY);
        close(fd);
        assert_int_equal(stage1_is_used(dir_fd, IMAGE), 0);
        assert_int_equal(stage1_remove(dir_fd, "252-0123456789abcdef"), 0);
        assert_int_equal(stage1_remove(dir_fd, "252-0123456789abcdef"), -ENOENT);
        assert_int_equal(try_open(s), -EIO);
}

/* Whatever is touched, it is not taken any more. */
static void test_stamps(void **state) {
        static const char *const touched[] = { "host/lib/a b", "host/lib/c", "programs/gantry-stage1",
                                               "store/stage1/" IMAGE };
        _cleanup_(store_closep) Store *s = open_store();

        for (size_t i = 0; i < ELEMENTSOF(touched); i++) {
                make_image(s);
                assert_int_equal(try_open(s), 0);
                usleep(20000); /* for a clock that is as coarse as a kernel may have */
                assert_return_code(fchmodat(scratch.fd, touched[i], 0700, 0), errno);
                assert_int_equal(try_open(s), -EIO);
        }

        make_image(s);
        assert_return_code(unlinkat(scratch.fd, "host/lib/c", 0), errno);
        assert_int_equal(try_open(s), -EIO);
}

static void test_current(void **state) {
        static const char *const bad[] = {
                "",
                "\n",
                "5 1 2 x.erofs\n",
                "5 1 2 x.erofs\n5 1 2 /b\n",
                "5 1 x.erofs\n5 1 2 /b\n5 1 2 /c\n",
                "5 1 2 a/b.erofs\n5 1 2 /b\n5 1 2 /c\n",
                "5 1 2 x.erofs\n5 1 2 /b\n5 1 2 \n",
                "-5 1 2 x.erofs\n5 1 2 /b\n5 1 2 /c\n",
                "5 1 2 x.erofs\n\n5 1 2 /b\n5 1 2 /c\n",
        };
        _cleanup_(store_closep) Store *s = open_store();
        _cleanup_close_ int dir_fd = stage1_dir_open(s, true);
        _cleanup_current_ Current c = {};

        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                scratch_write("store/stage1/current", bad[i]);
                assert_int_equal(current_read(dir_fd, STAGE1_IMAGE, &c), -EBADMSG);
                assert_int_equal(try_open(s), -EIO);
        }

        make_image(s);
        assert_int_equal(current_read(dir_fd, STAGE1_IMAGE, &c), 0);
        assert_string_equal(c.image.path, IMAGE);
        assert_int_equal(c.image.size, strlen("image"));
        assert_int_equal(c.n, 2);
        assert_string_equal(c.sources[0].path, "/lib/a b");
        assert_int_equal(current_holds(&c), 1);
}

static void test_versions(void **state) {
        static const char *const bad[] = { "", ".", "../x", "a/b", ".#a", "a b", "\x80" };
        _cleanup_(store_closep) Store *s = open_store();
        _cleanup_strv_ char **list = NULL;

        assert_int_equal(stage1_dir_open(s, false), -ENOENT);
        _cleanup_close_ int dir_fd = stage1_dir_open(s, true);
        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                assert_false(stage1_version_is_valid(bad[i]));
                assert_int_equal(stage1_remove(dir_fd, bad[i]), -ENOENT);
        }

        scratch_write("store/stage1/252.1~rc1-b.erofs", "");
        scratch_write("store/stage1/252-a.erofs", "");
        scratch_write("store/stage1/.#tmp", "");
        scratch_write("store/stage1/.erofs", "");
        scratch_write("store/stage1/current", "");
        assert_int_equal(stage1_list(dir_fd, &list), 0);
        assert_int_equal(strv_length(list), 2);
        assert_string_equal(list[0], "252-a.erofs");
        assert_string_equal(list[1], "252.1~rc1-b.erofs");
}

#define INITRD "6.1.0-9-cloud-0123456789abcdef.initrd"

static void add_source(Current *c, const char *path) {
        _cleanup_close_ int root_fd = host_root_open(), fd = host_open(root_fd, path, O_PATH);

        assert_return_code(fd, -fd);
        assert_int_equal(current_add_source(c, path, fd), 0);
}

/* As gantry-stage1 leaves it behind, whose kernel was chosen or named. */
static void make_initrd(Store *s, bool chosen) {
        _cleanup_close_ int dir_fd = stage1_dir_open(s, true);
        _cleanup_current_ Current c = {};

        scratch_write("store/stage1/" INITRD, "initrd");
        _cleanup_close_ int fd = openat(dir_fd, INITRD, O_RDONLY | O_CLOEXEC);
        assert_return_code(fd, errno);
        assert_int_equal(current_set_image(&c, INITRD, fd), 0);
        assert_int_equal(current_set_programs(&c, STAGE1_INITRD), 0);
        add_source(&c, "/boot/vmlinuz");
        if (chosen)
                add_source(&c, "/boot");
        assert_int_equal(current_write(dir_fd, STAGE1_INITRD, &c), 0);
}

static int try_guest(Store *s) {
        _cleanup_stage1_guest_ Stage1Guest g = STAGE1_GUEST_NULL;
        _cleanup_close_ int dir_fd = stage1_dir_open(s, true);
        _cleanup_free_ char *why = NULL;
        char text[8] = "";

        int r = stage1_guest_open(s, &g, &why);
        assert_int_equal(r < 0, why != NULL);
        if (r < 0)
                return r;

        assert_string_equal(g.release, "6.1.0-9-cloud");
        assert_int_equal(read(g.kernel_fd, text, sizeof(text) - 1), 6);
        assert_string_equal(text, "kernel");
        assert_int_equal(stage1_is_used(dir_fd, INITRD), 1);
        assert_int_equal(stage1_remove(dir_fd, "6.1.0-9-cloud-0123456789abcdef"), -EBUSY);
        return r;
}

static void set_kernel(const char *line) {
        scratch_write("config/etc/gantry/gantry.conf", line);
}

static void test_guest(void **state) {
        _cleanup_(store_closep) Store *s = open_store();

        scratch_mkdir("config");
        scratch_mkdir("config/etc");
        scratch_mkdir("config/etc/gantry");
        setenv("GANTRY_CONFIG_ROOT", scratch_path("config"), 1);
        scratch_mkdir("host/boot");
        scratch_write("host/boot/vmlinuz", "kernel");
        scratch_write("programs/gantry-guest", "");
        scratch_write("programs/gantry-init", "");
        assert_int_equal(try_guest(s), -EIO);

        make_initrd(s, /* chosen= */ true);
        assert_int_equal(try_guest(s), 0);
        set_kernel("[Store]\nKeepFree=1G\n[KVM]\nKernel=/boot/other\n");
        assert_int_equal(try_guest(s), -EIO);
        set_kernel("[KVM]\nKernel=vmlinuz\n");
        assert_int_equal(try_guest(s), -EBADMSG);

        make_initrd(s, /* chosen= */ false);
        set_kernel("[KVM]\nKernel=/boot/vmlinuz\n");
        assert_int_equal(try_guest(s), 0);
        set_kernel("");
        assert_int_equal(try_guest(s), -EIO); /* it may not be the newest */

        make_initrd(s, /* chosen= */ true);
        scratch_write("programs/gantry-guest", "another");
        assert_int_equal(try_guest(s), -EIO);
        make_initrd(s, /* chosen= */ true);
        usleep(20000); /* as above */
        scratch_write("host/boot/vmlinuz-7", "newer");
        assert_int_equal(try_guest(s), -EIO);
        unsetenv("GANTRY_CONFIG_ROOT");
}

/* A link of the host's leads where it would for the host. */
static void test_host(void **state) {
        _cleanup_close_ int root_fd = host_root_open();

        assert_return_code(symlinkat("/lib/c", scratch.fd, "host/absolute"), errno);
        assert_return_code(symlinkat("../../../lib/c", scratch.fd, "host/up"), errno);
        assert_return_code(symlinkat("/etc/passwd", scratch.fd, "host/out"), errno);
        assert_true(host_open(root_fd, "/absolute", O_PATH) >= 0);
        assert_true(host_open(root_fd, "/up", O_PATH) >= 0);
        assert_int_equal(host_open(root_fd, "/out", O_PATH), -ENOENT);
        assert_int_equal(host_open(root_fd, "/../../etc/passwd", O_PATH), -ENOENT);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_open, setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(test_stamps, setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(test_current, setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(test_versions, setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(test_guest, setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(test_host, setup, scratch_teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
