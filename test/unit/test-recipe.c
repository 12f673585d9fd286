/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the tests of tar/recipe and tar/recipe-player: that what goes in comes out, and how few bytes it takes.
 * Never: runs a program.
 * Follows: tar/recipe.h. */

#include "corpus.h"
#include "tar/recipe-coder.h"
#include "tar/recipe-format.h"
#include "test/fuzz/remake.h"

static void remake(const void *tar, size_t size, size_t piece, Blob *ret) {
        _cleanup_(remake_done) Remake m = { .tar = tar, .size = size, .piece = piece };
        _cleanup_free_ char *why = NULL;

        assert_return_code(remake_take_apart(&m, &why), 0);
        assert_true(remake_is_same(&m));
        *ret = (Blob) { TAKE_PTR(m.text), m.text_size };
}

static void check_document(const char *name, const Blob *tar, void *userdata) {
        _cleanup_blob_ Blob whole = {};

        remake(tar->data, tar->size, SIZE_MAX, &whole);
        for (size_t piece = 1; piece < 3000; piece = piece * 3 + 1) {
                _cleanup_blob_ Blob again = {};
                remake(tar->data, tar->size, piece, &again);
                assert_int_equal(again.size, whole.size);
                assert_memory_equal(again.data, whole.data, whole.size);
        }
}

static void test_every_archive(void **state) {
        _cleanup_close_ int fd = corpus_open("tar", "must-pass");
        assert_true(corpus_for_each(fd, check_document, NULL) > 10);
}

/* A tar that is cut, or in which a bit is another one, is refused or made again as it is: anywhere in a small
 * one. */
static void check_damage(const char *name, const Blob *tar, void *userdata) {
        for (size_t i = 0; i < tar->size; i += tar->size < 5000 ? 1 : 101) {
                _cleanup_free_ uint8_t *copy = malloc(tar->size);
                assert_non_null(copy);
                memcpy(copy, tar->data, tar->size);
                copy[i] ^= 1 << i % 8;

                size_t sizes[] = { i, tar->size };
                for (size_t k = 0; k < ELEMENTSOF(sizes); k++) {
                        _cleanup_(remake_done) Remake m = { .tar = copy, .size = sizes[k], .piece = 1000 };
                        _cleanup_free_ char *why = NULL;

                        int r = remake_take_apart(&m, &why);
                        assert_true(r == 0 ? remake_is_same(&m) : r == -EBADMSG && why);
                }
        }
}

static void test_damaged_archives(void **state) {
        _cleanup_close_ int fd = corpus_open("tar", "must-pass");
        (void) corpus_for_each(fd, check_damage, NULL);
}

typedef struct Text {
        uint8_t bytes[65536];
        size_t size;
} Text;

static int write_text(void *userdata, const void *data, size_t size) {
        Text *t = userdata;

        assert_true(size <= sizeof(t->bytes) - t->size);
        memcpy(t->bytes + t->size, data, size);
        t->size += size;
        return 0;
}

static void put_header(uint8_t block[static 512], const char *name, unsigned size) {
        memset(block, 0, 512);
        strcpy((char *) block, name);
        memcpy(block + 100, "0000644\0000000000\0000000000\0", 24);
        (void) snprintf((char *) block + 124, 12, "%011o", size);
        (void) snprintf((char *) block + 136, 12, "%011o", 1700000000 + size);
        block[156] = '0';
        memcpy(block + 257, "ustar\00000", 8);
        tar_block_put_sum(block);
}

static void test_an_entry_takes_few_bytes(void **state) {
        _cleanup_(recipe_freep) Recipe *r = NULL;
        Text text = {};

        assert_return_code(recipe_new(write_text, &text, &r), 0);
        for (unsigned i = 0; i < 1000; i++) {
                uint8_t block[512];
                char name[40];

                (void) snprintf(name, sizeof(name), "usr/share/doc/package-%u/file", i);
                put_header(block, name, i * 77);
                assert_return_code(recipe_add_bytes(r, block, sizeof(block)), 0);
                recipe_add_file(r);
                if (i > 0)
                        assert_return_code(recipe_add_data(r, 0, i * 77), 0);
                assert_return_code(recipe_add_bytes(r, (uint8_t[512]) {}, -(i * 77) % 512), 0);
        }
        assert_return_code(recipe_finish(r), 0);
        if (text.size > 10 * 1000)
                fail_msg("%zu bytes", text.size);
}

static void expect_step(RecipePlayer *p, const void *bytes, uint64_t size, uint64_t file, uint64_t offset) {
        RecipeStep step;

        assert_int_equal(recipe_player_next(p, &step), 1);
        assert_int_equal(step.size, size);
        if (bytes) {
                assert_memory_equal(step.bytes, bytes, size);
        } else {
                assert_null(step.bytes);
                assert_int_equal(step.file, file);
                assert_int_equal(step.offset, offset);
        }
}

