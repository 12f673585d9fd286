/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of tar/writer: what it writes is what GNU tar, Python's tarfile and our own reader read.
 * Never: believes one of them alone.
 * Follows: tar/writer.h. */

#include "scratch.h"

#include "basic/fd.h"
#include "basic/str.h"
#include "tar/tar.h"
#include "tar/writer.h"

typedef struct Bytes {
        uint8_t *data;
        size_t size, next;
} Bytes;

static Bytes bytes;
static TarWriter *writer;

static int append(void *userdata, const void *data, size_t size) {
        Bytes *b = userdata;

        b->data = realloc(b->data, b->size + size);
        assert_non_null(b->data);
        memcpy(b->data + b->size, data, size);
        b->size += size;
        return 0;
}

static int setup(void **state) {
        bytes = (Bytes) {};
        return scratch_setup(state) < 0 ? -1 : tar_writer_new(append, &bytes, &writer);
}

static int teardown(void **state) {
        writer = tar_writer_free(writer);
        free(bytes.data);
        return scratch_teardown(state);
}

static void add(const TarEntry *e, const char *data) {
        assert_int_equal(tar_writer_add(writer, e), 0);
        if (data)
                assert_int_equal(tar_writer_data(writer, data, strlen(data)), 0);
        assert_int_equal(tar_writer_fill(writer), 0);
}

static void finish(void) {
        assert_int_equal(tar_writer_finish(writer), 0);
        assert_int_equal(bytes.size % 512, 0);
        scratch_write_bytes("tar", bytes.data, bytes.size);
}

static ssize_t read_all(void *userdata, const void **ret, char **reterr_why) {
        Bytes *b = userdata;
        size_t n = b->size - b->next;

        *ret = b->data + b->next;
        b->next = b->size;
        return n;
}

static TarReader *open_reader(void) {
        TarReader *t = NULL;

        assert_int_equal(tar_reader_new(&(TarInput) { .read = read_all, .userdata = &bytes }, &t), 0);
        return t;
}

static TarEntry next(TarReader *t) {
        TarEntry e = {};
        char *why = NULL;

        int r = tar_reader_next(t, &e, &why);
        if (r != 1)
                fail_msg("%s", why ? why : "no more");
        return e;
}

/* What another program says of the tar. */
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

static void plain_headers(void **state) {
        add(&(TarEntry) { .path = "d/", .type = TAR_DIRECTORY, .mode = 01777, .mtime_sec = 1 }, NULL);
        add(&(TarEntry) { .path = "d/f",
                          .type = TAR_FILE,
                          .mode = 04755,
                          .uid = 1000,
                          .gid = 4,
                          .mtime_sec = 2,
                          .size = 5 },
            "hello");
        add(&(TarEntry) { .path = "d/l", .type = TAR_SYMLINK, .mode = 0777, .link = "../x", .mtime_sec = 3 },
            NULL);
        add(&(TarEntry) { .path = "d/h",
                          .type = TAR_HARD_LINK,
                          .mode = 04755,
                          .link = "d/f",
                          .mtime_sec = 2 },
            NULL);
        add(&(TarEntry) { .path = "d/n",
                          .type = TAR_CHARACTER,
                          .mode = 0600,
                          .major = 1,
                          .minor = 3,
                          .mtime_sec = 4 },
            NULL);
        add(&(TarEntry) { .path = "d/p", .type = TAR_FIFO, .mode = 0600, .mtime_sec = 5 }, NULL);
        finish();
        assert_int_equal(bytes.size, (6 + 1 + 2) * 512); /* no extended headers */
        says("tar --numeric-owner -tvf tar",
             "drwxrwxrwt 0/0               0 1970-01-01 00:00 d/\n"
             "-rwsr-xr-x 1000/4            5 1970-01-01 00:00 d/f\n"
             "lrwxrwxrwx 0/0               0 1970-01-01 00:00 d/l -> ../x\n"
             "hrwsr-xr-x 0/0               0 1970-01-01 00:00 d/h link to d/f\n"
             "crw------- 0/0             1,3 1970-01-01 00:00 d/n\n"
             "prw------- 0/0               0 1970-01-01 00:00 d/p\n");
        says("tar -xOf tar d/f", "hello");
}

