/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of prepare/layer-copy, and of erofs_writer_keep(), which leaves out names where a layer is made.
 * Never: mounts a layer: test-appc-dependencies.sh does.
 * Follows: prepare/layer-copy.h, erofs/writer.h. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cmocka.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "prepare/layer-copy.h"

#define BIG ((uint64_t) 1 << 40)

static const uint8_t uuid[16] = { 1 };

static int new_file(void) {
        int fd = memfd_create("layer", MFD_CLOEXEC);
        assert_true(fd >= 0);
        return fd;
}

static ErofsWriter *new_writer(int fd) {
        ErofsWriter *w;
        assert_int_equal(erofs_writer_new(fd, UINT64_MAX, 0, &w), 0);
        return w;
}

static void end(ErofsWriter *w) {
        assert_int_equal(erofs_writer_finish(w, uuid), 0);
        erofs_writer_free(w);
}

static void add(ErofsWriter *w, const char *path, mode_t mode, const char *text) {
        static const ErofsXattr xattrs[] = { { "user.a", "b", 1 }, { "user.empty", "", 0 } };
        const ErofsEntry e = {
                .path = path,
                .mode = mode,
                .uid = 7,
                .gid = 8,
                .mtime_sec = -9,
                .mtime_nsec = 10,
                .size = S_ISREG(mode) ? strlen(text) : 0,
                .symlink = text,
                .rdev = S_ISCHR(mode) ? makedev(5, 300) : 0,
                .xattrs = xattrs,
                .n_xattrs = mode & S_ISVTX ? 2 : 0,
        };

        assert_int_equal(erofs_writer_add(w, &e, NULL), 0);
        if (S_ISREG(mode))
                assert_int_equal(erofs_writer_data(w, 0, text, strlen(text)), 0);
}

static void add_sparse(ErofsWriter *w, const char *path, bool has_data) {
        const ErofsEntry e = { .path = path, .mode = S_IFREG, .size = BIG, .pieces = 1 };

        assert_int_equal(erofs_writer_add(w, &e, NULL), 0);
        if (has_data)
                assert_int_equal(erofs_writer_data(w, BIG / 2 + 17, "here", 4), 0);
}

static void add_all(ErofsWriter *w) {
        add(w, "", S_IFDIR | S_ISVTX | 0711, NULL);
        add(w, "d", S_IFDIR | 0700, NULL);
        add(w, "d/f", S_IFREG | 0644, "eff");
        add(w, "d/g", S_IFREG | S_ISVTX | 0600, "gee");
        add(w, "d/e", S_IFDIR | S_ISVTX | 0750, NULL);
        add(w, "d/e/l", S_IFLNK | 0777, "../f");
        add(w, "null", S_IFCHR | 0666, NULL);
        add(w, "pipe", S_IFIFO | 0600, NULL);
        add_sparse(w, "sparse", true);
        add_sparse(w, "hole", false);
        assert_int_equal(erofs_writer_link(w, "d/e/h", "d/f", NULL), 0);
        assert_int_equal(erofs_writer_link(w, "z", "d/f", NULL), 0);
}

typedef struct Description {
        const ErofsReader *reader;
        FILE *to;
        char path[256];
} Description;

static int describe_xattr(const ErofsXattr *x, void *userdata) {
        Description *d = userdata;

        fprintf(d->to, " %s=%.*s", x->name, (int) x->size, (const char *) x->value);
        return 0;
}

static void describe_data(Description *d, const ErofsStat *st) {
        char data[64] = "";

        if (st->size < sizeof(data))
                assert_int_equal(erofs_reader_data(d->reader, st, 0, data, st->size), 0);
        else
                assert_int_equal(erofs_reader_data(d->reader, st, BIG / 2 + 17, data, 4), 0);
        fprintf(d->to, " '%s'", data);
}

static int describe(const char *name, uint64_t nid, mode_t type, void *userdata) {
        Description *d = userdata;
        size_t n = strlen(d->path);
        ErofsStat st;

        (void) snprintf(d->path + n, sizeof(d->path) - n, "/%s", name);
        assert_int_equal(erofs_reader_inode(d->reader, nid, &st), 0);
        fprintf(d->to, "%s %o %u:%u %d.%u %u", d->path, st.mode, st.uid, st.gid, (int) st.mtime_sec,
                st.mtime_nsec, st.nlink);
        if (S_ISREG(st.mode) || S_ISLNK(st.mode))
                describe_data(d, &st);
        if (S_ISCHR(st.mode))
                fprintf(d->to, " %u,%u", major(st.rdev), minor(st.rdev));
        assert_int_equal(erofs_reader_xattrs(d->reader, &st, describe_xattr, d), 0);
        fputc('\n', d->to);
        if (S_ISDIR(st.mode))
                assert_int_equal(erofs_reader_list(d->reader, &st, describe, d), 0);
        d->path[n] = '\0';
        return 0;
}

static void expect(int fd, const char *expected) {
        _cleanup_(erofs_reader_freep) ErofsReader *reader = NULL;
        _cleanup_free_ char *text = NULL;
        size_t size;

        assert_int_equal(erofs_reader_open(fd, &reader), 0);
        Description d = { .reader = reader, .to = open_memstream(&text, &size) };
        (void) describe("", erofs_reader_root(reader), S_IFDIR, &d);
        fclose(d.to);
        assert_string_equal(text, expected);
}

