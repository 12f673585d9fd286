/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the tests of tar/reader: what headers say, and what is refused.
 * Never: runs a program.
 * Follows: tar/tar.h. */

#include "corpus.h"
#include "tar/header.h"
#include "tar/number.h"
#include "tar/tar.h"

/* A tar that is made here. */
typedef struct Archive {
        uint8_t bytes[64 * 1024];
        size_t size, position;
        uint8_t *pax; /* the header that put_record() adds to, or NULL */
        size_t pax_size;
} Archive;

static Archive archive;

static int reset(void **state) {
        archive = (Archive) {};
        return 0;
}

static void set(uint8_t *block, size_t offset, const char *text) {
        memcpy(block + offset, text, strlen(text));
}

static void put_sum(uint8_t block[static TAR_BLOCK_SIZE]) {
        char sum[8];

        (void) snprintf(sum, sizeof(sum), "%06o", tar_block_sum(block));
        memcpy(block + TAR_SUM_OFFSET, sum, 7);
        block[TAR_SUM_OFFSET + 7] = ' ';
}

static void set_size(uint8_t *block, size_t size) {
        char number[24];

        (void) snprintf(number, sizeof(number), "%011zo", size);
        set(block, 124, number);
}

/* Returns the block, which may be changed before put_sum(). */
static uint8_t *put_header(char type, const char *name, size_t size) {
        uint8_t *block = archive.bytes + archive.size;

        archive.pax = NULL;
        set(block, 0, name);
        set(block, 100, "0000640");
        set(block, 108, "0000007");
        set(block, 116, "0000011");
        set_size(block, size);
        set(block, 136, "00000000144");
        block[TAR_TYPE_OFFSET] = type;
        memcpy(block + 257, "ustar\00000", 8);
        put_sum(block);
        archive.size += TAR_BLOCK_SIZE;
        return block;
}

static void put_data(const void *data, size_t size) {
        memcpy(archive.bytes + archive.size, data, size);
        archive.size += (size + TAR_BLOCK_SIZE - 1) / TAR_BLOCK_SIZE * TAR_BLOCK_SIZE;
}

static void put_text(char type, const char *text) {
        put_header(type, "extended", strlen(text));
        put_data(text, strlen(text));
}

/* One more record of the pax header in front of the next entry. */
static void put_record(const char *key, const char *value) {
        size_t rest = strlen(key) + strlen(value) + 3, size = rest + 1;
        char record[512];

        while (size != rest + (size_t) snprintf(NULL, 0, "%zu", size))
                size++;
        (void) snprintf(record, sizeof(record), "%zu %s=%s\n", size, key, value);

        if (!archive.pax) {
                archive.pax = put_header('x', "extended", 0);
                archive.pax_size = 0;
        }
        memcpy(archive.pax + TAR_BLOCK_SIZE + archive.pax_size, record, size);
        archive.size -= (archive.pax_size + TAR_BLOCK_SIZE - 1) / TAR_BLOCK_SIZE * TAR_BLOCK_SIZE;
        archive.pax_size += size;
        archive.size += (archive.pax_size + TAR_BLOCK_SIZE - 1) / TAR_BLOCK_SIZE * TAR_BLOCK_SIZE;
        set_size(archive.pax, archive.pax_size);
        put_sum(archive.pax);
}

static ssize_t read_archive(void *userdata, const void **ret, char **reterr_why) {
        size_t n = MIN((size_t) 700, archive.size - archive.position);

        *ret = archive.bytes + archive.position;
        archive.position += n;
        return n;
}

static TarReader *reader(void) {
        TarReader *t;

        assert_return_code(tar_reader_new(&(TarInput) { .read = read_archive }, &t), 0);
        return t;
}

static void expect_entry(TarReader *t, TarEntry *ret) {
        _cleanup_free_ char *why = NULL;

        if (tar_reader_next(t, ret, &why) != 1)
                fail_msg("%s", why ? why : "no entry");
}

