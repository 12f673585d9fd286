/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof that the reader finds what the writer was given, and stands what nobody gave it.
 * Never: mounts; test-erofs.c has the kernel's word for what the writer writes.
 * Follows: erofs/reader.h. */

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "basic/varint.h"
#include "erofs/format.h"
#include "erofs/path.h"
#include "erofs/reader.h"

#define GIB ((uint64_t) 1 << 30)

static const uint8_t uuid[16] = { 1 };

static int new_file(void) {
        int fd = memfd_create("image", MFD_CLOEXEC);
        assert_true(fd >= 0);
        return fd;
}

static ErofsWriter *new_writer(int fd) {
        ErofsWriter *w;
        assert_int_equal(erofs_writer_new(fd, UINT64_MAX, 0, &w), 0);
        return w;
}

static void finish(ErofsWriter *w) {
        assert_int_equal(erofs_writer_finish(w, uuid), 0);
        erofs_writer_free(w);
}

static ErofsReader *open_reader(int fd) {
        ErofsReader *reader;
        assert_int_equal(erofs_reader_open(fd, &reader), 0);
        return reader;
}

static uint8_t pattern(const ErofsEntry *e, uint64_t offset) {
        return offset * 37 ^ offset >> 9 ^ e->size;
}

static void add(ErofsWriter *w, const ErofsEntry *e) {
        assert_int_equal(erofs_writer_add(w, e, NULL), 0);
        if (!S_ISREG(e->mode) || e->pieces > 0)
                return;

        for (uint64_t i = 0; i < e->size; i++) {
                uint8_t byte = pattern(e, i);
                assert_int_equal(erofs_writer_data(w, i, &byte, 1), 0);
        }
}

static void same_stat(const ErofsStat *st, const ErofsEntry *e) {
        uint64_t size = S_ISREG(e->mode) ? e->size : S_ISLNK(e->mode) ? strlen(e->symlink) : 0;

        assert_int_equal(st->mode, e->mode);
        assert_int_equal(st->uid, e->uid);
        assert_int_equal(st->gid, e->gid);
        assert_int_equal(st->mtime_sec, e->mtime_sec);
        assert_int_equal(st->mtime_nsec, e->mtime_nsec);
        assert_int_equal(st->rdev, e->rdev);
        if (!S_ISDIR(e->mode)) {
                assert_int_equal(st->size, size);
                assert_int_equal(st->nlink, 1);
        }
}

static void same_data(const ErofsReader *reader, const ErofsStat *st, const ErofsEntry *e) {
        uint8_t buffer[5000];

        for (uint64_t at = 0; at < st->size; at += sizeof(buffer)) {
                size_t n = MIN(sizeof(buffer), st->size - at);
                assert_int_equal(erofs_reader_data(reader, st, at, buffer, n), 0);
                for (size_t i = 0; i < n; i++)
                        assert_int_equal(buffer[i], pattern(e, at + i));
        }
        assert_int_equal(erofs_reader_data(reader, st, st->size, buffer, 1), -EINVAL);
}

typedef struct XattrCheck {
        const ErofsEntry *entry;
        size_t n;
} XattrCheck;

/* Those of an entry of the test are sorted. */
static int same_xattr(const ErofsXattr *x, void *userdata) {
        XattrCheck *check = userdata;
        const ErofsXattr *wanted = &check->entry->xattrs[check->n++];

        assert_true(check->n <= check->entry->n_xattrs);
        assert_string_equal(x->name, wanted->name);
        assert_int_equal(x->size, wanted->size);
        if (x->size > 0)
                assert_memory_equal(x->value, wanted->value, x->size);
        return 0;
}

/* The entries of the test that have not been found yet. */
typedef struct Walk {
        const ErofsReader *reader;
        const ErofsEntry *all;
        size_t n, found;
        char path[EROFS_PATH_MAX];
} Walk;

static int check_name(const char *name, uint64_t nid, mode_t type, void *userdata);

