/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof that labels are made of what a policy says, that a tree gets one as a whole and nothing else does, and that a host
 * without SELinux is left alone.
 * Never: needs SELinux: test/system/test-selinux.sh has it.
 * Follows: selinux/context.h, selinux/label.h, selinux/relabel.h. */

#include "scratch.h"

#include <sys/mount.h>
#include <sys/xattr.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "selinux/context.h"
#include "selinux/label.h"
#include "selinux/pod-labels.h"
#include "selinux/relabel.h"

#define FILES "system_u:object_r:container_file_t:s0:c1,c600"

static void test_with(void **state) {
        static const struct {
                const char *context, *type, *level, *made;
        } table[] = {
                { "system_u:system_r:container_t:s0", NULL, "s0:c1,c600",
                  "system_u:system_r:container_t:s0:c1,c600" },
                { "system_u:system_r:container_t:s0", "spc_t", "s0:c1,c2",
                  "system_u:system_r:spc_t:s0:c1,c2" },
                { "u:r:t:s0-s0:c0.c1023", NULL, "s0", "u:r:t:s0" },
                { "u:r:t", NULL, "s0", "u:r:t:s0" },
                { "u:r", NULL, "s0", NULL },
                { "", "t", "s0", NULL },
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_free_ char *made = NULL;

                int r = context_with(table[i].context, table[i].type, table[i].level, &made);
                if (r != (table[i].made ? 0 : -EINVAL) || !streq_ptr(made, table[i].made))
                        fail_msg("'%s': %d, %s", table[i].context, r, made);
        }
}

/* Debian's file, and what might be there besides. */
static void test_find(void **state) {
        static const char text[] = "process = \"system_u:system_r:container_t:s0\"\n"
                                   "content = \"system_u:object_r:virt_var_lib_t:s0\"\n"
                                   "\n"
                                   "# file = \"no\"\n"
                                   "  file=\"system_u:object_r:container_file_t:s0\"   \n"
                                   "empty = \"\"\n"
                                   "open = \"u:r:t\n"
                                   "bare = u:r:t\n"
                                   "ro_file\t=\t\"u:r:ro:s0\"";
        static const struct {
                const char *key, *context;
        } table[] = {
                { "process", "system_u:system_r:container_t:s0" },
                { "file", "system_u:object_r:container_file_t:s0" },
                { "ro_file", "u:r:ro:s0" },
                { "init_process", NULL },
                { "proc", NULL },
                { "empty", NULL },
                { "open", NULL },
                { "bare", NULL },
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_free_ char *context = NULL;

                int r = context_find(text, table[i].key, &context);
                if (r != (table[i].context ? 0 : -ENOENT) || !streq_ptr(context, table[i].context))
                        fail_msg("'%s': %d, %s", table[i].key, r, context);
        }
}

static bool is_loaded(void) {
        _cleanup_blob_ Blob maps = {};

        assert_int_equal(file_read_at(AT_FDCWD, "/proc/self/maps", (size_t) 1 << 20, &maps), 0);
        return strstr(maps.data, "libselinux");
}

static void test_off(void **state) {
        _cleanup_pod_labels_ PodLabels labels = { .process = strdup("x") };
        PodDir p = { .level = "s0:c1,c600" };
        AppcPod pod = {};
        char *label;

        if (access("/sys/fs/selinux/enforce", F_OK) == 0)
                skip();
        assert_int_equal(label_mode(), LABEL_OFF);
        pod_labels_done(&labels);
        assert_int_equal(pod_labels_read(&pod, &p, &labels, NULL), 0);
        assert_null(labels.process);
        assert_null(labels.file);
        assert_int_equal(label_next_exec(NULL), 0);
        assert_int_equal(label_next_exec(FILES), -EOPNOTSUPP);
        assert_int_equal(label_check(FILES), -EOPNOTSUPP);
        assert_int_equal(label_of_self(&label), -EOPNOTSUPP);
        assert_false(is_loaded());
}

static bool has_label(const char *name) {
        char label[256] = "";

        return lgetxattr(scratch_path(name), "security.selinux", label, sizeof(label) - 1) > 0 &&
               streq(label, FILES);
}

static void make_tree(void) {
        scratch_mkdir("volume");
        scratch_mkdir("volume/a");
        scratch_mkdir("volume/a/b");
        scratch_mkdir("volume/mount");
        scratch_write("volume/a/b/file", "");
        scratch_write("outside", "");
        assert_return_code(symlinkat("../outside", scratch.fd, "volume/link"), errno);
        assert_return_code(mkfifoat(scratch.fd, "volume/a/fifo", 0644), errno);
}

static int relabel(const char *name) {
        _cleanup_close_ int fd = openat(scratch.fd, name, O_PATH | O_CLOEXEC);

        assert_return_code(fd, errno);
        return relabel_tree(fd, FILES, NULL);
}

static void test_relabel(void **state) {
        static const char *const labelled[] = { "volume",          "volume/a",    "volume/a/b",
                                                "volume/a/b/file", "volume/link", "volume/a/fifo" };

        make_tree();
        if (geteuid() != 0 || mount("tmpfs", scratch_path("volume/mount"), "tmpfs", 0, "size=1M") < 0)
                skip();
        scratch_write("volume/mount/file", "");
        int r = relabel("volume");
        bool crossed = has_label("volume/mount/file") || has_label("volume/mount");
        assert_return_code(umount2(scratch_path("volume/mount"), MNT_DETACH), errno);

        assert_int_equal(r, 0);
        assert_false(crossed);
        for (size_t i = 0; i < ELEMENTSOF(labelled); i++)
                if (!has_label(labelled[i]))
                        fail_msg("'%s' has another label", labelled[i]);
        assert_false(has_label("outside"));
}

/* The label at the top is the last to come: with it, there is nothing to be done. */
static void test_relabel_again(void **state) {
        make_tree();
        if (relabel("volume/a") < 0)
                skip();
        scratch_write("volume/a/later", "");
        assert_int_equal(relabel("volume/a"), 0);
        assert_false(has_label("volume/a/later"));
        assert_int_equal(relabel("volume"), 0);
        assert_true(has_label("volume/a/later"));
}

static void test_of_host(void **state) {
        static const char *const refused[] = { "/proc",     "/proc/self/status", "/sys/kernel",
                                               "/dev/null", "/etc/passwd",       "/usr/bin/env" };

        for (size_t i = 0; i < ELEMENTSOF(refused); i++) {
                _cleanup_free_ char *why = NULL;
                _cleanup_close_ int fd = open(refused[i], O_PATH | O_CLOEXEC);

                if (relabel_tree(fd, FILES, &why) != -EPERM)
                        fail_msg("'%s' is relabelled", refused[i]);
                assert_non_null(strstr(why, "the host itself"));
        }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_with), cmocka_unit_test(test_find), cmocka_unit_test(test_off),
                TEST(test_relabel),          TEST(test_relabel_again),    cmocka_unit_test(test_of_host),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