static void expect_end(TarReader *t) {
        TarEntry e;

        assert_int_equal(tar_reader_next(t, &e, NULL), 0);
}

static void expect_refusal(const char *reason) {
        _cleanup_(tar_reader_freep) TarReader *t = reader();
        _cleanup_free_ char *why = NULL;
        TarEntry e;
        int r;

        do
                r = tar_reader_next(t, &e, &why);
        while (r > 0);
        assert_int_equal(r, -EBADMSG);
        if (!strstr(why, reason))
                fail_msg("'%s' is not in '%s'", reason, why);
        (void) reset(NULL);
}

static void test_number_fields(void **state) {
        static const struct {
                const char *field;
                bool ok;
                int64_t value;
        } cases[] = {
                { "0000644\0", true, 0644 },
                { "   644 \0", true, 0644 },
                { "77777777", true, 077777777 },
                { "\0\0\0\0\0\0\0\0", true, 0 },
                { "        ", true, 0 },
                { "12\000garb", true, 012 },
                { "0000648\0", false },
                { "-000001\0", false },
                { "12x4567\0", false },
                { "\x80\0\0\0\0\0\1\0", true, 256 },
                { "\xff\xff\xff\xff\xff\xff\xff\xfe", true, -2 },
                { "\xbf\xff\xff\xff\xff\xff\xff\xff", true, 0x3fffffffffffffff },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                int64_t value = 0;
                assert_int_equal(tar_number_field((const uint8_t *) cases[i].field, 8, &value), cases[i].ok);
                assert_int_equal(value, cases[i].value);
        }

        int64_t value;
        assert_true(tar_number_field((const uint8_t *) "\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff", 12,
                                     &value));
        assert_int_equal(value, INT64_MAX);
        assert_false(tar_number_field((const uint8_t *) "\x80\0\0\0\x80\0\0\0\0\0\0\0", 12, &value));
        assert_false(tar_number_field((const uint8_t *) "\xff\xff\xff\xff\x7f\xff\xff\xff\xff\xff\xff\xff",
                                      12, &value));
}

static void test_times(void **state) {
        static const struct {
                const char *text;
                bool ok;
                int64_t sec;
                uint32_t nsec;
        } cases[] = {
                { "5", true, 5 },
                { "5.", true, 5 },
                { "5.5", true, 5, 500000000 },
                { "5.1234567899", true, 5, 123456789 },
                { "-1.25", true, -2, 750000000 },
                { "-0.5", true, -1, 500000000 },
                { "-7", true, -7 },
                { "9223372036854775807", true, INT64_MAX },
                { "9223372036854775808", false },
                { ".5", false },
                { "5.x", false },
                { "5 ", false },
                { "+5", false },
                { "", false },
                { "-", false },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                int64_t sec = 0;
                uint32_t nsec = 0;
                assert_int_equal(tar_number_time(cursor_of(cases[i].text, strlen(cases[i].text)), &sec,
                                                 &nsec),
                                 cases[i].ok);
                assert_int_equal(sec, cases[i].sec);
                assert_int_equal(nsec, cases[i].nsec);
        }
}

static void test_a_plain_file(void **state) {
        _cleanup_(tar_reader_freep) TarReader *t = NULL;
        const void *data;
        uint64_t offset;
        TarEntry e;
        size_t n;

        put_header('0', "file", 5);
        put_data("hello", 5);
        archive.size += 2 * TAR_BLOCK_SIZE;

        t = reader();
        expect_entry(t, &e);
        assert_string_equal(e.path, "file");
        assert_int_equal(e.type, TAR_FILE);
        assert_int_equal(e.mode, 0640);
        assert_int_equal(e.uid, 7);
        assert_int_equal(e.gid, 9);
        assert_int_equal(e.mtime_sec, 100);
        assert_int_equal(e.size, 5);
        assert_false(e.sparse);
        assert_int_equal(tar_reader_position(t), 512);
        assert_int_equal(tar_reader_data(t, &offset, &data, &n, NULL), 1);
        assert_int_equal(n, 5);
        assert_memory_equal(data, "hello", 5);
        assert_int_equal(tar_reader_data(t, &offset, &data, &n, NULL), 0);
        expect_end(t);
}