static void test_pieces_and_files_without_data(void **state) {
        _cleanup_(recipe_player_freep) RecipePlayer *p = NULL;
        _cleanup_(recipe_freep) Recipe *r = NULL;
        RecipeStep step;
        Text text = {};

        assert_return_code(recipe_new(write_text, &text, &r), 0);
        for (unsigned i = 0; i < 3; i++)
                recipe_add_file(r);
        assert_return_code(recipe_add_data(r, 5, 10), 0);
        assert_return_code(recipe_add_data(r, 15, 10), 0);
        assert_return_code(recipe_add_data(r, 100, 1), 0);
        recipe_add_file(r);
        assert_return_code(recipe_add_data(r, 0, 3), 0);
        assert_return_code(recipe_add_bytes(r, "\0\0abc", 5), 0);
        recipe_add_file(r);
        assert_return_code(recipe_finish(r), 0);

        assert_return_code(recipe_player_new(text.bytes, text.size, &p), 0);
        assert_int_equal(recipe_player_size(p), 29);
        expect_step(p, NULL, 20, 2, 5);
        expect_step(p, NULL, 1, 2, 100);
        expect_step(p, NULL, 3, 3, 0);
        expect_step(p, "\0\0abc", 5, 0, 0);
        assert_int_equal(recipe_player_next(p, &step), 0);
}

/* Whatever the bytes are, and as few as they should be. */
static void code(const uint8_t *data, size_t size, size_t size_max) {
        _cleanup_free_ RecipeEncoder *e = malloc(sizeof(*e));
        _cleanup_free_ RecipeDecoder *d = malloc(sizeof(*d));
        uint8_t byte;
        Text text = {};

        assert_true(e && d);
        recipe_encoder_init(e, write_text, &text);
        assert_return_code(recipe_encode(e, data, size / 3), 0);
        assert_return_code(recipe_encode(e, data + size / 3, size - size / 3), 0);
        assert_return_code(recipe_encoder_finish(e), 0);
        if (text.size > size_max)
                fail_msg("%zu bytes take %zu", size, text.size);

        recipe_decoder_init(d, cursor_of(text.bytes, text.size));
        for (size_t i = 0; i < size; i++) {
                assert_true(recipe_decode(d, &byte, 1));
                assert_int_equal(byte, data[i]);
        }

        /* Nobody reads on for ever. */
        for (size_t n = 0; recipe_decode(d, &byte, 1); n++)
                assert_true(n < 100000);
        assert_false(recipe_decode(d, &byte, 1));
}

static void test_coder(void **state) {
        static uint8_t data[40000];

        code(data, 0, 1);
        code((uint8_t[]) { 0 }, 1, 2);
        code((uint8_t[]) { 0xff }, 1, 2);
        code(data, sizeof(data), 60);
        memset(data, 0xff, sizeof(data));
        code(data, sizeof(data), 60);
        for (size_t i = 0; i < sizeof(data); i++)
                data[i] = i % 2 ? 0xff : i / 1000;
        code(data, sizeof(data), 1000);

        uint32_t random = 1;
        for (size_t i = 0; i < sizeof(data); i++) {
                random = random * 1664525 + 1013904223;
                data[i] = random >> 24;
        }
        code(data, sizeof(data), sizeof(data) + sizeof(data) / 5);
        for (size_t i = 0; i < sizeof(data); i++)
                data[i] = data[i] < 200 ? 'a' : data[i];
        code(data, sizeof(data), sizeof(data) / 2);
}

static void test_cut(void **state) {
        _cleanup_(recipe_freep) Recipe *r = NULL;
        uint8_t block[512];
        Text text = {};

        assert_return_code(recipe_new(write_text, &text, &r), 0);
        put_header(block, "some/name", 17);
        assert_return_code(recipe_add_bytes(r, block, sizeof(block)), 0);
        assert_return_code(recipe_finish(r), 0);
        for (size_t left = 1; left < text.size - 8 - 1; left++) {
                _cleanup_(recipe_player_freep) RecipePlayer *p = NULL;
                RecipeStep step;
                Text cut = { .size = left + 8 };

                memcpy(cut.bytes, text.bytes, left);
                memcpy(cut.bytes + left, text.bytes + text.size - 8, 8);
                assert_return_code(recipe_player_new(cut.bytes, cut.size, &p), 0);
                int k = recipe_player_next(p, &step);
                assert_true(k == -EUCLEAN || (k == 1 && memcmp(step.bytes, block, sizeof(block)) != 0));
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_every_archive),
                cmocka_unit_test(test_damaged_archives),
                cmocka_unit_test(test_an_entry_takes_few_bytes),
                cmocka_unit_test(test_pieces_and_files_without_data),
                cmocka_unit_test(test_coder),
                cmocka_unit_test(test_cut),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
