/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the test of trust/judge.h.
 * Never: asserts a refusal without its reason.
 * Follows: STYLE.md, "Tests". */

#include "corpus.h"

#include "trust/judge.h"
#include "trust/openpgp-hash.h"

#define NOW 1748736000 /* 2025-06-01 */
#define NAME "quay.io/coreos/etcd"
#define DIGEST "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define OTHER "sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"

static void load(const char *parser, const char *which, const char *name, Blob *ret) {
        _cleanup_close_ int fd = corpus_open(parser, which);

        if (file_read_at(fd, name, 8 * 1024 * 1024, ret) < 0)
                fail_msg("Cannot read '%s' in %s/%s", name, parser, which);
}

/* A case: what is given to the judge, and his verdict. */
typedef struct Case {
        RuleSet *rules;
        const Rule *rule;
        TrustKey *keys[4];
        size_t n_keys;
        Digest digests[2];
        Reference *reference;
        TrustSubject subject;
        TrustSignature signatures[TRUST_SIGNATURES_MAX + 1];
        size_t n_signatures;
        Blob blobs[TRUST_SIGNATURES_MAX + 1];
        size_t n_blobs;
        OpenPgpSignatures *lists[8];
        size_t n_lists;
        uint64_t now;
        TrustRecord record;
} Case;

static void case_init(Case *c, const char *rule) {
        _cleanup_free_ char *text = NULL;
        Rule *parsed = NULL;

        *c = (Case) { .now = NOW };
        assert_return_code(digest_parse(OTHER, &c->digests[0]), 0);
        assert_return_code(digest_parse(DIGEST, &c->digests[1]), 0);
        assert_return_code(reference_parse(NAME ":v3", &c->reference, NULL), 0);
        c->subject = (TrustSubject) {
                .name = NAME,
                .text = NAME ":v3",
                .reference = c->reference,
                .digests = c->digests,
                .n_digests = 2,
        };

        assert_return_code(rule_set_new(&c->rules), 0);
        assert_return_code(str_printf(&text, "[Trust]\nPrefix=quay.io/coreos\n%s", rule), 0);
        assert_return_code(rule_parse("coreos.conf", text, strlen(text), &parsed), 0);
        assert_return_code(rule_set_add(c->rules, parsed), 0);
        c->rule = rule_set_match(c->rules, NAME);
}

static void case_done(Case *c) {
        for (size_t i = 0; i < c->n_keys; i++)
                trust_key_free(c->keys[i]);
        for (size_t i = 0; i < c->n_blobs; i++)
                blob_done(&c->blobs[i]);
        for (size_t i = 0; i < c->n_signatures; i++)
                if (c->signatures[i].kind == TRUST_SIGNATURE_COSIGN)
                        free((char *) c->signatures[i].base64);
        for (size_t i = 0; i < c->n_lists; i++)
                openpgp_signatures_free(c->lists[i]);
        reference_free(c->reference);
        rule_set_free(c->rules);
}

static void add_key(Case *c, const char *parser, const char *which, const char *name) {
        _cleanup_blob_ Blob blob = {};

        load(parser, which, name, &blob);
        assert_return_code(trust_key_parse(blob.data, blob.size, &c->keys[c->n_keys], NULL), 0);
        c->n_keys++;
}

static void add_pem(Case *c, const char *name) {
        add_key(c, "cosign-payload", "keys", name);
}

static void add_openpgp(Case *c, const char *name) {
        add_key(c, "openpgp-key", "must-pass", name);
}

static void add_cosign(Case *c, const char *which, const char *name) {
        Blob *blob = &c->blobs[c->n_blobs++];

        load("cosign-payload", which, name, blob);
        const char *newline = memchr(blob->data, '\n', blob->size);
        assert_non_null(newline);
        size_t n = newline - (const char *) blob->data;
        c->signatures[c->n_signatures] = (TrustSignature) {
                .kind = TRUST_SIGNATURE_COSIGN,
                .source = name,
                .number = c->n_signatures,
                .data = cursor_of(newline + 1, blob->size - n - 1),
                .base64 = strndup(blob->data, n),
        };
        c->n_signatures++;
}