static void test_extended_headers(void **state) {
        _cleanup_(tar_reader_freep) TarReader *t = NULL;
        TarEntry e;

        put_text('g', "12 path=all\n");
        put_record("path", "from pax");
        put_record("uid", "4294967296");
        put_record("gid", "-1");
        put_record("mtime", "-1.5");
        put_record("linkpath", "");
        put_record("hdrcharset", "BINARY");
        put_record("SCHILY.xattr.user.a", "1=2");
        put_record("LIBARCHIVE.xattr.user.b%3D", "aGVsbG8");
        uint8_t *block = put_header('2', "ignored", 0);
        set(block, 157, "target");
        put_sum(block);
        put_text('L', "from GNU");
        put_header('5', "ignored", 0);

        t = reader();
        expect_entry(t, &e);
        assert_string_equal(e.path, "from pax");
        assert_string_equal(e.link, "target");
        assert_int_equal(e.type, TAR_SYMLINK);
        assert_int_equal(e.uid, 4294967296);
        assert_int_equal(e.gid, -1);
        assert_int_equal(e.mtime_sec, -2);
        assert_int_equal(e.mtime_nsec, 500000000);
        assert_int_equal(e.n_xattrs, 2);
        assert_string_equal(e.xattrs[0].name, "user.a");
        assert_memory_equal(e.xattrs[0].value, "1=2", 3);
        assert_string_equal(e.xattrs[1].name, "user.b=");
        assert_int_equal(e.xattrs[1].size, 5);
        assert_memory_equal(e.xattrs[1].value, "hello", 5);

        expect_entry(t, &e);
        assert_string_equal(e.path, "from GNU");
        assert_int_equal(e.type, TAR_DIRECTORY);
        assert_int_equal(e.n_xattrs, 0);
        expect_end(t);
}

/* As Go's archive/tar has it. */
static void test_who_wins(void **state) {
        _cleanup_(tar_reader_freep) TarReader *t = NULL;
        TarEntry e;

        put_text('L', "from GNU");
        put_record("path", "from pax");
        put_header('0', "ignored", 0);

        put_text('x', "16 path=earlier\n13 mtime=1.5\n");
        put_record("uid", "5");
        put_header('0', "from header", 0);

        put_record("path", "taken back");
        put_record("path", "");
        put_record("mtime", "1.5");
        put_record("mtime", "");
        put_record("uid", "5");
        put_record("uid", "");
        put_header('0', "from header", 0);

        t = reader();
        expect_entry(t, &e);
        assert_string_equal(e.path, "from GNU");

        expect_entry(t, &e);
        assert_string_equal(e.path, "from header");
        assert_int_equal(e.uid, 5);
        assert_int_equal(e.mtime_sec, 0144);

        expect_entry(t, &e);
        assert_string_equal(e.path, "from header");
        assert_int_equal(e.uid, 7);
        assert_int_equal(e.mtime_sec, 0144);
        assert_int_equal(e.mtime_nsec, 0);
        expect_end(t);
}

static void test_damaged_extended_headers(void **state) {
        static const char *const bodies[] = { "x",      "5 a=b",  "6 a=b",   "99 a=b\n", "3 \n",
                                              "5 ab\n", "5 =b\n", "06a=b\n", "-6 a=b\n" };

        for (size_t i = 0; i < ELEMENTSOF(bodies); i++)
                for (size_t k = 0; k < 2; k++) {
                        put_text("xg"[k], bodies[i]);
                        put_header('0', "f", 0);
                        expect_refusal("its records are damaged");
                }

        put_record("size", "1x");
        put_header('0', "f", 0);
        expect_refusal("its record 'size': it is no number");
        put_record("size", "-1");
        put_header('0', "f", 0);
        expect_refusal("its size is negative");
        put_record("LIBARCHIVE.xattr.user.%00", "");
        put_header('0', "f", 0);
        expect_refusal("it is not properly encoded");
        put_record("LIBARCHIVE.xattr.user.a", "a");
        put_header('0', "f", 0);
        expect_refusal("it is not properly encoded");
        put_record("path", "x");
        expect_refusal("an entry was announced");
        put_header('x', "large", 1 << 20);
        expect_refusal("larger than 1048576 bytes");

        put_header('x', "nul", 13);
        put_data("13 path=a\0bc\n", 13);
        put_header('0', "f", 0);
        expect_refusal("it has a NUL byte");
}

