/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the test of verify/answer.h.
 * Never: starts a worker; one that was taken over can answer anything.
 * Follows: docs/SECURITY.md, "The worker". */

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "verify/answer.h"

#define N_SIGNATURES 2

/* A worker's answer about an ACI with two files of signatures, one of which is good. */
static Answer sound(void) {
        Answer a = {
                .record = {
                        .magic = TRUST_RECORD_MAGIC,
                        .admitted = 1,
                        .require = RULE_REQUIRE_SIGNATURE,
                        .threshold = 1,
                        .n_keys = 1,
                        .n_attempts = 2,
                        .attempts = {
                                { .number = 0, .kind = TRUST_SIGNATURE_OPENPGP, .reason = "is wrong" },
                                {
                                        .number = 1,
                                        .kind = TRUST_SIGNATURE_OPENPGP,
                                        .good = 1,
                                        .fingerprint = "ABCD",
                                        .algorithm = "Ed25519",
                                },
                        },
                },
                .name = "aci:example.com/hello",
                .reference = "aci:example.com/hello:1.0",
                .n_documents = 2,
        };

        a.documents[1].file = 1;
        a.documents[1].known = 1;
        a.documents[1].digest = (OpenPgpDigest) { .hash = 8, .size = 32 };
        return a;
}

static void test_sound(void **state) {
        Answer a = sound(), nothing = { .record = { .magic = TRUST_RECORD_MAGIC, .reason = "no" } };

        assert_int_equal(answer_check(&a, N_SIGNATURES), 0);
        assert_int_equal(answer_check(&nothing, 0), 0);
}

#define CHECK_BAD(change)                                                                                   \
        ({                                                                                                  \
                Answer a = sound();                                                                         \
                change;                                                                                     \
                assert_int_equal(answer_check(&a, N_SIGNATURES), -EBADMSG);                                 \
        })

/* The parent counts and formats with these. */
static void test_numbers(void **state) {
        CHECK_BAD(a.n_documents = TRUST_SIGNATURES_MAX + 1);
        CHECK_BAD(a.n_documents = UINT32_MAX);
        CHECK_BAD(a.documents[0].file = N_SIGNATURES);
        CHECK_BAD(a.documents[0].known = 2);
        CHECK_BAD(a.documents[1].digest.size = 64);
        CHECK_BAD(a.documents[1].digest.size = 255);
        CHECK_BAD(a.documents[1].digest.hash = 0);
        CHECK_BAD(a.documents[1].digest.hash = 200);
        CHECK_BAD(a.record.attempts[0].number = N_SIGNATURES);
        CHECK_BAD(a.record.magic++);
}

/* They become the name of the image in messages, in the journal and in verdict.json, and are read back there. */
static void test_names(void **state) {
        CHECK_BAD(memset(a.name, 'a', sizeof(a.name)));
        CHECK_BAD(memset(a.reference, 'a', sizeof(a.reference)));
        CHECK_BAD(a.name[0] = '\0');
        CHECK_BAD(a.reference[0] = '\0');
        CHECK_BAD(strcpy(a.name, "quay.io/coreos/etcd"));
        CHECK_BAD(strcpy(a.name, "aci:example.com/hello:1.0"));
        CHECK_BAD(strcpy(a.name, "aci:example.com/hello,os=linux"));
        CHECK_BAD(strcpy(a.name, "aci:example.com/\x1b[2J"));
        CHECK_BAD(strcpy(a.reference, "aci:example.com/other:1.0"));
        CHECK_BAD(strcpy(a.reference, "quay.io/example.com/hello"));
        CHECK_BAD(strcpy(a.reference, "aci:example.com/hello:1\n2"));
}

static void test_texts(void **state) {
        Answer a = sound();

        strcpy(a.record.attempts[0].reason, "is\x1b[2J wrong\nAdmitted");
        strcpy(a.record.attempts[0].key_id, "\xc2\x9b"
                                            "2J");
        strcpy(a.record.attempts[1].algorithm, "\a");
        assert_int_equal(answer_check(&a, N_SIGNATURES), 0);
        assert_string_equal(a.record.attempts[0].reason, "is?[2J wrong");
        assert_string_equal(a.record.attempts[0].key_id, "??2J");
        assert_string_equal(a.record.attempts[1].algorithm, "?");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_sound),
                cmocka_unit_test(test_numbers),
                cmocka_unit_test(test_names),
                cmocka_unit_test(test_texts),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
