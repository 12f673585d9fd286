/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the test of verify/judge.h: rules, keys and signatures in directories, judged in a real worker.
 * Never: runs as root, who would need the system user gantry-verify; looks at the machine's own rules.
 * Follows: docs/ARCHITECTURE.md, "How an image is judged". */

#include "image/hasher.h"
#include "scratch.h"

#include "basic/fd.h"
#include "basic/str.h"
#include "verify/judge.h"

#define NAME "quay.io/coreos/etcd"
#define NOBODY 65534

static const char aci_manifest[] =
                "{\"acKind\":\"ImageManifest\",\"acVersion\":\"0.8.11\",\"name\":\"example.com/hello\"}";

static int setup(void **state) {
        if (scratch_setup(state) < 0 || crypto_init() < 0)
                return -1;

        scratch_mkdir("signatures");
        scratch_mkdir("etc");
        scratch_mkdir("etc/gantry");
        scratch_mkdir("etc/gantry/trust.d");
        return setenv("GANTRY_CONFIG_ROOT", scratch.path, 1);
}

static void load(const char *path, Blob *ret) {
        const char *root = getenv("GANTRY_TEST_DATA");
        _cleanup_free_ char *full = NULL;

        assert_return_code(str_printf(&full, "%s/%s", root ? root : "test/corpus", path), 0);
        assert_return_code(file_read_at(AT_FDCWD, full, 1024 * 1024, ret), 0);
}

/* A file of the corpus as one of ours. */
static void place(const char *path, const char *file) {
        _cleanup_blob_ Blob data = {};

        load(path, &data);
        scratch_write_bytes(file, data.data, data.size);
}

static void load_policy(const char *prefix, const char *key, Policy *ret) {
        char text[1024];

        place(key, "key.asc");
        (void) snprintf(text, sizeof(text), "[Trust]\nPrefix=%s\nKey=%s\n", prefix, scratch_path("key.asc"));
        scratch_write("etc/gantry/trust.d/a.conf", text);
        assert_return_code(policy_load(NULL, ret), 0);
}

static void load_evidence(const char *reference, Evidence *ret) {
        Reference *parsed = NULL;

        assert_return_code(reference_parse(reference, &parsed, NULL), 0);
        assert_return_code(evidence_load(scratch.fd, parsed, ret), 0);
}

static void expect_refused(const Answer *answer, const char *reason) {
        assert_int_equal(answer->record.admitted, 0);
        if (!strstr(answer->record.reason, reason))
                fail_msg("'%s' does not say '%s'", answer->record.reason, reason);
}

static void expect_image(const char *reference, const char *reason) {
        _cleanup_evidence_ Evidence e = EVIDENCE_NULL;
        _cleanup_policy_ Policy policy = {};
        Answer answer;

        load_policy("quay.io/coreos", "simple-signing/keys/main.asc", &policy);
        load_evidence(reference, &e);
        assert_return_code(judge_image(&policy, &e, &answer), 0);
        if (reason)
                expect_refused(&answer, reason);
        else if (!answer.record.admitted)
                fail_msg("refused: %s", answer.record.reason);
}

static void test_image(void **state) {
        place("simple-signing/manifest", "manifest");
        place("simple-signing/messages/skopeo-sign", "signatures/0.simple");
        expect_image(NAME ":v3.5", NULL);
        expect_image("quay.io/coreos/flannel:v3.5", "signs another name");
        expect_image("quay.io/coreos2/etcd:v3.5", "no trust rule covers 'quay.io/coreos2/etcd'");

        scratch_write("manifest", "{}");
        expect_image(NAME ":v3.5", "signs another digest");
        assert_return_code(unlink(scratch_path("signatures/0.simple")), 0);
        expect_image(NAME ":v3.5", "it has no signature, and the rule for 'quay.io/coreos'");
}

/* What is asked for by digest is that, whoever signed something else. */
static void test_pin(void **state) {
        char pinned[256], digest[DIGEST_TEXT_MAX];
        _cleanup_blob_ Blob manifest = {};
        Digest of;

        place("simple-signing/manifest", "manifest");
        place("simple-signing/messages/skopeo-sign", "signatures/0.simple");
        load("simple-signing/manifest", &manifest);
        assert_return_code(digest_of(DIGEST_SHA256, manifest.data, manifest.size, &of), 0);
        digest_format(&of, digest);
        (void) snprintf(pinned, sizeof(pinned), "%s@%s", NAME, digest);
        expect_image(pinned, NULL);
        pinned[strlen(pinned) - 1] ^= 1;
        expect_image(pinned, "the manifest is not the one that the reference names");
}

