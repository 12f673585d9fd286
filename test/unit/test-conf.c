/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of basic/conf.
 * Never: looks at the machine's own configuration.
 * Follows: basic/conf.h; "CONFIGURATION DIRECTORIES AND PRECEDENCE" of systemd's manual pages. */

#include "scratch.h"

#include "basic/conf.h"
#include "basic/fd.h"
#include "basic/str.h"
#include "basic/strv.h"

#define ETC "etc/gantry/trust.d/"
#define RUN "run/gantry/trust.d/"
#define LOCAL "usr/local/lib/gantry/trust.d/"
#define LIB "usr/lib/gantry/trust.d/"

static int setup(void **state) {
        static const char *const directories[] = { ETC, RUN, LOCAL, LIB };

        if (scratch_setup(state) < 0)
                return -1;
        for (size_t i = 0; i < ELEMENTSOF(directories); i++)
                if (mkdir_parents(scratch_path(directories[i]), 0755) < 0)
                        return -1;
        return setenv("GANTRY_CONFIG_ROOT", scratch.path, 1);
}

/* The files expected, below the scratch directory, in this order. */
static void finds(const char *suffix, const char *const *expected) {
        _cleanup_strv_ char **files = NULL;

        assert_int_equal(conf_files("trust.d", suffix, &files), 0);
        size_t n = strv_length((char *const *) expected);
        if (strv_length(files) != n)
                fail_msg("%zu files instead of %zu", strv_length(files), n);
        for (size_t i = 0; i < n; i++)
                assert_string_equal(files[i], scratch_path(expected[i]));
}
#define FINDS(...) finds(".conf", (const char *const[]) { __VA_ARGS__, NULL })
#define FINDS_NOTHING() finds(".conf", (const char *const[]) { NULL })

static void test_none(void **state) {
        FINDS_NOTHING();

        assert_return_code(unlinkat(scratch.fd, RUN, AT_REMOVEDIR), errno);
        scratch_write(LIB "a.conf", "x");
        FINDS(LIB "a.conf"); /* a directory that is not there is an empty one */
}

static void test_order(void **state) {
        scratch_write(ETC "30-c.conf", "x");
        scratch_write(RUN "10-a.conf", "x");
        scratch_write(LOCAL "40-d.conf", "x");
        scratch_write(LIB "20-b.conf", "x");
        scratch_write(ETC "B.conf", "x");
        FINDS(RUN "10-a.conf", LIB "20-b.conf", ETC "30-c.conf", LOCAL "40-d.conf", ETC "B.conf");
}

static void test_precedence(void **state) {
        scratch_write(LIB "a.conf", "x");
        FINDS(LIB "a.conf");
        scratch_write(LOCAL "a.conf", "x");
        FINDS(LOCAL "a.conf");
        scratch_write(RUN "a.conf", "x");
        FINDS(RUN "a.conf");
        scratch_write(ETC "a.conf", "x");
        FINDS(ETC "a.conf");
}

static void test_masks(void **state) {
        scratch_write(LIB "empty.conf", "x");
        scratch_write(ETC "empty.conf", "");
        scratch_write(LOCAL "null.conf", "x");
        assert_return_code(symlinkat("/dev/null", scratch.fd, RUN "null.conf"), errno);
        scratch_write(LIB "null.conf", "x");
        FINDS_NOTHING();

        /* Only what comes later is hidden. */
        scratch_write(ETC "null.conf", "x");
        scratch_write(LIB "other.conf", "");
        scratch_write(RUN "other.conf", "x");
        FINDS(ETC "null.conf", RUN "other.conf");
}

static void test_other_names(void **state) {
        scratch_write(ETC ".hidden.conf", "x");
        scratch_write(ETC ".conf", "x");
        scratch_write(ETC "backup.conf~", "x");
        scratch_write(ETC "a.conf.dpkg-new", "x");
        scratch_write(ETC "README", "x");
        scratch_write(ETC "aconf", "x");
        FINDS_NOTHING();

        scratch_write(ETC "web.pod", "x");
        finds(".pod", (const char *const[]) { ETC "web.pod", NULL });
}

/* What cannot be read must be heard of, not passed over: it might have said "refuse". */
static void test_unreadable_is_listed(void **state) {
        assert_return_code(symlinkat("nowhere", scratch.fd, ETC "dangling.conf"), errno);
        scratch_mkdir(ETC "directory.conf");
        scratch_write(LIB "dangling.conf", "x");
        FINDS(ETC "dangling.conf", ETC "directory.conf");
}

static void test_link_to_file(void **state) {
        scratch_write("elsewhere", "x");
        assert_return_code(symlinkat(scratch_path("elsewhere"), scratch.fd, ETC "link.conf"), errno);
        FINDS(ETC "link.conf");
}

static void test_drop_ins(void **state) {
        _cleanup_strv_ char **files = NULL, **none = NULL;

        scratch_mkdir(ETC "a.conf.d");
        scratch_mkdir(LIB "a.conf.d");
        scratch_write(LIB "a.conf.d/20-x.conf", "x");
        scratch_write(ETC "a.conf.d/10-y.conf", "x");
        scratch_write(LIB "a.conf.d/30-masked.conf", "x");
        scratch_write(ETC "a.conf.d/30-masked.conf", "");
        scratch_write(LIB "a.conf.d/10-y.conf", "x");
        FINDS_NOTHING(); /* a directory of drop-ins is no file */

        assert_int_equal(conf_drop_ins("trust.d", "a.conf", &files), 0);
        assert_int_equal(strv_length(files), 2);
        assert_string_equal(files[0], scratch_path(ETC "a.conf.d/10-y.conf"));
        assert_string_equal(files[1], scratch_path(LIB "a.conf.d/20-x.conf"));

        assert_int_equal(conf_drop_ins("trust.d", "b.conf", &none), 0);
        assert_null(none);
}

