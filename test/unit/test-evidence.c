/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the test of verify/evidence.h, and of what is done with the evidence outside the worker.
 * Never: starts a worker.
 * Follows: docs/ARCHITECTURE.md, "The quarantine". */

#include "image/hasher.h"
#include "scratch.h"

#include "basic/str.h"
#include "verify/judge.h"

#define DIGEST_LINE "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"

static int setup(void **state) {
        return scratch_setup(state) < 0 || crypto_init() < 0 ? -1 : mkdir(scratch_path("signatures"), 0755);
}

static int load(const char *reference, Evidence *ret) {
        Reference *parsed = NULL;

        assert_return_code(reference_parse(reference, &parsed, NULL), 0);
        return evidence_load(scratch.fd, parsed, ret);
}

static void test_image(void **state) {
        _cleanup_evidence_ Evidence e = EVIDENCE_NULL;

        scratch_write("manifest", "{}");
        scratch_write("signatures/0.payload", "{}");
        scratch_write("signatures/0.signature", "AAAA");
        scratch_write("signatures/0.source", "quay.io/x layers[0]");
        scratch_write("signatures/1.unknown", "?");
        assert_return_code(load("quay.io/x:1", &e), 0);
        assert_string_equal(e.name, "quay.io/x");
        assert_false(e.is_file);
        assert_int_equal(e.n_digests, 1);
        assert_int_equal(e.n_signatures, 1);
        assert_int_equal(e.signatures[0].kind, TRUST_SIGNATURE_COSIGN);
        assert_string_equal(e.signatures[0].source, "quay.io/x layers[0]");
        assert_string_equal(e.signatures[0].payload.data, "{}");
}

/* The quarantine belongs to who spoke with the network: it has no say in what was asked for. */
static void test_reference_is_the_callers(void **state) {
        _cleanup_evidence_ Evidence e = EVIDENCE_NULL;

        scratch_write("manifest", "{}");
        scratch_write("reference", "localhost/anything:goes");
        assert_return_code(load("quay.io/x:1", &e), 0);
        assert_string_equal(e.text, "quay.io/x:1");
        assert_string_equal(e.name, "quay.io/x");
}

/* What is written beside the archive itself about what was computed over it is nobody's business. */
static void test_digests_beside_a_document(void **state) {
        _cleanup_evidence_ Evidence quarantine = EVIDENCE_NULL, image = EVIDENCE_NULL;

        scratch_write("signatures/0.asc", "-");
        scratch_write("signatures/0.digests", DIGEST_LINE);
        assert_return_code(load("aci:example.com/hello", &image), 0);
        assert_string_equal(image.signatures[0].digests.data, DIGEST_LINE);
        assert_int_equal(image.document, -EBADF);

        scratch_write("image.aci", "-");
        assert_return_code(load("aci:example.com/hello", &quarantine), 0);
        assert_true(quarantine.is_file);
        assert_int_equal(quarantine.n_signatures, 1);
        assert_null(quarantine.signatures[0].digests.data);
}

static void test_links(void **state) {
        Evidence e = EVIDENCE_NULL;

        scratch_write("elsewhere", "{}");
        assert_return_code(symlink(scratch_path("elsewhere"), scratch_path("manifest")), 0);
        assert_int_equal(load("quay.io/x:1", &e), -ELOOP);
        assert_return_code(unlink(scratch_path("manifest")), 0);
        assert_return_code(mkfifo(scratch_path("manifest"), 0600), 0);
        assert_int_equal(load("quay.io/x:1", &e), -EINVAL);
}

static void name(TrustSignatureKind kind, const char *signature, const char *beside, char ret[static 33]) {
        const StoredSignature s = {
                .kind = kind,
                .signature = { .data = (char *) signature, .size = strlen(signature) },
        };

        assert_return_code(stored_signature_name(&s,
                                                 &(Blob) { .data = (char *) beside, .size = strlen(beside) },
                                                 ret),
                           0);
}

/* Nobody else's signature has the name of a good one, or the good one would not be kept. */
static void test_names(void **state) {
        char good[33], again[33], other[33];

        name(TRUST_SIGNATURE_COSIGN, "AAAA", "{\"a\":1}", good);
        assert_int_equal(strlen(good), 32);
        name(TRUST_SIGNATURE_COSIGN, "AAAA", "{\"a\":1}", again);
        assert_string_equal(good, again);

        name(TRUST_SIGNATURE_COSIGN, "AAAA{", "\"a\":1}", other);
        assert_string_not_equal(good, other);
        name(TRUST_SIGNATURE_COSIGN, "AAA", "A{\"a\":1}", other);
        assert_string_not_equal(good, other);
        name(TRUST_SIGNATURE_BUNDLE, "AAAA{\"a\":1}", "", other);
        assert_string_not_equal(good, other);

        name(TRUST_SIGNATURE_SIMPLE, "AAAA", "", good);
        name(TRUST_SIGNATURE_BUNDLE, "AAAA", "", other);
        assert_string_not_equal(good, other);
}

/* One manifest may be in several indexes; the one that a verdict rests on has to be kept. */
static void test_used_index(void **state) {
        _cleanup_evidence_ Evidence by_tag = EVIDENCE_NULL, pinned = EVIDENCE_NULL;
        char index[DIGEST_TEXT_MAX], reference[DIGEST_TEXT_MAX + 16];
        Answer answer = { .record = { .n_attempts = 2 } };
        TrustAttempt *second = &answer.record.attempts[1];

        scratch_write("manifest", "{}");
        scratch_write("index", "{ }");
        assert_return_code(load("quay.io/x:1", &by_tag), 0);
        assert_int_equal(by_tag.n_digests, 2);
        *second = (TrustAttempt) { .digest = 1 };
        assert_false(judge_used_index(&by_tag, &answer));
        *second = (TrustAttempt) { .good = 1 };
        assert_false(judge_used_index(&by_tag, &answer));
        *second = (TrustAttempt) { .good = 1, .digest = 1 };
        assert_true(judge_used_index(&by_tag, &answer));

        digest_format(&by_tag.digests[1], index);
        (void) snprintf(reference, sizeof(reference), "quay.io/x@%s", index);
        assert_return_code(load(reference, &pinned), 0);
        *second = (TrustAttempt) {};
        assert_true(judge_used_index(&pinned, &answer));
        by_tag.n_digests = pinned.n_digests = 1;
        assert_false(judge_used_index(&pinned, &answer));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, scratch_teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_image),
                TEST(test_reference_is_the_callers),
                TEST(test_digests_beside_a_document),
                TEST(test_links),
                TEST(test_names),
                TEST(test_used_index),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