/* The file that is called an index lists the manifest as its only one; 0: it is none. */
static size_t count(DigestAlgorithm algorithm, const char *listed, const char *media_type) {
        _cleanup_evidence_ Evidence e = EVIDENCE_NULL;
        char index[1024], digest[DIGEST_TEXT_MAX];
        Digest of;

        assert_return_code(digest_of(algorithm, listed, strlen(listed), &of), 0);
        digest_format(&of, digest);
        (void) snprintf(index, sizeof(index),
                        "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.%s.v1+json\",\"manifests\":[{"
                        "\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"digest\":\"%s\",\"size\":2}]}",
                        media_type, digest);
        scratch_write("manifest", "{}");
        scratch_write("index", index);
        load_evidence(NAME ":v3.5", &e);
        assert_int_equal(e.n_digests, 2);
        return judge_count_digests(&e);
}

/* The index of another image is signed just as well. */
static void test_index(void **state) {
        assert_int_equal(count(DIGEST_SHA256, "{}", "index"), 2);
        assert_int_equal(count(DIGEST_SHA256, "{ }", "index"), 1);
        assert_int_equal(count(DIGEST_SHA512, "{}", "index"), 1);
        assert_int_equal(count(DIGEST_SHA256, "{}", "manifest"), 1);
}

static void write_digest(const char *signature, const char *document, const char *file) {
        _cleanup_openpgp_signatures_ OpenPgpSignatures *list = NULL;
        _cleanup_openpgp_hash_ OpenPgpHash *hash = NULL;
        _cleanup_blob_ Blob text = {}, bytes = {};
        char line[OPENPGP_DIGEST_TEXT_MAX];
        OpenPgpDigest digest;

        load(signature, &text);
        load(document, &bytes);
        assert_return_code(openpgp_signatures_parse(text.data, text.size, &list, NULL), 0);
        assert_return_code(openpgp_hash_new(list, &hash), 0);
        openpgp_hash_update(hash, bytes.data, bytes.size);
        assert_return_code(openpgp_hash_final(hash, 0, &digest), 0);
        openpgp_digest_format(&digest, line);
        scratch_write(file, line);
}

#define SIGNATURE "openpgp-signature/must-pass/ed25519.asc"
#define DOCUMENT "openpgp-signature/documents/hello"

/* A signature on a file, and what was computed over that file, say nothing about a manifest. */
static void test_detached_for_image(void **state) {
        _cleanup_evidence_ Evidence e = EVIDENCE_NULL;
        _cleanup_policy_ Policy policy = {};
        Answer answer;

        load_policy("quay.io", "openpgp-key/must-pass/ed25519.asc", &policy);
        scratch_write("manifest", "{}");
        place(SIGNATURE, "signatures/0.asc");
        write_digest(SIGNATURE, DOCUMENT, "signatures/0.digests");
        load_evidence(NAME ":v3.5", &e);
        assert_return_code(judge_image(&policy, &e, &answer), 0);
        expect_refused(&answer, "it has no signature");
}

static void judge_both(const char *archive, Answer *ret_signer, Answer *ret) {
        const Blob manifest = { .data = (char *) aci_manifest, .size = strlen(aci_manifest) };
        _cleanup_evidence_ Evidence e = EVIDENCE_NULL;
        _cleanup_policy_ Policy policy = {};

        load_policy("example.com", "openpgp-key/must-pass/ed25519.asc", &policy);
        place(archive, "image.aci");
        load_evidence("/srv/hello.aci", &e);
        assert_return_code(judge_signer(&policy, &e, ret_signer), 0);
        assert_return_code(judge_aci(&policy, &e, ret_signer, &manifest, ret), 0);
}

static void test_aci(void **state) {
        Answer signer, answer;

        place(SIGNATURE, "signatures/0.asc");
        judge_both(DOCUMENT, &signer, &answer);
        assert_int_equal(signer.record.admitted, 1);
        assert_int_equal(answer.record.admitted, 1);
        assert_string_equal(answer.name, "aci:example.com/hello");

        /* Who owns the quarantine says what was computed over another file. */
        write_digest(SIGNATURE, DOCUMENT, "signatures/0.digests");
        judge_both("openpgp-signature/documents/other", &signer, &answer);
        expect_refused(&signer, "does not match the document");
        expect_refused(&answer, "does not match the document");
}