static void add_detached(Case *c, const char *name, const char *document) {
        _cleanup_openpgp_hash_ OpenPgpHash *hash = NULL;
        _cleanup_blob_ Blob blob = {}, bytes = {};
        OpenPgpSignatures **list = &c->lists[c->n_lists++];

        load("openpgp-signature", "must-pass", name, &blob);
        load("openpgp-signature", "documents", document, &bytes);
        assert_return_code(openpgp_signatures_parse(blob.data, blob.size, list, NULL), 0);
        assert_return_code(openpgp_hash_new(*list, &hash), 0);
        openpgp_hash_update(hash, bytes.data, bytes.size);
        for (size_t i = 0; i < openpgp_signatures_count(*list); i++) {
                TrustSignature s = {
                        .kind = TRUST_SIGNATURE_OPENPGP,
                        .source = name,
                        .number = c->n_signatures,
                        .openpgp = openpgp_signatures_at(*list, i),
                };
                s.has_document = openpgp_hash_final(hash, i, &s.document) >= 0;
                c->signatures[c->n_signatures++] = s;
        }
}

static void judge(Case *c) {
        memset(&c->record, 0xff, sizeof(c->record));
        trust_judge(c->rule, c->keys, c->n_keys, &c->subject, c->signatures, c->n_signatures, c->now,
                    &c->record);
        assert_return_code(trust_record_check(&c->record), 0);
}

static const TrustAttempt *first_good(const Case *c) {
        return trust_record_next_good(&c->record, &(size_t) { 0 });
}

static void expect_admitted(Case *c, uint32_t signature, const char *algorithm) {
        judge(c);
        if (!c->record.admitted)
                fail_msg("refused: %s", c->record.reason);
        const TrustAttempt *good = first_good(c);
        assert_int_equal(good ? good->number : UINT32_MAX, signature);
        assert_string_equal(good ? good->algorithm : "", algorithm);
        assert_string_equal(c->record.reason, "");
}

static void check_refusal(const TrustRecord *record, const char *reason) {
        _cleanup_free_ char *masked = NULL;

        assert_return_code(trust_record_check(record), 0);
        assert_int_equal(record->admitted, 0);
        assert_int_equal(record->n_keys, 0);
        assert_return_code(str_copy(record->reason, &masked), 0);
        for (char *p = masked; (p = strstr(p, "0x"));) {
                p += 2;
                if (strspn(p, "0123456789ABCDEF") == 16) {
                        memcpy(p, "KEY", 3);
                        memmove(p + 3, p + 16, strlen(p + 16) + 1);
                }
        }
        assert_string_equal(masked, reason);
        assert_null(strchr(record->reason, '\n'));
}

static void expect_refused(Case *c, const char *reason) {
        judge(c);
        check_refusal(&c->record, reason);
}

#define SIGNED "Key=/k/a.pem\n"

static void test_no_rule(void **state) {
        _cleanup_(case_done) Case c;

        case_init(&c, SIGNED);
        c.rule = NULL;
        add_pem(&c, "p256.pem");
        add_cosign(&c, "must-pass", "plain"); /* good, and no help */
        expect_refused(&c, "no trust rule covers '" NAME
                           "'; to trust who signs it: gantry trust add --prefix=" NAME " KEYFILE");

        c.subject.name = "oci:/srv/my $(images)\n";
        expect_refused(&c, "no trust rule covers 'oci:/srv/my $(images)\\x0a'; to trust who signs it: "
                           "gantry trust add --prefix='oci:/srv/my $(images)\\x0a' KEYFILE");
}

static void test_broken_rule(void **state) {
        _cleanup_(case_done) Case c;

        case_init(&c, SIGNED "Foo=1\n");
        add_pem(&c, "p256.pem");
        add_cosign(&c, "must-pass", "plain");
        expect_refused(&c, "the trust rule that governs '" NAME
                           "' cannot be used: coreos.conf:4: unknown key: 'Foo'");
}

