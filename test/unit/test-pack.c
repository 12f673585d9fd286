/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of pod-tool/pack: trees as tars, as GNU tar reads them.
 * Never: changes anything but its scratch directory.
 * Follows: pod-tool/pack.h. */

#include "scratch.h"

#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "pod-tool/pack.h"

static int tar_fd;

static int write_tar(void *userdata, const void *data, size_t size) {
        return fd_write_full(tar_fd, data, size);
}

static int pack_with(const char *name, const char *path, const PackOptions *o, char **reterr_why) {
        _cleanup_(tar_writer_freep) TarWriter *w = NULL;

        tar_fd = openat(scratch.fd, "tar", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        assert_return_code(tar_fd, errno);
        assert_int_equal(tar_writer_new(write_tar, NULL, &w), 0);
        int r = pack_tree(w, scratch.fd, name, path, o, reterr_why);
        if (r >= 0)
                r = tar_writer_finish(w);
        fd_close(tar_fd);
        return r;
}

static void pack(const char *name, const char *path, const PackOptions *o) {
        char *why = NULL;

        int r = pack_with(name, path, o, &why);
        if (r < 0)
                fail_msg("%s", why ? why : strerror(-r));
}

static void says(const char *command, const char *expected) {
        char line[1024], output[4096] = "";

        (void) snprintf(line, sizeof(line), "cd '%s' && export TZ=UTC LC_ALL=C.UTF-8; %s 2>&1", scratch.path,
                        command);
        FILE *f = popen(line, "r");
        assert_non_null(f);
        output[fread(output, 1, sizeof(output) - 1, f)] = '\0';
        if (pclose(f) != 0 || !streq(output, expected))
                fail_msg("%s: %s", command, output);
}

static void node(const char *name, mode_t kind, unsigned minor) {
        assert_return_code(mknodat(scratch.fd, name, kind | 0600, makedev(0, minor)), errno);
}

static void set_times(void) {
        says("find t -exec touch -h -d @1 {} +", "");
}

static void tree(void **state) {
        scratch_mkdir("t");
        scratch_mkdir("t/b");
        scratch_write("t/b/file", "text");
        scratch_write("t/a", "first");
        assert_return_code(linkat(scratch.fd, "t/a", scratch.fd, "t/b/again", 0), errno);
        assert_return_code(symlinkat("/etc/passwd", scratch.fd, "t/c"), errno);
        set_times();
        pack("t", "copy", &(PackOptions) {});
        says("tar -tvf tar | awk '{ print $1, $3, $6, $7, $8, $9, $10 }'",
             "drwxr-xr-x 0 copy/    \n-rw-r--r-- 5 copy/a    \ndrwxr-xr-x 0 copy/b/    \nhrw-r--r-- 0 copy/b/again link to copy/a \n"
             "-rw-r--r-- 4 copy/b/file    \nlrwxrwxrwx 0 copy/c -> /etc/passwd  \n");
        says("tar -xf tar && diff -r t copy", "");
        pack("t/a", "a", &(PackOptions) {});
        says("tar -tf tar", "a\n");
}

static void changes(void **state) {
        PackOptions o = { .base = 524288, .is_changes = true };

        if (geteuid() != 0)
                skip();
        scratch_mkdir("t");
        scratch_mkdir("t/opaque");
        scratch_write("t/opaque/kept", "");
        scratch_write("t/file", "");
        node("t/gone", S_IFCHR, 0);
        node("t/null", S_IFCHR, 3);
        if (setxattr(scratch_path("t/opaque"), "trusted.overlay.opaque", "y", 1, 0) < 0)
                skip();
        assert_return_code(setxattr(scratch_path("t/file"), "user.note", "x", 1, 0), errno);
        assert_return_code(setxattr(scratch_path("t/file"), "trusted.overlay.origin", "x", 1, 0), errno);
        assert_return_code(fchownat(scratch.fd, "t/file", 524288 + 1000, 524288 + 4, 0), errno);
        set_times();

        pack("t", ".", &o);
        says("tar --numeric-owner -tvf tar | awk '{ print $2, $6 }'",
             "65534/65534 ./\n1000/4 file\n65534/65534 .wh.gone\n65534/65534 null\n65534/65534 opaque/\n"
             "65534/65534 opaque/.wh..wh..opq\n65534/65534 opaque/kept\n");
        says("python3 -c 'import tarfile; [print(m.name, m.pax_headers) for m in tarfile.open(\"tar\") if m.pax_headers]'",
             "file {'SCHILY.xattr.user.note': 'x'}\n");
}

static void capabilities(void **state) {
        /* CAP_NET_RAW, as root of the namespace 524288 has given it. */
        static const uint8_t v3[24] = { 1, 0, 0, 3, 0, 0x20, 0, 0, 0, 0, 0, 0,
                                        0, 0, 0, 0, 0, 0,    0, 0, 0, 0, 8, 0 };

        if (geteuid() != 0)
                skip();
        scratch_mkdir("t");
        scratch_write("t/ping", "");
        uint8_t value[24];
        memcpy(value, v3, sizeof(v3));
        value[20] = 0;
        value[21] = 0;
        value[22] = 8;
        if (setxattr(scratch_path("t/ping"), "security.capability", value, sizeof(value), 0) < 0)
                skip();
        pack("t", ".", &(PackOptions) { .base = 524288, .is_changes = true });
        says("grep -c 'SCHILY.xattr.security.capability=' --text tar; python3 -c 'import tarfile\n"
             "for m in tarfile.open(\"tar\"):\n for k, v in m.pax_headers.items():\n  if k.startswith(\"SCHILY\"): print(len(v), ord(v[3]))'",
             "1\n20 2\n");
}

static void what_no_layer_says(void **state) {
        PackOptions o = { .is_changes = true };
        char *why = NULL;

        scratch_mkdir("t");
        scratch_write("t/.wh.mine", "");
        assert_int_equal(pack_with("t", ".", &o, &why), -EOPNOTSUPP);
        assert_string_equal(why, "'.wh.mine' is something that no layer can say");
        free(why);
        pack("t", ".", &(PackOptions) {});

        if (geteuid() != 0 || unlinkat(scratch.fd, "t/.wh.mine", 0) < 0)
                return;
        scratch_mkdir("t/moved");
        if (setxattr(scratch_path("t/moved"), "trusted.overlay.redirect", "/old", 4, 0) < 0)
                return;
        why = NULL;
        assert_int_equal(pack_with("t", ".", &o, &why), -EOPNOTSUPP);
        assert_string_equal(why, "'moved' is something that no layer can say");
        free(why);
}

static void holes(void **state) {
        int fd;

        scratch_mkdir("t");
        fd = openat(scratch.fd, "t/holes", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
        assert_int_equal(pwrite(fd, "data", 4, 3 << 20), 4);
        fd_close(fd);
        fd = openat(scratch.fd, "t/end", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
        assert_int_equal(pwrite(fd, "data", 4, 100000), 4);
        assert_return_code(ftruncate(fd, 9 << 20), errno);
        fd_close(fd);
        pack("t", "copy", &(PackOptions) {});
        says("test $(stat -c %s tar) -lt 100000 && tar -xf tar && diff -r t copy", "");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(tree), TEST(changes), TEST(capabilities), TEST(what_no_layer_says), TEST(holes),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
