/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the test of image/signature-list.h.
 * Never: verifies a signature.
 * Follows: https://github.com/containers/image/blob/main/docs/signature-protocols.md. */

#include "corpus.h"

#include "basic/base64.h"
#include "image/signature-list.h"

#define HEX "1111111111111111111111111111111111111111111111111111111111111111"
#define OTHER "2222222222222222222222222222222222222222222222222222222222222222"

static Digest digest_a(void) {
        Digest d;

        assert_return_code(digest_parse("sha256:" HEX, &d), 0);
        return d;
}

/* All items have to be good here. */
static int parse_whole(const void *data, size_t size, char **reterr_why) {
        _cleanup_signature_list_ SignatureList l = {};
        Digest digest = digest_a();

        int r = signature_list_parse(data, size, &l, reterr_why);
        for (size_t i = 0; r >= 0 && i < l.n_items; i++) {
                _cleanup_blob_ Blob signature = {};
                r = signature_list_get(&l, i, &digest, &signature, reterr_why);
        }

        return r < 0 ? r : 0;
}

static void test_corpus(void **state) {
        corpus_must_pass("signature-list", parse_whole);
        corpus_must_fail("signature-list", parse_whole);
        corpus_survives_damage("signature-list", parse_whole);
}

static SignatureList parse(const char *text) {
        _cleanup_free_ char *why = NULL;
        SignatureList l = {};

        if (signature_list_parse(text, strlen(text), &l, &why) < 0)
                fail_msg("%s", why);
        return l;
}

/* Which are ours; a bad one is no harm to the next. */
static void test_items(void **state) {
        static const struct {
                const char *version, *name, *type, *content;
                int expected;
        } items[] = {
                { "2", "sha256:" HEX "@1", "atomic", "not base64", -EBADMSG },
                { "2", "sha256:" HEX "@2", "atomic", "", -EBADMSG },
                { "2", "sha256:" OTHER "@3", "atomic", "AAAA", 0 },
                { "2", "sha256:" HEX, "atomic", "AAAA", 0 },
                { "2", "sha256:" HEX "0@4", "atomic", "AAAA", 0 },
                { "1", "sha256:" HEX "@5", "atomic", "AAAA", 0 },
                { "2", "sha256:" HEX "@6", "cosign", "AAAA", 0 },
                { "2", "sha256:" HEX "@7", "atomic", "kAMA", 1 },
        };
        _cleanup_signature_list_ SignatureList l = {};
        _cleanup_free_ char *text = NULL;
        Digest digest = digest_a();
        size_t size;

        FILE *f = open_memstream(&text, &size);
        assert_non_null(f);
        fputs("{\"signatures\":[", f);
        for (size_t i = 0; i < ELEMENTSOF(items); i++)
                fprintf(f, "{\"schemaVersion\":%s,\"name\":\"%s\",\"type\":\"%s\",\"content\":\"%s\"},",
                        items[i].version, items[i].name, items[i].type, items[i].content);
        fputs("null]}", f);
        assert_int_equal(fclose(f), 0);

        l = parse(text);
        assert_int_equal(l.n_items, ELEMENTSOF(items) + 1);
        for (size_t i = 0; i < l.n_items; i++) {
                int expected = i < ELEMENTSOF(items) ? items[i].expected : -EBADMSG;
                _cleanup_blob_ Blob signature = {};
                _cleanup_free_ char *why = NULL;

                assert_int_equal(signature_list_get(&l, i, &digest, &signature, &why), expected);
                assert_int_equal(expected == -EBADMSG, why != NULL);
                assert_int_equal(signature.size, expected == 1 ? 3 : 0);
        }
}

static void test_too_large(void **state) {
        _cleanup_free_ char *bytes = calloc(1, SIMPLE_SIGNATURE_MAX + 1), *text = NULL, *content = NULL;
        Digest digest = digest_a();

        for (int more = 0; more < 2; more++) {
                _cleanup_signature_list_ SignatureList l = {};
                _cleanup_free_ char *why = NULL;
                _cleanup_blob_ Blob signature = {};

                free(TAKE_PTR(text));
                free(TAKE_PTR(content));
                assert_return_code(base64_encode(cursor_of(bytes, SIMPLE_SIGNATURE_MAX + more), &content),
                                   0);
                assert_return_code(str_printf(&text,
                                              "{\"signatures\":[{\"schemaVersion\":2,\"name\":\"sha256:" HEX
                                              "@\",\"type\":\"atomic\",\"content\":\"%s\"}]}",
                                              content),
                                   0);
                l = parse(text);
                assert_int_equal(signature_list_get(&l, 0, &digest, &signature, &why), more ? -EBADMSG : 1);
        }
}

static void test_first_octet(void **state) {
        static const uint8_t good[] = { 0x88, 0x89, 0x8a, 0x8b, 0x90, 0x91, 0x92,
                                        0xa0, 0xa1, 0xa2, 0xa3, 0xc2, 0xc4, 0xc8 };

        for (unsigned octet = 0; octet < 256; octet++) {
                uint8_t byte = octet;
                bool expected = memchr(good, byte, sizeof(good));

                assert_int_equal(simple_signature_is_openpgp(&(Blob) { .data = &byte, .size = 1 }),
                                 expected);
        }
        assert_false(simple_signature_is_openpgp(&(Blob) {}));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_corpus),
                cmocka_unit_test(test_items),
                cmocka_unit_test(test_too_large),
                cmocka_unit_test(test_first_octet),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