/* A broken rule is not what its Require= says. */
static void test_broken_rule_nothing(void **state) {
        _cleanup_(case_done) Case c;

        case_init(&c, "Require=nothing\nFoo=1\n");
        c.subject.pinned = true;
        expect_refused(&c, "the trust rule that governs '" NAME
                           "' cannot be used: coreos.conf:4: unknown key: 'Foo'");
}

static void test_nothing(void **state) {
        _cleanup_(case_done) Case c;

        case_init(&c, "Require=nothing\n");
        expect_admitted(&c, UINT32_MAX, "");
        assert_int_equal(c.record.require, RULE_REQUIRE_NOTHING);
        assert_null(first_good(&c));
}

#define FLY RULE_STAGE1_BIT(RULE_STAGE1_FLY)

static void test_stage1(void **state) {
        _cleanup_(case_done) Case c;

        case_init(&c, "Require=nothing\n");
        judge(&c);
        trust_judge_stage1(c.rule, 0, &c.record);
        trust_judge_stage1(c.rule, RULE_STAGE1_ISOLATED, &c.record);
        assert_int_equal(c.record.admitted, 1);
        trust_judge_stage1(c.rule, FLY, &c.record);
        check_refusal(&c.record,
                      "the rule for 'quay.io/coreos' in 'coreos.conf' does not allow stage1 fly, but nspawn kvm; "
                      "a line AllowStage1=nspawn kvm fly in it would");
}

/* Enforce=no is for signatures. */
static void test_stage1_unenforced(void **state) {
        _cleanup_(case_done) Case c;

        case_init(&c, SIGNED "Enforce=no\nAllowStage1=kvm\n");
        judge(&c);
        assert_int_equal(c.record.unenforced, 1);
        trust_judge_stage1(c.rule, RULE_STAGE1_BIT(RULE_STAGE1_NSPAWN), &c.record);
        check_refusal(&c.record,
                      "the rule for 'quay.io/coreos' in 'coreos.conf' does not allow stage1 nspawn, but kvm; "
                      "line 5 of 'coreos.conf' would with AllowStage1=nspawn kvm");
}

/* What is refused for another reason stays so, and says that. */
static void test_stage1_of_refused(void **state) {
        _cleanup_(case_done) Case c;

        case_init(&c, "Require=digest\nAllowStage1=fly\n");
        judge(&c);
        trust_judge_stage1(c.rule, RULE_STAGE1_ISOLATED, &c.record);
        assert_non_null(strstr(c.record.reason, "pinned by digest"));
        c.subject.pinned = true;
        judge(&c);
        trust_judge_stage1(c.rule, FLY, &c.record);
        assert_int_equal(c.record.admitted, 1);
}

static void test_digest(void **state) {
        _cleanup_(case_done) Case c;

        case_init(&c, "Require=digest\n");
        expect_refused(&c,
                       "the rule for 'quay.io/coreos' in 'coreos.conf' admits only references pinned by digest, which '" NAME
                       ":v3' is not");
        c.subject.pinned = true;
        expect_admitted(&c, UINT32_MAX, "");
        assert_int_equal(c.record.require, RULE_REQUIRE_DIGEST);
}

static void test_cosign(void **state) {
        _cleanup_(case_done) Case c;

        case_init(&c, SIGNED);
        add_pem(&c, "p256.pem");
        expect_refused(&c,
                       "it has no signature, and the rule for 'quay.io/coreos' in 'coreos.conf' requires one; "
                       "gantry-registries.d(5) says where they are looked for");

        add_cosign(&c, "must-pass", "plain");
        expect_admitted(&c, 0, "ECDSA P-256");
        assert_int_equal(c.record.require, RULE_REQUIRE_SIGNATURE);
        assert_int_equal(first_good(&c)->digest, 1);
        assert_int_equal(first_good(&c)->signed_at, 0);
        assert_string_equal(first_good(&c)->fingerprint, trust_key_fingerprint(c.keys[0]));

        /* A pinned digest is no substitute for a signature. */
        c.n_keys = 0;
        trust_key_free(c.keys[0]);
        c.subject.pinned = true;
        expect_refused(&c, "there is no key to verify its signatures with");
}