/* A name in an earlier of the four hides it in a later one, whose ever directory that is. */
static void test_drop_ins_of_several(void **state) {
        static const char *const directories[] = { ETC "w@1.conf.d", ETC "w@.conf.d", LIB "w@1.conf.d" };
        static const char *const expected[] = { ETC "w@1.conf.d/a.conf", LIB "w@1.conf.d/b.conf",
                                                ETC "w@.conf.d/c.conf" };
        char *const names[] = { (char *) "w@1.conf", (char *) "w@.conf", NULL };
        _cleanup_strv_ char **files = NULL;

        for (size_t i = 0; i < ELEMENTSOF(directories); i++)
                scratch_mkdir(directories[i]);
        scratch_write(ETC "w@1.conf.d/a.conf", "x");
        scratch_write(ETC "w@.conf.d/a.conf", "x");
        scratch_write(LIB "w@1.conf.d/b.conf", "x");
        scratch_write(LIB "w@1.conf.d/c.conf", "x");
        scratch_write(ETC "w@.conf.d/c.conf", "x");
        assert_int_equal(conf_drop_ins_of("trust.d", names, &files), 0);
        assert_int_equal(strv_length(files), ELEMENTSOF(expected));
        for (size_t i = 0; i < ELEMENTSOF(expected); i++)
                assert_string_equal(files[i], scratch_path(expected[i]));
}

static void test_hidden_files(void **state) {
        _cleanup_strv_ char **hidden = NULL, **by = NULL;

        scratch_write(LIB "a.conf", "x");
        scratch_write(LOCAL "a.conf", "x");
        scratch_write(ETC "a.conf", "x");
        scratch_write(RUN "b.conf", "");
        scratch_write(LIB "b.conf", "x");
        scratch_write(LIB "c.conf", ""); /* hides nothing, and nothing is lost with it */
        scratch_write(ETC "c.conf", "x");
        scratch_write(LIB "d.conf", "x");
        assert_int_equal(conf_hidden_files("trust.d", ".conf", &hidden, &by), 0);
        assert_int_equal(strv_length(hidden), 3);
        assert_int_equal(strv_length(by), 3);
        assert_string_equal(hidden[0], scratch_path(LOCAL "a.conf"));
        assert_string_equal(by[0], scratch_path(ETC "a.conf"));
        for (size_t i = 1; i < 3; i++) /* in the order of the directory */
                assert_string_equal(by[i], endswith(hidden[i], "a.conf") ? scratch_path(ETC "a.conf")
                                                                         : scratch_path(RUN "b.conf"));
}

static void test_directory_in_error(void **state) {
        char **files = NULL;

        assert_return_code(unlinkat(scratch.fd, RUN, AT_REMOVEDIR), errno);
        scratch_write("run/gantry/trust.d", "a file");
        assert_int_equal(conf_files("trust.d", ".conf", &files), -ENOTDIR);
        assert_null(files);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, scratch_teardown)

static void finds_file(const char *name, const char *expected) {
        _cleanup_free_ char *path = NULL;

        assert_int_equal(conf_file(name, &path), 0);
        if (expected)
                assert_string_equal(path, scratch_path(expected));
        else
                assert_null(path);
}

static void test_one_file(void **state) {
        finds_file("one.conf", NULL);
        scratch_write("usr/lib/gantry/one.conf", "x");
        scratch_write("usr/lib/gantry/my-one.conf", "x");
        finds_file("one.conf", "usr/lib/gantry/one.conf");
        scratch_write("run/gantry/one.conf", "x");
        finds_file("one.conf", "run/gantry/one.conf");
        assert_return_code(symlinkat("/dev/null", scratch.fd, "etc/gantry/one.conf"), errno);
        finds_file("one.conf", NULL);
}

static void test_other_directories(void **state) {
        char *const directories[] = { (char *) "/etc/gantry/trust.d", (char *) "/other", NULL };
        _cleanup_strv_ char **files = NULL;

        scratch_mkdir("other");
        scratch_write("other/a.conf", "x");
        scratch_write("other/b.conf", "x");
        scratch_write(ETC "b.conf", "x");
        scratch_write(RUN "c.conf", "x");
        assert_int_equal(conf_files_in(directories, ".conf", &files), 0);
        assert_int_equal(strv_length(files), 2);
        assert_string_equal(files[0], scratch_path("other/a.conf"));
        assert_string_equal(files[1], scratch_path(ETC "b.conf"));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_none),
                TEST(test_order),
                TEST(test_precedence),
                TEST(test_masks),
                TEST(test_other_names),
                TEST(test_unreadable_is_listed),
                TEST(test_link_to_file),
                TEST(test_directory_in_error),
                TEST(test_one_file),
                TEST(test_other_directories),
                TEST(test_drop_ins),
                TEST(test_hidden_files),
                TEST(test_drop_ins_of_several),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