static void test_names_in_headers(void **state) {
        _cleanup_(tar_reader_freep) TarReader *t = NULL;
        TarEntry e;

        set(put_header('0', "x", 0), 345, "prefix");
        put_sum(archive.bytes);
        uint8_t *block = put_header('0', "x", 0); /* as Go 1.7 wrote it */
        memcpy(block + 257, "ustar  ", 8);
        set(block, 345, "prefix");
        put_sum(block);
        block = put_header('0', "x", 0); /* test_times, where POSIX has the prefix */
        memcpy(block + 257, "ustar  ", 8);
        set(block, 345, "00000000144");
        put_sum(block);
        block = put_header('\0', "old/", 0); /* v7, and bytes summed up as if signed */
        memset(block + 257, 0, 8);
        block[10] = 0xff;
        put_sum(block);
        char sum[8];
        (void) snprintf(sum, sizeof(sum), "%06o", tar_block_sum(block) - 256);
        memcpy(block + TAR_SUM_OFFSET, sum, 7);

        t = reader();
        expect_entry(t, &e);
        assert_string_equal(e.path, "prefix/x");
        expect_entry(t, &e);
        assert_string_equal(e.path, "prefix/x");
        expect_entry(t, &e);
        assert_string_equal(e.path, "x");
        expect_entry(t, &e);
        assert_string_equal(e.path, "old/");
        assert_int_equal(e.type, TAR_DIRECTORY);
        expect_end(t);
}

static void test_ends(void **state) {
        TarEntry e;

        expect_refusal("it is empty");

        /* Nothing, one block of zeros, two; an entry that is not padded. */
        for (size_t i = 0; i < 4; i++) {
                _cleanup_(tar_reader_freep) TarReader *t = reader();
                put_header('0', "f", 5);
                put_data("hello", 5);
                archive.size = i == 3 ? 517 : archive.size + 512 * i;
                expect_entry(t, &e);
                expect_end(t);
                (void) reset(NULL);
        }

        put_header('0', "f", 0);
        archive.size += 512;
        put_header('0', "f", 0);
        expect_refusal("the header at byte 512: it is zero, but not the end");
        put_header('0', "f", 5);
        put_data("hello", 5);
        archive.size -= 508;
        expect_refusal("it is cut short");
        put_header('0', "f", 0);
        archive.size -= 1;
        expect_refusal("the header at byte 0: it is cut short");
}

static void check_pieces(const TarEntry *e) {
        assert_true(e->sparse);
        assert_int_equal(e->size, 1000);
        assert_int_equal(e->n_pieces, 2);
        assert_int_equal(e->pieces[0].offset, 100);
        assert_int_equal(e->pieces[0].size, 2);
        assert_int_equal(e->pieces[1].offset, 500);
        assert_int_equal(e->pieces[1].size, 3);
}

static void put_sparse_00(const char *size) {
        put_record("GNU.sparse.size", size);
        put_record("GNU.sparse.numblocks", "2");
        put_record("GNU.sparse.offset", "100");
        put_record("GNU.sparse.numbytes", "2");
        put_record("GNU.sparse.offset", "500");
        put_record("GNU.sparse.numbytes", "3");
}

static void put_sparse_old(const char *map, const char *size) {
        uint8_t *block = put_header('S', "sparse", 5);

        memcpy(block + 257, "ustar  ", 8);
        set(block, 386, map);
        set(block, 483, size);
        put_sum(block);
        put_data("abcde", 5);
}