/* Bad and foreign signatures stand beside a good one, in any order, and any of the keys will do. */
static void test_no_veto(void **state) {
        _cleanup_(case_done) Case c;

        case_init(&c, SIGNED);
        add_pem(&c, "rsa2048.pem");
        add_pem(&c, "p256.pem");
        add_cosign(&c, "must-fail", "signature-by-another-key");
        add_cosign(&c, "must-fail", "digest-other");
        add_cosign(&c, "must-fail", "payload-text");
        add_cosign(&c, "must-pass", "key-ed25519");
        expect_refused(&c, "none of its signatures is good: "
                           "'signature-by-another-key' is no RSA-2048 signature; "
                           "'digest-other' signs another digest: 'sha256:"
                           "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
                           "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb'; "
                           "'payload-text' signs what is not JSON: line 1 column 5: invalid token; "
                           "'key-ed25519' is no RSA-2048 signature");

        add_cosign(&c, "must-pass", "key-p256");
        add_cosign(&c, "must-fail", "name-other");
        expect_admitted(&c, 4, "ECDSA P-256");
}

static void test_signed_name(void **state) {
        _cleanup_(case_done) Case c, any;

        case_init(&c, SIGNED);
        add_pem(&c, "p256.pem");
        add_cosign(&c, "must-fail", "name-other");
        expect_refused(&c,
                       "none of its signatures is good: 'name-other' signs another name: 'quay.io/coreos/flannel'");

        case_init(&any, SIGNED "SignedName=any\n");
        add_pem(&any, "p256.pem");
        add_cosign(&any, "must-fail", "name-other");
        expect_admitted(&any, 0, "ECDSA P-256");
}

/* A signature moved from another image of the same publisher. */
static void test_another_image(void **state) {
        _cleanup_reference_ Reference *other = NULL;
        _cleanup_(case_done) Case c;

        case_init(&c, SIGNED);
        add_pem(&c, "p256.pem");
        add_cosign(&c, "must-pass", "plain");
        c.subject.n_digests = 1;
        expect_refused(&c, "none of its signatures is good: 'plain' signs another digest: '" DIGEST "'");
        c.subject.n_digests = 2;
        assert_return_code(reference_parse("quay.io/coreos/flannel", &other, NULL), 0);
        c.subject.reference = other;
        expect_refused(&c, "none of its signatures is good: 'plain' signs another name: '" NAME "'");
}

static void test_kind_of_key(void **state) {
        _cleanup_(case_done) Case c, d;

        case_init(&c, SIGNED);
        add_openpgp(&c, "ed25519.asc");
        add_cosign(&c, "must-pass", "plain");
        expect_refused(&c,
                       "none of its signatures is good: 'plain' needs a PEM key, and none is trusted here");

        case_init(&d, SIGNED);
        add_pem(&d, "ed25519.pem");
        add_detached(&d, "ed25519.asc", "hello");
        expect_refused(&d,
                       "none of its signatures is good: 'ed25519.asc' needs an OpenPGP key, and none is trusted here");
}

static void test_openpgp(void **state) {
        _cleanup_(case_done) Case c;

        case_init(&c, SIGNED);
        add_openpgp(&c, "rsa3072.asc");
        add_openpgp(&c, "ed25519.asc");
        add_detached(&c, "ed25519.asc", "hello");
        expect_admitted(&c, 0, "Ed25519");
        assert_int_equal(first_good(&c)->signed_at, 1706745600);
        assert_string_equal(first_good(&c)->fingerprint, trust_key_fingerprint(c.keys[1]));
}

