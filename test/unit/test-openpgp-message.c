/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the test of trust/openpgp-message.h.
 * Never: verifies (test-simple-signing.c does).
 * Follows: STYLE.md, "Tests". Messages: test/corpus-tools/make-openpgp-messages.py, of packets by gpg. */

#include "corpus.h"

#include "trust/openpgp-message.h"

static int parse(const void *data, size_t size, char **reterr_why) {
        _cleanup_openpgp_message_ OpenPgpMessage m = {};

        int r = openpgp_message_parse(cursor_of(data, size), &m, reterr_why);
        if (r >= 0)
                assert_true(m.signature.n > 0);
        else
                assert_true(!m.unpacked.data && !m.joined.data);
        return r;
}

static void test_must_pass(void **state) {
        corpus_must_pass("openpgp-message", parse);
}

static void test_must_fail(void **state) {
        corpus_must_fail("openpgp-message", parse);
}

static void test_damage(void **state) {
        corpus_survives_damage("openpgp-message", parse);
}

static void load(const char *name, Blob *file, OpenPgpMessage *ret) {
        _cleanup_close_ int fd = corpus_open("openpgp-message", "must-pass");

        assert_return_code(file_read_at(fd, name, 1024 * 1024, file), 0);
        assert_return_code(openpgp_message_parse(cursor_of(file->data, file->size), ret, NULL), 0);
}

/* However the same document was framed, it is the same. */
static void test_document(void **state) {
        static const char *const same[] = { "small-pieces", "one-piece-of-512", "whole",
                                            "compressed-in-pieces", "compressed-twice-in-pieces" };
        _cleanup_openpgp_message_ OpenPgpMessage first = {};
        _cleanup_blob_ Blob first_file = {};

        load(same[0], &first_file, &first);
        assert_memory_equal(first.literal.p, "{\"critical\":", 12);
        assert_true(first.literal.n > 600);
        for (size_t i = 1; i < ELEMENTSOF(same); i++) {
                _cleanup_openpgp_message_ OpenPgpMessage m = {};
                _cleanup_blob_ Blob file = {};

                load(same[i], &file, &m);
                assert_true(cursor_equal(m.literal, first.literal.p, first.literal.n));
                assert_true(cursor_equal(m.signature, first.signature.p, first.signature.n));
        }
}

static void test_empty(void **state) {
        _cleanup_free_ char *why = NULL;

        assert_int_equal(parse("", 0, &why), -EBADMSG);
        assert_string_equal(why, "holds something that is not an OpenPGP packet");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_must_pass), cmocka_unit_test(test_must_fail),
                cmocka_unit_test(test_damage),    cmocka_unit_test(test_document),
                cmocka_unit_test(test_empty),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