static void test_sparse_files(void **state) {
        _cleanup_(tar_reader_freep) TarReader *t = NULL;
        const void *data;
        uint64_t offset;
        TarEntry e;
        size_t n;

        put_sparse_00("1000");
        put_header('0', "sparse", 5);
        put_data("abcde", 5);
        put_record("GNU.sparse.size", "1000");
        put_record("GNU.sparse.numblocks", "2");
        put_record("GNU.sparse.map", "100,2,500,3");
        put_header('0', "sparse", 5);
        put_data("abcde", 5);
        put_record("GNU.sparse.major", "1");
        put_record("GNU.sparse.minor", "0");
        put_record("GNU.sparse.name", "sparse");
        put_record("GNU.sparse.realsize", "1000");
        put_header('0', "GNUSparseFile.0/sparse", 517);
        put_data("2\n100\n2\n500\n3\n", 14);
        put_data("abcde", 5);
        put_sparse_old("00000000144 00000000002 00000000764 00000000003 ", "00000001750");

        t = reader();
        for (size_t i = 0; i < 4; i++) {
                expect_entry(t, &e);
                assert_string_equal(e.path, "sparse");
                check_pieces(&e);
                assert_int_equal(tar_reader_data(t, &offset, &data, &n, NULL), 1);
                assert_int_equal(offset, 100);
                assert_memory_equal(data, "ab", 2);
                assert_int_equal(tar_reader_data(t, &offset, &data, &n, NULL), 1);
                assert_int_equal(offset, 500);
                assert_memory_equal(data, "cde", 3);
                assert_int_equal(tar_reader_data(t, &offset, &data, &n, NULL), 0);
        }
        expect_end(t);
}

static void test_sparse_files_that_make_no_sense(void **state) {
        put_sparse_00("502");
        put_header('0', "f", 5);
        expect_refusal("a piece of a sparse file is behind its end");
        put_sparse_00("1000");
        put_header('0', "f", 6);
        expect_refusal("its data does not agree with its size");
        put_record("GNU.sparse.map", "500,3,100,2");
        put_header('0', "f", 5);
        expect_refusal("overlap or are out of order");
        put_record("GNU.sparse.map", "0,9223372036854775807,9223372036854775807,1");
        put_header('0', "f", 5);
        expect_refusal("overlap or are out of order");
        put_record("GNU.sparse.map", "1,,2");
        put_header('0', "f", 5);
        expect_refusal("the map of a sparse file is damaged");
        put_record("GNU.sparse.map", "1,-2");
        put_header('0', "f", 5);
        expect_refusal("has a negative number");
        put_record("GNU.sparse.numbytes", "1");
        put_header('0', "f", 5);
        expect_refusal("the map of a sparse file is damaged");
        put_record("GNU.sparse.realsize", "5");
        put_header('0', "f", 5);
        expect_refusal("it has only some of the records of a sparse file");
        put_record("GNU.sparse.major", "2");
        put_header('0', "f", 5);
        expect_refusal("of an unknown version");
        put_sparse_old("00000000144 00000000002 00000000764 ", "00000001750");
        expect_refusal("the map of a sparse file is cut short");
        put_header('S', "f", 0);
        expect_refusal("not in the format of GNU tar");
        put_header('V', "volume", 0);
        expect_refusal("the header at byte 0: it is of the unknown type 'V'");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_number_fields),
                cmocka_unit_test(test_times),
                cmocka_unit_test_setup(test_a_plain_file, reset),
                cmocka_unit_test_setup(test_extended_headers, reset),
                cmocka_unit_test_setup(test_who_wins, reset),
                cmocka_unit_test_setup(test_damaged_extended_headers, reset),
                cmocka_unit_test_setup(test_names_in_headers, reset),
                cmocka_unit_test_setup(test_ends, reset),
                cmocka_unit_test_setup(test_sparse_files, reset),
                cmocka_unit_test_setup(test_sparse_files_that_make_no_sense, reset),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