/* The subkey signs, the primary key is named. */
static void test_openpgp_subkey(void **state) {
        _cleanup_(case_done) Case c;

        case_init(&c, SIGNED);
        add_openpgp(&c, "subkey.asc");
        add_detached(&c, "subkey.asc", "hello");
        expect_admitted(&c, 0, "Ed25519");
        assert_string_equal(first_good(&c)->fingerprint, trust_key_fingerprint(c.keys[0]));
}

static void check_openpgp_refusal(const char *key, const char *signature, const char *document,
                                  const char *reason) {
        _cleanup_(case_done) Case c;
        _cleanup_free_ char *expected = NULL;

        case_init(&c, SIGNED);
        add_openpgp(&c, key);
        add_detached(&c, signature, document);
        assert_return_code(str_printf(&expected, "none of its signatures is good: '%s' %s", signature,
                                      reason),
                           0);
        expect_refused(&c, expected);
}

static void test_openpgp_refusals(void **state) {
        check_openpgp_refusal("ed25519.asc", "ed25519.asc", "other",
                              "does not match the document (key 0xKEY)");
        check_openpgp_refusal("rsa3072.asc", "ed25519.asc", "hello", "was made by the unknown key 0xKEY");
        check_openpgp_refusal("rsa3072.asc", "rsa3072-sha1.asc", "hello",
                              "uses SHA-1, which is not accepted");
        check_openpgp_refusal("expired.asc", "expired.asc", "hello",
                              "was made by the key 0xKEY, which expired on 2024-03-01 00:00 UTC");
        check_openpgp_refusal("revoked-1.asc", "revoked-1.asc", "hello",
                              "was made by the key 0xKEY, which was revoked (compromised)");
        check_openpgp_refusal("subkey-revoked.asc", "subkey-revoked.asc", "hello",
                              "was made by the subkey 0xKEY, which was revoked (compromised)");
        check_openpgp_refusal(
                        "subkey-dsa.asc", "subkey-rsa1024.asc", "hello",
                        "was made by the key 0xKEY, which is RSA-1024: too weak, 2048 bits are the least accepted");
        check_openpgp_refusal("ed25519.asc", "ed25519-text.asc", "hello",
                              "is of type 0x01, not on a binary document");
        check_openpgp_refusal("ed25519.asc", "ed25519-critical-notation.asc", "hello",
                              "has an unknown critical notation");
}

/* A key counts once, however often it signs and in however many files it is. */
static void test_threshold(void **state) {
        _cleanup_(case_done) Case c;

        case_init(&c, SIGNED "Threshold=2\n");
        add_pem(&c, "p256.pem");
        add_pem(&c, "p256.pem");
        add_pem(&c, "ed25519.pem");
        add_cosign(&c, "must-pass", "plain");
        add_cosign(&c, "must-pass", "key-p256");
        add_cosign(&c, "must-fail", "digest-other");
        judge(&c);
        assert_int_equal(c.record.admitted, 0);
        assert_int_equal(c.record.n_keys, 1);
        assert_non_null(startswith(c.record.reason,
                                   "1 of the 2 keys that are required have signed it; no other "
                                   "signature is good: 'digest-other' signs another digest"));

        add_cosign(&c, "must-pass", "key-ed25519");
        expect_admitted(&c, 0, "ECDSA P-256");
        assert_int_equal(c.record.n_keys, 2);
        assert_int_equal(c.record.n_attempts, 4);
}

/* What is not enforced is not hidden either; what cannot be understood is enforced. */
static void test_unenforced(void **state) {
        _cleanup_(case_done) Case c, broken;

        case_init(&c, SIGNED "Enforce=no\n");
        add_pem(&c, "p256.pem");
        add_cosign(&c, "must-fail", "digest-other");
        judge(&c);
        assert_int_equal(c.record.admitted, 1);
        assert_int_equal(c.record.unenforced, 1);
        assert_int_equal(c.record.n_keys, 0);
        assert_non_null(startswith(c.record.reason, "none of its signatures is good: 'digest-other'"));
        add_cosign(&c, "must-pass", "plain");
        expect_admitted(&c, 1, "ECDSA P-256");
        assert_int_equal(c.record.unenforced, 0);

        case_init(&broken, SIGNED "Enforce=no\nFoo=1\n");
        judge(&broken);
        assert_int_equal(broken.record.admitted, 0);
        assert_int_equal(broken.record.unenforced, 0);
}