static void extended(void **state) {
        char path[300], link[300];

        memset(path, 'p', sizeof(path) - 1);
        memset(link, 'l', sizeof(link) - 1);
        path[sizeof(path) - 1] = link[sizeof(link) - 1] = '\0';
        TarXattr xattrs[] = { { "user.a", "x\0y\nz", 5 },
                              { "security.capability", "\1\2", 2 },
                              { "user.empty", "", 0 } };
        add(&(TarEntry) { .path = path,
                          .type = TAR_SYMLINK,
                          .mode = 0777,
                          .link = link,
                          .uid = 3000000,
                          .gid = 4000000000,
                          .mtime_sec = 1,
                          .mtime_nsec = 250000000,
                          .xattrs = xattrs,
                          .n_xattrs = 3 },
            NULL);
        add(&(TarEntry) { .path = "early", .type = TAR_FILE, .mtime_sec = -2, .mtime_nsec = 750000000 },
            NULL);
        add(&(TarEntry) { .path = "just", .type = TAR_FILE, .mtime_sec = -1, .mtime_nsec = 500000000 },
            NULL);
        add(&(TarEntry) { .path = "late", .type = TAR_FILE, .mtime_sec = INT64_C(077777777777) + 1 }, NULL);
        finish();

        TarReader *t = open_reader();
        TarEntry e = next(t);
        assert_string_equal(e.path, path);
        assert_string_equal(e.link, link);
        assert_int_equal(e.uid, 3000000);
        assert_int_equal(e.gid, 4000000000);
        assert_int_equal(e.mtime_nsec, 250000000);
        assert_int_equal(e.n_xattrs, 3);
        assert_string_equal(e.xattrs[0].name, "user.a");
        assert_int_equal(e.xattrs[0].size, 5);
        assert_memory_equal(e.xattrs[0].value, "x\0y\nz", 5);
        assert_int_equal(e.xattrs[2].size, 0);
        e = next(t);
        assert_int_equal(e.mtime_sec, -2);
        assert_int_equal(e.mtime_nsec, 750000000);
        e = next(t);
        assert_int_equal(e.mtime_sec, -1);
        assert_int_equal(e.mtime_nsec, 500000000);
        e = next(t);
        assert_int_equal(e.mtime_sec, INT64_C(077777777777) + 1);
        tar_reader_free(t);

        says("python3 -c 'import tarfile; [print(len(m.name), len(m.linkname), m.uid, m.gid, m.mtime) for m in tarfile.open(\"tar\")]'",
             "299 299 3000000 4000000000 1.25\n5 0 0 0 -1.25\n4 0 0 0 -0.5\n4 0 0 0 8589934592.0\n");
}

static void lengths_of_records(void **state) {
        /* Where the length's own digits make it longer. */
        for (size_t n = 85; n < 105; n++) {
                char value[128];
                TarXattr x = { "user.n", value, n };

                memset(value, 'v', n);
                add(&(TarEntry) { .path = "f", .type = TAR_FILE, .xattrs = &x, .n_xattrs = 1 }, NULL);
        }
        finish();
        TarReader *t = open_reader();
        for (size_t n = 85; n < 105; n++)
                assert_int_equal(next(t).xattrs[0].size, n);
        tar_reader_free(t);
        says("tar -tf tar | wc -l", "20\n");
}

static void sparse(void **state) {
        TarPiece pieces[] = { { 4096, 512 }, { 1 << 20, 3 } }, at_end[] = { { 1 << 20, 3 } };
        char data[516] = "";

        memset(data, 'd', 512);
        strcpy(data + 512, "mor");
        add(&(TarEntry) { .path = "dir/holes",
                          .type = TAR_FILE,
                          .mode = 0644,
                          .size = 5 << 20,
                          .sparse = true,
                          .pieces = pieces,
                          .n_pieces = 2 },
            data);
        add(&(TarEntry) { .path = "dir/end",
                          .type = TAR_FILE,
                          .mode = 0644,
                          .size = (1 << 20) + 3,
                          .sparse = true,
                          .pieces = at_end,
                          .n_pieces = 1 },
            "end");
        add(&(TarEntry) { .path = "dir/nothing",
                          .type = TAR_FILE,
                          .mode = 0644,
                          .size = 1 << 30,
                          .sparse = true },
            NULL);
        add(&(TarEntry) { .path = "after", .type = TAR_FILE, .mode = 0644, .size = 1 }, "x");
        finish();

        TarReader *t = open_reader();
        TarEntry e = next(t);
        assert_string_equal(e.path, "dir/holes");
        assert_true(e.sparse);
        assert_int_equal(e.size, 5 << 20);
        e = next(t);
        assert_int_equal(e.size, (1 << 20) + 3);
        assert_int_equal(e.n_pieces, 1);
        e = next(t);
        assert_int_equal(e.size, 1 << 30);
        assert_string_equal(next(t).path, "after");
        tar_reader_free(t);

        says("tar -xf tar && stat -c '%n %s' dir/* && tail -c +1048577 dir/holes | head -c 3 && cat after; tail -c 3 dir/end",
             "dir/end 1048579\ndir/holes 5242880\ndir/nothing 1073741824\nmorxend");
        says("python3 -c 'import tarfile; [print(m.name, m.size) for m in tarfile.open(\"tar\")]'",
             "dir/holes 5242880\ndir/end 1048579\ndir/nothing 1073741824\nafter 1\n");
        says("bsdtar -xOf tar dir/end | tail -c 3", "end");
}

static void what_is_missing(void **state) {
        add(&(TarEntry) { .path = "short", .type = TAR_FILE, .mode = 0644, .size = 600 }, "begins");
        finish();
        says("tar -xOf tar short | tr '\\0' 0 | cut -c 1-8,600-", "begins000\n");
}

static void empty(void **state) {
        finish();
        says("tar -tf tar | wc -l", "0\n");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(plain_headers), TEST(extended),        TEST(lengths_of_records),
                TEST(sparse),        TEST(what_is_missing), TEST(empty),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
