/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof that ELF files are read as the linker wrote them, and hostile ones refused.
 * Never: runs one.
 * Follows: elf/elf-file.h; test/corpus-tools/make-elf.py makes the files. */

#include "basic/strv.h"
#include "corpus.h"
#include "elf/elf-file.h"

static int parse(const void *data, size_t size, char **reterr_why) {
        _cleanup_elf_ ElfFile f = {};
        return elf_parse(data, size, &f, reterr_why);
}

static void read_good(const char *name, ElfFile *ret) {
        _cleanup_close_ int fd = corpus_open("elf", "must-pass");
        _cleanup_free_ char *why = NULL;
        _cleanup_blob_ Blob file = {};

        assert_return_code(file_read_at(fd, name, 65536, &file), 0);
        if (elf_parse(file.data, file.size, ret, &why) < 0)
                fail_msg("%s: %s", name, why);
}

static void test_corpus(void **state) {
        corpus_must_pass("elf", parse);
        corpus_must_fail("elf", parse);
}

static void test_program(void **state) {
        static const uint8_t id[16] = { 0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
                                        0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff };
        _cleanup_elf_ ElfFile f = {};

        read_good("program", &f);
        assert_non_null(f.interpreter);
        assert_int_equal(f.interpreter[0], '/');
        assert_int_equal(strv_length(f.needed), 1);
        assert_string_equal(f.needed[0], "libother.so.1");
        assert_null(f.search);
        assert_int_equal(f.build_id_size, sizeof(id));
        assert_memory_equal(f.build_id, id, sizeof(id));
}

static void test_library(void **state) {
        _cleanup_elf_ ElfFile library = {}, runpath = {}, rpath = {}, bare = {}, fixed = {};

        read_good("library", &library);
        assert_null(library.interpreter);
        assert_null(library.search);
        assert_string_equal(library.needed[0], "libother.so.1");

        read_good("runpath", &runpath);
        assert_string_equal(runpath.search, "/opt/a:$ORIGIN/b");
        read_good("rpath", &rpath);
        assert_string_equal(rpath.search, "/opt/a");

        read_good("no-build-id", &bare);
        assert_null(bare.needed);
        assert_int_equal(bare.build_id_size, 0);

        read_good("static", &fixed);
        assert_null(fixed.interpreter);
        assert_null(fixed.needed);
        assert_int_equal(fixed.build_id_size, 16);
}

/* Whatever is wrong, it is read or refused. */
static void check_damaged(const char *name, const Blob *file, void *userdata) {
        for (size_t i = 0; i < file->size; i++) {
                _cleanup_free_ char *copy = malloc(file->size), *why = NULL, *why_cut = NULL;
                assert_non_null(copy);
                memcpy(copy, file->data, file->size);
                copy[i] ^= 1 << (i % 8);
                int r = parse(copy, file->size, &why);
                assert_true(r == 0 || r == -EBADMSG || r == -EINVAL);
                assert_int_equal(r < 0, why != NULL);

                _cleanup_free_ char *cut = malloc(MAX(i, (size_t) 1));
                assert_non_null(cut);
                memcpy(cut, file->data, i);
                r = parse(cut, i, &why_cut);
                assert_true(r == 0 || r == -EBADMSG);
        }
}

static void test_damage(void **state) {
        _cleanup_close_ int fd = corpus_open("elf", "must-pass");
        assert_true(corpus_for_each(fd, check_damaged, NULL) > 0);
}

/* This very program is one, too. */
static void test_self(void **state) {
        _cleanup_elf_ ElfFile f = {};
        _cleanup_blob_ Blob file = {};

        assert_return_code(file_read_at(AT_FDCWD, "/proc/self/exe", 64 * 1024 * 1024, &file), 0);
        assert_int_equal(elf_parse(file.data, file.size, &f, NULL), 0);
        assert_non_null(f.interpreter);
        assert_true(strv_contains(f.needed, "libc.so.6"));
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_corpus),  cmocka_unit_test(test_program),
                cmocka_unit_test(test_library), cmocka_unit_test(test_damage),
                cmocka_unit_test(test_self),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