/* A file without any signature in it is not the same as no file. */
static void test_no_signature_in_it(void **state) {
        _cleanup_(case_done) Case c;

        case_init(&c, SIGNED);
        add_openpgp(&c, "ed25519.asc");
        c.signatures[c.n_signatures++] = (TrustSignature) {
                .kind = TRUST_SIGNATURE_OPENPGP,
                .source = "hello.aci.asc",
                .defect = "is a cleartext-signed message, not a detached signature",
        };
        expect_refused(&c,
                       "none of its signatures is good: 'hello.aci.asc' is a cleartext-signed message, not a "
                       "detached signature");
        assert_string_equal(c.record.attempts[0].key_id, "");
        trust_judge_signer(c.keys, c.n_keys, c.signatures, c.n_signatures, c.now, &c.record);
        check_refusal(&c.record,
                      "none of its signatures is good: 'hello.aci.asc' is a cleartext-signed message, "
                      "not a detached signature");
}

/* The same numbers as an OpenPGP and as a PEM key are one key: a threshold of two is not reached with both. */
static void test_twins(void **state) {
        _cleanup_(case_done) Case c;

        case_init(&c, SIGNED);
        add_openpgp(&c, "rsa3072.asc");
        add_key(&c, "openpgp-key", "twins", "rsa3072.pem");
        add_openpgp(&c, "rsa4096.asc");
        add_pem(&c, "rsa3072.pem");
        for (size_t i = 0; i < c.n_keys; i++)
                for (size_t k = 0; k < c.n_keys; k++)
                        assert_int_equal(trust_key_is_same(c.keys[i], c.keys[k]),
                                         i == k || (i < 2 && k < 2));
        assert_string_not_equal(trust_key_fingerprint(c.keys[0]), trust_key_fingerprint(c.keys[1]));
}

/* Of several keys, the one that has to do with the signature gives the reason. */
static void test_best_reason(void **state) {
        _cleanup_(case_done) Case c;

        case_init(&c, SIGNED);
        add_openpgp(&c, "ed25519.asc");
        add_openpgp(&c, "expired.asc");
        add_openpgp(&c, "rsa3072.asc");
        add_detached(&c, "expired.asc", "hello");
        expect_refused(&c,
                       "none of its signatures is good: 'expired.asc' was made by the key 0xKEY, which expired on "
                       "2024-03-01 00:00 UTC");
}

static void test_now_counts(void **state) {
        _cleanup_(case_done) Case c;

        case_init(&c, SIGNED);
        add_openpgp(&c, "expired.asc");
        add_detached(&c, "expired.asc", "hello");
        c.now = 1709251199;
        expect_admitted(&c, 0, "Ed25519");
        c.now++;
        judge(&c);
        assert_int_equal(c.record.admitted, 0);
}

/* No document was hashed: whatever the caller says, that admits nothing. */
static void test_no_document(void **state) {
        _cleanup_(case_done) Case c;

        case_init(&c, SIGNED);
        add_openpgp(&c, "ed25519.asc");
        add_detached(&c, "ed25519.asc", "hello");
        c.signatures[0].has_document = false;
        expect_refused(&c,
                       "none of its signatures is good: 'ed25519.asc' does not match the document (key 0xKEY)");
}