static void make_whitelist(const char *const *paths, AppcWhitelist *ret) {
        assert_int_equal(appc_whitelist_of((char *const *) paths, ret), 0);
}

/* Makes the layer, copies it with the list, and compares. */
static void expect_copy(const char *const *paths, uint64_t entries, const char *expected) {
        _cleanup_(erofs_reader_freep) ErofsReader *reader = NULL;
        _cleanup_close_ int from = new_file(), to = new_file();
        _cleanup_whitelist_ AppcWhitelist kept = {};
        struct stat st;
        uint64_t n;

        ErofsWriter *w = new_writer(from);
        add_all(w);
        end(w);

        make_whitelist(paths, &kept);
        assert_int_equal(erofs_reader_open(from, &reader), 0);
        w = new_writer(to);
        assert_int_equal(layer_copy(reader, &kept, w, &n), 0);
        assert_int_equal(n, entries);
        end(w);
        expect(to, expected);
        assert_int_equal(fstat(to, &st), 0);
        assert_true(st.st_size < 8 * 1024 * 1024); /* holes are holes */
}

#define ROOT(links) "/ 41711 7:8 -9.10 " links " user.a=b user.empty=\n"

static void test_nothing(void **state) {
        expect_copy((const char *[]) { NULL }, 0, ROOT("2"));
        expect_copy((const char *[]) { "/nothing", "/d/f/below", NULL }, 0, ROOT("2"));
}

static void test_some(void **state) {
        expect_copy((const char *[]) { "/d", "/d/f", NULL }, 2,
                    ROOT("3") "//d 40700 7:8 -9.10 2\n"
                              "//d/f 100644 7:8 -9.10 1 'eff'\n");
        expect_copy((const char *[]) { "/d/e", "/d/g", NULL }, 2,
                    ROOT("3") "//d 40755 0:0 0.0 3\n"
                              "//d/e 41750 7:8 -9.10 2 user.a=b user.empty=\n"
                              "//d/g 101600 7:8 -9.10 1 'gee' user.a=b user.empty=\n");
}

/* What is lost are names: the file is the same, whichever of them stay. */
static void test_links(void **state) {
        expect_copy((const char *[]) { "/z", "/d/e/h", NULL }, 2,
                    ROOT("3") "//d 40755 0:0 0.0 3\n"
                              "//d/e 40755 0:0 0.0 2\n"
                              "//d/e/h 100644 7:8 -9.10 2 'eff'\n"
                              "//z 100644 7:8 -9.10 2 'eff'\n");
}

static void test_special(void **state) {
        expect_copy((const char *[]) { "/d/e/l", "/null", "/pipe", "/sparse", "/hole", NULL }, 5,
                    ROOT("3") "//d 40755 0:0 0.0 3\n"
                              "//d/e 40755 0:0 0.0 2\n"
                              "//d/e/l 120777 7:8 -9.10 1 '../f'\n"
                              "//hole 100000 0:0 0.0 1 ''\n"
                              "//null 20666 7:8 -9.10 1 5,300\n"
                              "//pipe 10600 7:8 -9.10 1\n"
                              "//sparse 100000 0:0 0.0 1 'here'\n");
}

/* A layer of 1500 directories below each other needs no more stack than another. */
static void test_deep(void **state) {
        _cleanup_(erofs_reader_freep) ErofsReader *reader = NULL;
        _cleanup_close_ int from = new_file(), to = new_file();
        _cleanup_whitelist_ AppcWhitelist kept = {};
        char path[4096] = "/";
        uint64_t n;

        for (size_t i = 0; i < 1500; i++)
                strcat(path, "d/");
        strcat(path, "f");
        ErofsWriter *w = new_writer(from);
        add(w, path + 1, S_IFREG | 0644, "deep");
        end(w);

        make_whitelist((const char *[]) { path, NULL }, &kept);
        assert_int_equal(erofs_reader_open(from, &reader), 0);
        w = new_writer(to);
        assert_int_equal(layer_copy(reader, &kept, w, &n), 0);
        assert_int_equal(n, 1);
        end(w);
}

/* Where a layer is sealed, directories stay, and files that lose their names as well: they are in the tar. */
static void test_keep(void **state) {
        _cleanup_(erofs_reader_freep) ErofsReader *reader = NULL;
        _cleanup_close_ int fd = new_file();
        char data[4] = "";
        ErofsStat st;

        ErofsWriter *w = new_writer(fd);
        add_all(w);
        assert_int_equal(erofs_writer_attach(w, "x", 1), 0);
        erofs_writer_keep(w, "z");
        erofs_writer_keep(w, "nothing/there");
        erofs_writer_keep(w, "pipe");
        end(w);
        expect(fd, ROOT("3") "//d 40700 7:8 -9.10 3\n"
                             "//d/e 41750 7:8 -9.10 2 user.a=b user.empty=\n"
                             "//pipe 10600 7:8 -9.10 1\n"
                             "//z 100644 7:8 -9.10 1 'eff'\n");

        assert_int_equal(erofs_reader_open(fd, &reader), 0);
        assert_int_equal(erofs_reader_file(reader, 1, &st), 0);
        assert_int_equal(st.nlink, 0);
        assert_int_equal(erofs_reader_data(reader, &st, 0, data, 3), 0);
        assert_string_equal(data, "gee");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_nothing), cmocka_unit_test(test_some), cmocka_unit_test(test_links),
                cmocka_unit_test(test_special), cmocka_unit_test(test_deep), cmocka_unit_test(test_keep),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