static void check_inode(Walk *w, uint64_t nid, const ErofsEntry *e) {
        XattrCheck xattrs = { e };
        ErofsStat st;

        assert_int_equal(erofs_reader_inode(w->reader, nid, &st), 0);
        assert_int_equal(st.nid, nid);
        same_stat(&st, e);
        assert_int_equal(erofs_reader_xattrs(w->reader, &st, same_xattr, &xattrs), 0);
        assert_int_equal(xattrs.n, e->n_xattrs);
        w->found++;

        if (S_ISREG(st.mode))
                same_data(w->reader, &st, e);
        if (S_ISLNK(st.mode)) {
                _cleanup_free_ char *text = NULL;
                assert_int_equal(erofs_reader_symlink(w->reader, &st, &text), 0);
                assert_string_equal(text, e->symlink);
        }
        if (S_ISDIR(st.mode))
                assert_int_equal(erofs_reader_list(w->reader, &st, check_name, w), 0);
}

static int check_name(const char *name, uint64_t nid, mode_t type, void *userdata) {
        Walk *w = userdata;
        size_t parent = strlen(w->path);

        if (parent > 0)
                strcat(w->path, "/");
        strcat(w->path, name);
        for (size_t i = 0; i < w->n; i++)
                if (streq(w->all[i].path, w->path)) {
                        assert_int_equal(type, w->all[i].mode & S_IFMT);
                        check_inode(w, nid, &w->all[i]);
                }
        w->path[parent] = '\0';
        return 0;
}

/* The first entry is the root. */
static void check_all(int fd, const ErofsEntry *all, size_t n) {
        _cleanup_(erofs_reader_freep) ErofsReader *reader = open_reader(fd);
        Walk w = { reader, all, n };

        check_inode(&w, erofs_reader_root(reader), &all[0]);
        assert_int_equal(w.found, n);
}

static char value[9000];
static const ErofsXattr xattrs[] = {
        { "security.capability", "\1\0\0\2", 4 },      { "system.posix_acl_access", "\2\0\0\0", 4 },
        { "system.posix_acl_default", "\2\0\0\0", 4 }, { "trusted.overlay.origin", "", 0 },
        { "user.large", value, sizeof(value) },        { "user.x", "y", 1 },
};
static char long_target[4096], long_name[256];

static const ErofsEntry sample[] = {
        { .path = "", .mode = S_IFDIR | 0711, .uid = 7, .mtime_sec = -1, .xattrs = xattrs, .n_xattrs = 4 },
        { .path = "dir",
          .mode = S_IFDIR | 01777,
          .gid = 4294967294,
          .mtime_sec = 1,
          .mtime_nsec = 999999999 },
        { .path = "dir/sub", .mode = S_IFDIR | 0755, .xattrs = xattrs, .n_xattrs = 6 },
        { .path = "dir/sub/file", .mode = S_IFREG | 04755, .size = 12345, .xattrs = xattrs, .n_xattrs = 6 },
        { .path = "dir/sub/other", .mode = S_IFREG | 0600, .size = 17, .xattrs = xattrs + 1, .n_xattrs = 1 },
        { .path = "empty", .mode = S_IFREG, .mtime_sec = 4102444800 },
        { .path = "whole", .mode = S_IFREG | 0644, .size = 8192 },
        { .path = "short", .mode = S_IFREG | 0644, .size = 100 },
        { .path = "tail", .mode = S_IFREG | 0644, .size = 4095 },
        { .path = "link", .mode = S_IFLNK | 0777, .symlink = "../\xff" },
        { .path = "long", .mode = S_IFLNK | 0777, .symlink = long_target },
        { .path = long_name, .mode = S_IFIFO | 0600 },
        { .path = "socket", .mode = S_IFSOCK | 0600 },
        { .path = "null", .mode = S_IFCHR | 0666, .rdev = 0x103 },
        { .path = "far", .mode = S_IFBLK | 0660, .rdev = UINT32_MAX },
};

static int set_up(void **state) {
        memset(value, 'v', sizeof(value));
        memset(long_target, 't', sizeof(long_target) - 1);
        memset(long_name, 'n', sizeof(long_name) - 1);
        return 0;
}

static void test_everything(void **state) {
        _cleanup_close_ int fd = new_file();
        ErofsWriter *w = new_writer(fd);

        for (size_t i = 0; i < ELEMENTSOF(sample); i++)
                add(w, &sample[i]);
        finish(w);
        check_all(fd, sample, ELEMENTSOF(sample));
}