/* Before the name is known: any key of any rule. Afterwards the rule's own keys only. */
static void test_signer_then_rule(void **state) {
        _cleanup_(case_done) Case c;

        case_init(&c, SIGNED);
        add_openpgp(&c, "rsa3072.asc");
        add_openpgp(&c, "ed25519.asc");
        add_pem(&c, "p256.pem");
        add_detached(&c, "ed25519.asc", "hello");

        trust_judge_signer(c.keys, c.n_keys, c.signatures, c.n_signatures, c.now, &c.record);
        assert_return_code(trust_record_check(&c.record), 0);
        assert_int_equal(c.record.admitted, 1);
        assert_string_equal(first_good(&c)->fingerprint, trust_key_fingerprint(c.keys[1]));

        /* The rule of the name that was found has only the first key. */
        trust_judge(c.rule, c.keys, 1, &c.subject, c.signatures, c.n_signatures, c.now, &c.record);
        check_refusal(&c.record,
                      "none of its signatures is good: 'ed25519.asc' was made by the unknown key 0xKEY");

        trust_judge_signer(c.keys, 1, c.signatures, c.n_signatures, c.now, &c.record);
        check_refusal(&c.record,
                      "none of its signatures is good: 'ed25519.asc' was made by the unknown key 0xKEY");
        trust_judge_signer(c.keys, 3, c.signatures, 0, c.now, &c.record);
        check_refusal(&c.record, "it has no signature");
        trust_judge_signer(c.keys, 0, c.signatures, 1, c.now, &c.record);
        check_refusal(&c.record, "there is no key to verify its signatures with");

        /* A cosign signature says nothing about a document. */
        add_cosign(&c, "must-pass", "plain");
        trust_judge_signer(c.keys + 2, 1, c.signatures + 1, 1, c.now, &c.record);
        check_refusal(&c.record,
                      "none of its signatures is good: 'plain' needs a PEM key, and none is trusted here");
}

static void test_foreign_source(void **state) {
        _cleanup_(case_done) Case c;

        case_init(&c, SIGNED);
        add_pem(&c, "p256.pem");
        add_cosign(&c, "must-fail", "type-terminal");
        c.signatures[0].source = "https://evil/\x1b[2J\n'; good";
        expect_refused(&c,
                       "none of its signatures is good: 'https://evil/\\x1b[2J\\x0a\\x27; good' signs something else than a "
                       "container image: '\\x1b[31mred\\x0a\\x27'");
}

/* The reason has an end, and it is not in the middle of a character. */
static void test_long_reason(void **state) {
        _cleanup_(case_done) Case c;
        char source[200];

        case_init(&c, SIGNED);
        add_pem(&c, "p256.pem");
        for (size_t i = 0; i < 20; i++)
                add_cosign(&c, "must-fail", "signature-by-another-key");

        for (size_t shift = 0; shift < 4; shift++) {
                memset(source, 'x', sizeof(source));
                for (size_t i = shift; i + 2 < sizeof(source); i += 2)
                        memcpy(source + i, "\u00e9", 2);
                source[sizeof(source) - 1] = '\0';
                for (size_t i = 0; i < 20; i++)
                        c.signatures[i].source = source;

                judge(&c);
                assert_int_equal(c.record.admitted, 0);
                assert_in_range(strlen(c.record.reason), sizeof(c.record.reason) - 6,
                                sizeof(c.record.reason) - 1);
                assert_non_null(endswith(c.record.reason, "\u2026"));
                _cleanup_free_ char *escaped = str_escape(c.record.reason, strlen(c.record.reason), 4096);
                assert_null(strstr(escaped, "\\xc3"));
        }

        /* and the verdict does not depend on what fits */
        add_cosign(&c, "must-pass", "plain");
        expect_admitted(&c, 20, "ECDSA P-256");
}

static void test_too_many_signatures(void **state) {
        _cleanup_(case_done) Case c;

        case_init(&c, SIGNED);
        add_pem(&c, "p256.pem");
        for (size_t i = 0; i < TRUST_SIGNATURES_MAX; i++)
                add_cosign(&c, "must-fail", "signature-blank");
        add_cosign(&c, "must-pass", "plain");
        judge(&c);
        assert_int_equal(c.record.admitted, 0);

        c.signatures[TRUST_SIGNATURES_MAX - 1].data = c.signatures[TRUST_SIGNATURES_MAX].data;
        const char *blank = c.signatures[TRUST_SIGNATURES_MAX - 1].base64;
        c.signatures[TRUST_SIGNATURES_MAX - 1].base64 = c.signatures[TRUST_SIGNATURES_MAX].base64;
        expect_admitted(&c, TRUST_SIGNATURES_MAX - 1, "ECDSA P-256");
        c.signatures[TRUST_SIGNATURES_MAX - 1].base64 = blank;
}