/* The first worker died, so nothing is known of the document. */
static void test_aci_without_signer(void **state) {
        const Blob manifest = { .data = (char *) aci_manifest, .size = strlen(aci_manifest) };
        _cleanup_evidence_ Evidence e = EVIDENCE_NULL;
        _cleanup_policy_ Policy policy = {};
        Answer nothing = {}, answer;

        load_policy("example.com", "openpgp-key/must-pass/ed25519.asc", &policy);
        place(SIGNATURE, "signatures/0.asc");
        place("openpgp-signature/documents/other", "image.aci");
        write_digest(SIGNATURE, DOCUMENT, "signatures/0.digests");
        load_evidence("/srv/hello.aci", &e);
        assert_return_code(judge_aci(&policy, &e, &nothing, &manifest, &answer), 0);
        expect_refused(&answer, "does not match the document");
}

/* People are told what is wrong with a file that is there. */
static void test_no_detached_signature(void **state) {
        Answer signer, answer;

        place("armor/must-fail/cleartext.asc", "signatures/0.asc");
        judge_both(DOCUMENT, &signer, &answer);
        expect_refused(&signer, "is a cleartext-signed message, not a detached signature");
        expect_refused(&answer, "is a cleartext-signed message, not a detached signature");
        assert_int_equal(signer.n_documents, 0);
}

/* What calls itself version "1", then clears the screen. */
static void test_aci_version(void **state) {
        static const char text[] =
                        "{\"acKind\":\"ImageManifest\",\"acVersion\":\"0.8.11\",\"name\":\"example.com/hello\","
                        "\"labels\":[{\"name\":\"version\",\"value\":\"%s\"}]}";
        static const char *const versions[][2] = {
                { "1.0", "aci:example.com/hello:1.0" },
                { "1\\u001b[2J", "aci:example.com/hello" },
                { "1\\u009b2J", "aci:example.com/hello" },
                { "1\\u202e0", "aci:example.com/hello" },
        };
        _cleanup_evidence_ Evidence e = EVIDENCE_NULL;
        _cleanup_policy_ Policy policy = {};
        Answer nothing = {}, answer;

        load_policy("example.com", "openpgp-key/must-pass/ed25519.asc", &policy);
        scratch_write("image.aci", "-");
        load_evidence("/srv/hello.aci", &e);
        for (size_t i = 0; i < ELEMENTSOF(versions); i++) {
                _cleanup_free_ char *manifest = NULL;

                assert_return_code(asprintf(&manifest, text, versions[i][0]), 0);
                assert_return_code(judge_aci(&policy, &e, &nothing,
                                             &(Blob) { .data = manifest, .size = strlen(manifest) },
                                             &answer),
                                   0);
                assert_string_equal(answer.reference, versions[i][1]);
        }
}

/* One key in two forms is not two keys. */
static void test_twins(void **state) {
        _cleanup_evidence_ Evidence e = EVIDENCE_NULL;
        _cleanup_policy_ Policy policy = {};
        char text[1024];
        Answer answer;

        place("openpgp-key/must-pass/rsa3072.asc", "a.asc");
        place("openpgp-key/twins/rsa3072.pem", "a.pem");
        (void) snprintf(text, sizeof(text), "[Trust]\nPrefix=quay.io\nThreshold=2\nKey=%s\nKey=%s\n",
                        scratch_path("a.asc"), scratch_path("a.pem"));
        scratch_write("etc/gantry/trust.d/a.conf", text);
        assert_return_code(policy_load(NULL, &policy), 0);
        scratch_write("manifest", "{}");
        load_evidence(NAME ":v3.5", &e);
        assert_return_code(judge_image(&policy, &e, &answer), 0);
        expect_refused(&answer, "Threshold=2 can never be reached: only 1 of the keys differ");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, scratch_teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_image),
                TEST(test_pin),
                TEST(test_index),
                TEST(test_detached_for_image),
                TEST(test_aci),
                TEST(test_aci_without_signer),
                TEST(test_no_detached_signature),
                TEST(test_aci_version),
                TEST(test_twins),
        };

        if (geteuid() == 0 &&
            (setresgid(NOBODY, NOBODY, NOBODY) < 0 || setresuid(NOBODY, NOBODY, NOBODY) < 0))
                return EXIT_FAILURE;
        return cmocka_run_group_tests(tests, NULL, NULL);
}