static int count_name(const char *name, uint64_t nid, mode_t type, void *userdata) {
        unsigned *n = userdata;
        char wanted[32];

        (void) snprintf(wanted, sizeof(wanted), "name-%06u", *n);
        assert_string_equal(name, wanted);
        return ++*n == 15000 ? 5 : 0;
}

static void test_large_directory(void **state) {
        _cleanup_(erofs_reader_freep) ErofsReader *reader = NULL;
        _cleanup_close_ int fd = new_file();
        ErofsWriter *w = new_writer(fd);
        unsigned n = 0;
        ErofsStat st;

        for (unsigned i = 20000; i-- > 0;) {
                char name[32];
                (void) snprintf(name, sizeof(name), "name-%06u", i);
                add(w, &(ErofsEntry) { .path = name, .mode = S_IFREG });
        }
        finish(w);

        reader = open_reader(fd);
        assert_int_equal(erofs_reader_inode(reader, erofs_reader_root(reader), &st), 0);
        assert_int_equal(erofs_reader_list(reader, &st, count_name, &n), 5);
        assert_int_equal(n, 15000);
        n = 0;
        assert_int_equal(erofs_reader_list(reader, &st, count_name, &n), 5);
}

static void test_sparse(void **state) {
        static const uint64_t places[] = { 0, 123456, 5 * GIB, 900 * GIB, 1024 * GIB - 6 };
        ErofsEntry e = {
                .path = "sparse", .mode = S_IFREG, .size = 1024 * GIB, .pieces = ELEMENTSOF(places)
        };
        _cleanup_(erofs_reader_freep) ErofsReader *reader = NULL;
        static uint8_t zeros[100000], got[100000];
        _cleanup_close_ int fd = new_file();
        ErofsWriter *w = new_writer(fd);
        ErofsStat st;

        add(w, &e);
        for (size_t i = 0; i < ELEMENTSOF(places); i++)
                assert_int_equal(erofs_writer_data(w, places[i], "data!", 6), 0);
        assert_int_equal(erofs_writer_attach(w, "x", 1), 0);
        finish(w);

        reader = open_reader(fd);
        assert_int_equal(erofs_reader_file(reader, 0, &st), 0);
        assert_int_equal(st.size, e.size);
        for (size_t i = 0; i < ELEMENTSOF(places); i++) {
                assert_int_equal(erofs_reader_data(reader, &st, places[i], got, 6), 0);
                assert_memory_equal(got, "data!", 6);
        }
        assert_int_equal(erofs_reader_data(reader, &st, 6 * GIB - 77, got, sizeof(got)), 0);
        assert_memory_equal(got, zeros, sizeof(got));
        assert_int_equal(erofs_reader_data(reader, &st, 5 * GIB - sizeof(got) + 3, got, sizeof(got)), 0);
        assert_memory_equal(got, zeros, sizeof(got) - 3);
        assert_memory_equal(got + sizeof(got) - 3, "dat", 3);
}

/* All of them are found by their numbers, whatever became of their names. */
static void test_files(void **state) {
        _cleanup_(erofs_reader_freep) ErofsReader *reader = NULL;
        ErofsEntry e = { .mode = S_IFREG | 0644 };
        _cleanup_blob_ Blob attachment = {};
        _cleanup_close_ int fd = new_file();
        ErofsWriter *w = new_writer(fd);
        uint32_t n = 3000;
        ErofsStat st;

        for (uint32_t i = 0; i < n; i++) {
                char name[32];
                (void) snprintf(name, sizeof(name), "name-%u", i / 2);
                e.path = i % 3 == 0 ? NULL : name;
                e.size = i * 7 % 9001;
                add(w, &e);
                if (i % 5 == 0)
                        add(w, &(ErofsEntry) { .path = "other", .mode = S_IFLNK, .symlink = "x" });
                assert_int_equal(erofs_writer_attach(w, name, strlen(name)), 0);
        }
        finish(w);

        reader = open_reader(fd);
        for (uint32_t i = n; i-- > 0;) {
                e.size = i * 7 % 9001;
                assert_int_equal(erofs_reader_file(reader, i, &st), 0);
                assert_int_equal(st.size, e.size);
                same_data(reader, &st, &e);
        }
        assert_int_equal(erofs_reader_file(reader, n, &st), -ERANGE);
        assert_int_equal(erofs_reader_attachment(reader, &attachment), 0);
        assert_memory_equal(attachment.data, "name-0name-0name-1name-1name-2", 30);
}