static void test_record_check(void **state) {
        _cleanup_(case_done) Case c;
        TrustRecord r;

        case_init(&c, SIGNED);
        add_pem(&c, "p256.pem");
        add_cosign(&c, "must-pass", "plain");
        expect_admitted(&c, 0, "ECDSA P-256");

        r = (TrustRecord) {};
        assert_int_equal(trust_record_check(&r), -EBADMSG);
        memset(&r, 0xff, sizeof(r));
        assert_int_equal(trust_record_check(&r), -EBADMSG);

#define CHECK_BAD(change)                                                                                   \
        ({                                                                                                  \
                r = c.record;                                                                               \
                change;                                                                                     \
                assert_int_equal(trust_record_check(&r), -EBADMSG);                                         \
        })
        CHECK_BAD(r.magic++);
        CHECK_BAD(r.admitted = 2);
        CHECK_BAD(r.require = 3);
        CHECK_BAD(r.unenforced = 1); /* without a reason */
        CHECK_BAD(r.n_keys = 0);
        CHECK_BAD(r.n_keys = 2);
        CHECK_BAD(r.threshold = 2);
        CHECK_BAD(r.n_attempts = TRUST_SIGNATURES_MAX + 1);
        CHECK_BAD(r.attempts[0].kind = _TRUST_SIGNATURE_KIND_MAX);
        CHECK_BAD(r.attempts[0].good = 2);
        CHECK_BAD(r.attempts[0].good = 0); /* without a reason */
        CHECK_BAD(r.attempts[0].fingerprint[0] = '\0');
        CHECK_BAD(memset(r.attempts[0].key_id, 'A', sizeof(r.attempts[0].key_id)));
        CHECK_BAD(memset(r.attempts[0].fingerprint, 'A', sizeof(r.attempts[0].fingerprint)));
        CHECK_BAD(memset(r.attempts[0].algorithm, 'A', sizeof(r.attempts[0].algorithm)));
        CHECK_BAD(memset(r.attempts[0].reason, 'A', sizeof(r.attempts[0].reason)));
        CHECK_BAD(memset(r.reason, 'A', sizeof(r.reason)));
        CHECK_BAD(r.reason[0] = 'A'); /* and admitted */
        CHECK_BAD(r.admitted = 0);    /* without a reason */
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_no_rule),
                cmocka_unit_test(test_broken_rule),
                cmocka_unit_test(test_broken_rule_nothing),
                cmocka_unit_test(test_nothing),
                cmocka_unit_test(test_stage1),
                cmocka_unit_test(test_stage1_unenforced),
                cmocka_unit_test(test_stage1_of_refused),
                cmocka_unit_test(test_digest),
                cmocka_unit_test(test_cosign),
                cmocka_unit_test(test_no_veto),
                cmocka_unit_test(test_signed_name),
                cmocka_unit_test(test_another_image),
                cmocka_unit_test(test_kind_of_key),
                cmocka_unit_test(test_openpgp),
                cmocka_unit_test(test_openpgp_subkey),
                cmocka_unit_test(test_openpgp_refusals),
                cmocka_unit_test(test_threshold),
                cmocka_unit_test(test_unenforced),
                cmocka_unit_test(test_no_signature_in_it),
                cmocka_unit_test(test_twins),
                cmocka_unit_test(test_best_reason),
                cmocka_unit_test(test_now_counts),
                cmocka_unit_test(test_no_document),
                cmocka_unit_test(test_signer_then_rule),
                cmocka_unit_test(test_foreign_source),
                cmocka_unit_test(test_long_reason),
                cmocka_unit_test(test_too_many_signatures),
                cmocka_unit_test(test_record_check),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