/* The footer of an attachment goes where it must, however much room is left in the last block. */
static void test_attachment_sizes(void **state) {
        for (size_t size = 0; size < 8300; size += size % 4096 < 4030 ? 403 : 1) {
                _cleanup_(erofs_reader_freep) ErofsReader *reader = NULL;
                _cleanup_blob_ Blob attachment = {};
                _cleanup_close_ int fd = new_file();
                ErofsWriter *w = new_writer(fd);
                ErofsStat st;

                add(w, &(ErofsEntry) { .path = "f", .mode = S_IFREG });
                assert_int_equal(erofs_writer_attach(w, value, size), 0);
                finish(w);

                reader = open_reader(fd);
                int r = erofs_reader_attachment(reader, &attachment);
                assert_int_equal(r, size == 0 ? -ENODATA : 0);
                assert_int_equal(attachment.size, size);
                if (size > 0)
                        assert_memory_equal(attachment.data, value, size);
                assert_int_equal(erofs_reader_file(reader, 0, &st), size == 0 ? -ERANGE : 0);
        }
}

static void test_varint(void **state) {
        static const uint64_t numbers[] = { 0,     1,     63,         64,        127,       128,
                                            16383, 16384, UINT32_MAX, INT64_MAX, UINT64_MAX };
        uint8_t bytes[VARINT_MAX + 1];
        uint64_t got = 0;

        for (size_t i = 0; i < ELEMENTSOF(numbers); i++)
                for (size_t j = 0; j < ELEMENTSOF(numbers); j++) {
                        uint64_t difference = varint_of_difference(numbers[i], numbers[j]);
                        size_t n = varint_put(bytes, difference);
                        Cursor c = cursor_of(bytes, n), cut = cursor_of(bytes, n - 1);

                        assert_false(varint_take(&cut, &got));
                        assert_true(varint_take(&c, &got));
                        assert_int_equal(c.n, 0);
                        assert_int_equal(got, difference);
                        assert_true(varint_add(numbers[i], got) == numbers[j]);
                }

        memset(bytes, 0xff, sizeof(bytes));
        Cursor c = cursor_of(bytes, sizeof(bytes));
        assert_false(varint_take(&c, &got));
        assert_int_equal(c.n, sizeof(bytes));
}

static void test_not_ours(void **state) {
        _cleanup_close_ int fd = new_file(), null = open("/dev/null", O_RDONLY | O_CLOEXEC);
        ErofsReader *reader;
        uint8_t byte;

        assert_int_equal(erofs_reader_open(fd, &reader), -EUCLEAN);
        assert_int_equal(erofs_reader_open(null, &reader), -EUCLEAN);

        ErofsWriter *w = new_writer(fd);
        add(w, &(ErofsEntry) { .path = "f", .mode = S_IFREG, .size = 5000 });
        assert_int_equal(erofs_writer_attach(w, "attached", 8), 0);
        finish(w);
        uint64_t size = lseek(fd, 0, SEEK_END);

        /* Every byte of the superblock's block and of the footer counts. */
        for (uint64_t at = 1024; at < size; at = at == 4095 ? size - 40 : at + 1) {
                assert_int_equal(pread(fd, &byte, 1, at), 1);
                assert_int_equal(pwrite(fd, &(uint8_t) { byte ^ 4 }, 1, at), 1);
                assert_int_equal(erofs_reader_open(fd, &reader), -EUCLEAN);
                assert_int_equal(pwrite(fd, &byte, 1, at), 1);
        }

        assert_int_equal(ftruncate(fd, size + 4096), 0);
        assert_int_equal(erofs_reader_open(fd, &reader), -EUCLEAN);
        for (uint64_t cut = 1; cut < size; cut += 111) {
                assert_int_equal(ftruncate(fd, size - cut), 0);
                int r = erofs_reader_open(fd, &reader);
                assert_int_equal(r, cut == size ? 0 : -EUCLEAN);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_everything),       cmocka_unit_test(test_large_directory),
                cmocka_unit_test(test_sparse),           cmocka_unit_test(test_files),
                cmocka_unit_test(test_attachment_sizes), cmocka_unit_test(test_varint),
                cmocka_unit_test(test_not_ours),
        };

        return cmocka_run_group_tests(tests, set_up, NULL);
}
