/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the test of OpenPGP keys and detached signatures.
 * Never: makes them (test/corpus-tools/make-openpgp.sh, make-openpgp.js and make-openpgp-hostile*.py did, with GnuPG, OpenPGP.js and
 *        openssl).
 * Follows: STYLE.md, "Tests". */

#include "corpus.h"

#include "basic/strv.h"
#include "trust/armor.h"
#include "trust/key.h"
#include "trust/openpgp-hash.h"
#include "trust/openpgp-verify.h"

#define NOW 1748736000 /* 2025-06-01 */

static int parse_key(const void *data, size_t size, char **reterr_why) {
        _cleanup_trust_key_ TrustKey *key = NULL;
        int r = trust_key_parse(data, size, &key, reterr_why);

        if (r >= 0)
                assert_int_equal(trust_key_kind(key), TRUST_KEY_OPENPGP);
        return r;
}

static int parse_signatures(const void *data, size_t size, char **reterr_why) {
        _cleanup_openpgp_signatures_ OpenPgpSignatures *list = NULL;
        int r = openpgp_signatures_parse(data, size, &list, reterr_why);

        if (r >= 0) {
                assert_true(openpgp_signatures_count(list) > 0);
                assert_null(openpgp_signatures_at(list, openpgp_signatures_count(list)));
        }
        return r;
}

static int parse_armor(const void *data, size_t size, char **reterr_why) {
        _cleanup_blob_ Blob blob = {};
        return armor_decode(cursor_of(data, size), "PGP SIGNATURE", &blob, reterr_why);
}

static void test_armor_must_pass(void **state) {
        corpus_must_pass("armor", parse_armor);
}

static void test_armor_must_fail(void **state) {
        corpus_must_fail("armor", parse_armor);
}

static void test_keys_must_pass(void **state) {
        corpus_must_pass("openpgp-key", parse_key);
}

static void test_keys_must_fail(void **state) {
        corpus_must_fail("openpgp-key", parse_key);
}

static void test_signatures_must_pass(void **state) {
        corpus_must_pass("openpgp-signature", parse_signatures);
}

static void test_signatures_must_fail(void **state) {
        corpus_must_fail("openpgp-signature", parse_signatures);
}

static void load(const char *parser, const char *which, const char *name, Blob *ret) {
        _cleanup_close_ int fd = corpus_open(parser, which);

        if (file_read_at(fd, name, 8 * 1024 * 1024, ret) < 0)
                fail_msg("Cannot read '%s' in %s/%s", name, parser, which);
}

static TrustKey *load_key(const char *name) {
        _cleanup_blob_ Blob blob = {};
        TrustKey *key = NULL;

        load("openpgp-key", "must-pass", name, &blob);
        assert_return_code(trust_key_parse(blob.data, blob.size, &key, NULL), 0);
        return key;
}

static OpenPgpSignatures *load_signatures(const char *name) {
        _cleanup_blob_ Blob blob = {};
        OpenPgpSignatures *list = NULL;

        load("openpgp-signature", "must-pass", name, &blob);
        assert_return_code(openpgp_signatures_parse(blob.data, blob.size, &list, NULL), 0);
        return list;
}

/* Hashes in pieces of a size that divides nothing. */
static OpenPgpHash *hash(const OpenPgpSignatures *list, const char *document) {
        _cleanup_blob_ Blob blob = {};
        OpenPgpHash *h = NULL;

        load("openpgp-signature", "documents", document, &blob);
        assert_return_code(openpgp_hash_new(list, &h), 0);
        for (size_t i = 0; i < blob.size; i += 4099)
                openpgp_hash_update(h, (const uint8_t *) blob.data + i, MIN(blob.size - i, (size_t) 4099));
        return h;
}

/* Key ids differ from corpus to corpus: 0xKEY. */
static void mask_key_ids(char *text) {
        for (char *p = text; (p = strstr(p, "0x"));) {
                p += 2;
                if (strspn(p, "0123456789ABCDEF") == 16) {
                        memcpy(p, "KEY", 3);
                        memmove(p + 3, p + 16, strlen(p + 16) + 1);
                }
        }
}

static char *verdict(const OpenPgpHash *h, const OpenPgpSignatures *list, size_t i, const TrustKey *key,
                     uint64_t now) {
        const OpenPgpSignature *s = openpgp_signatures_at(list, i);
        OpenPgpDigest digest = {};
        char *why = NULL;

        int q = openpgp_hash_final(h, i, &digest);
        assert_true(q == 0 || q == -EOPNOTSUPP);

        int r = openpgp_verify(s, &digest, trust_key_openpgp(key), now, &why);
        assert_int_equal(r, openpgp_verify(s, &digest, trust_key_openpgp(key), now, NULL));
        assert_true(r < 0 || q == 0);
        assert_int_equal(r < 0, why != NULL);
        if (r == 0)
                assert_return_code(str_copy("good", &why), 0);
        mask_key_ids(why);
        return why;
}

static void check_case(char *line) {
        char *fields[6], *rest = line;

        for (size_t i = 0; i < ELEMENTSOF(fields); i++) {
                fields[i] = strsep(&rest, i < 5 ? "\t" : "");
                assert_non_null(fields[i]);
        }

        _cleanup_trust_key_ TrustKey *key = load_key(fields[0]);
        _cleanup_openpgp_signatures_ OpenPgpSignatures *list = load_signatures(fields[1]);
        _cleanup_openpgp_hash_ OpenPgpHash *h = hash(list, fields[2]);
        _cleanup_free_ char *found = NULL;
        uint64_t now;

        assert_return_code(str_to_u64(fields[3], &now), 0);
        for (size_t i = 0; i < openpgp_signatures_count(list); i++) {
                _cleanup_free_ char *one = verdict(h, list, i, key, now), *joined = NULL;
                assert_return_code(str_printf(&joined, "%s%s%s", found ? found : "", found ? " | " : "",
                                              one),
                                   0);
                free(found);
                found = TAKE_PTR(joined);
        }
        if (!streq(found, fields[5]))
                fail_msg("%s by %s on %s at %s: %s, not %s", fields[1], fields[0], fields[2], fields[3],
                         found, fields[5]);
}

static void test_cases(void **state) {
        _cleanup_blob_ Blob cases = {};
        size_t n = 0;

        load("openpgp-signature", ".", "cases.tsv", &cases);
        for (char *line, *rest = cases.data; (line = strsep(&rest, "\n"));)
                if (line[0] != '\0' && line[0] != '#') {
                        check_case(line);
                        n++;
                }
        assert_true(n > 150);
}

static void check_says(const char *says) {
        _cleanup_blob_ Blob table = {};
        size_t n = 0;

        load("openpgp-key", ".", says, &table);
        for (char *line, *rest = table.data; (line = strsep(&rest, "\n")) && line[0] != '\0'; n++) {
                char file[64], fingerprint[80], revoked[16];
                unsigned long created, expires;

                assert_int_equal(sscanf(line, "%63s %79s %lu %lu %15s", file, fingerprint, &created,
                                        &expires, revoked),
                                 5);
                _cleanup_trust_key_ TrustKey *key = load_key(file);
                assert_string_equal(trust_key_fingerprint(key), fingerprint);
                assert_int_equal(trust_key_created(key), created);
                assert_int_equal(trust_key_expires(key), expires);
                assert_int_equal(trust_key_is_revoked(key), streq(revoked, "revoked"));
        }
        assert_true(n > 10);
}

/* What we read in a key is what others read. */
static void test_others_say(void **state) {
        check_says("gpg-says.tsv");
        check_says("openpgpjs-says.tsv");
}

static void check_user_ids(const char *file, const char *const *expected) {
        _cleanup_trust_key_ TrustKey *key = load_key(file);
        char *const *found = trust_key_user_ids(key);
        size_t n = strv_length(found);

        for (size_t i = 0; i < n; i++) {
                assert_non_null(expected[i]);
                assert_string_equal(found[i], expected[i]);
        }
        assert_null(expected[n]);
}

static void test_user_ids(void **state) {
        check_user_ids("ed25519.asc", (const char *const[]) { "ed25519 <ed25519@example.com>", NULL });
        check_user_ids("names.asc",
                       (const char *const[]) { "Zo\u00eb \\x5c \\x27quoted\\x27 <zoe@example.com>",
                                               "names <names@example.com>", NULL }); /* Gone is revoked */
        check_user_ids("terminal.gpg",
                       (const char *const[]) { "\\x1b[31mred\\x0anew line \\xff \\xe2\\x80\\xae", NULL });
        check_user_ids("direct-key.gpg", (const char *const[]) { NULL });
        check_user_ids("long-user-id.gpg", (const char *const[]) { NULL });
        check_user_ids("v6-ed25519.asc",
                       (const char *const[]) { "v6-ed25519 <v6-ed25519@example.com>", NULL });
        check_user_ids("v6-user-id-unbound.gpg", (const char *const[]) { NULL });
}

static void test_algorithms(void **state) {
        static const char *const expected[][2] = {
                { "ed25519.asc", "Ed25519" },
                { "ed25519.gpg", "Ed25519" },
                { "rsa2048.asc", "RSA-2048" },
                { "rsa3072.asc", "RSA-3072" },
                { "p256.asc", "ECDSA P-256" },
                { "p384.asc", "ECDSA P-384" },
                { "p521.asc", "ECDSA P-521" },
                { "rsa4096.asc", "RSA-4096" },
                { "brainpoolP384r1.asc", "ECDSA brainpoolP384r1" },
                { "native-ed25519.asc", "Ed25519" },
                { "v6-ed448.asc", "Ed448" },
        };

        for (size_t i = 0; i < ELEMENTSOF(expected); i++) {
                _cleanup_trust_key_ TrustKey *key = load_key(expected[i][0]);
                assert_string_equal(trust_key_algorithm(key), expected[i][1]);
        }
}

/* Every failure is told apart by its number. */
static void check_error(const char *key_name, const char *signature, const char *document, int expected) {
        _cleanup_trust_key_ TrustKey *key = load_key(key_name);
        _cleanup_openpgp_signatures_ OpenPgpSignatures *list = load_signatures(signature);
        _cleanup_openpgp_hash_ OpenPgpHash *h = hash(list, document);
        const OpenPgpSignature *s = openpgp_signatures_at(list, 0);
        OpenPgpDigest digest = {};

        (void) openpgp_hash_final(h, 0, &digest);
        assert_int_equal(openpgp_verify(s, &digest, trust_key_openpgp(key), NOW, NULL), expected);
}

static void test_errors(void **state) {
        check_error("ed25519.asc", "ed25519.asc", "hello", 0);
        check_error("ed25519.asc", "ed25519.asc", "other", -EKEYREJECTED);
        check_error("ed25519.asc", "ed25519-future.asc", "hello", -EKEYREJECTED);
        check_error("rsa3072.asc", "ed25519.asc", "hello", -ENOKEY);
        check_error("ed25519.asc", "ed25519-sha1.asc", "hello", -EBADMSG);
        check_error("ed25519.asc", "ed25519-text.asc", "hello", -EBADMSG);
        check_error("ed25519.asc", "ed25519-short.asc", "hello", -EKEYEXPIRED);
        check_error("expired.asc", "expired.asc", "hello", -EKEYEXPIRED);
        check_error("subkey-expired.asc", "subkey-expired.asc", "hello", -EKEYEXPIRED);
        check_error("revoked-1.asc", "revoked-1.asc", "hello", -EKEYREVOKED);
        check_error("subkey-revoked.asc", "subkey-revoked.asc", "hello", -EKEYREVOKED);
        check_error("certify-only.gpg", "plain.sig", "hello", -EPERM);
        check_error("subkey-adopted.gpg", "subkey-bound.sig", "hello", -EPERM);
        check_error("subkey-dsa.asc", "subkey-rsa1024.asc", "hello", -EPERM);
}

/* The digest can be kept as text and judged by later, without the document. It is bound to its algorithm. */
static void test_digest_is_kept(void **state) {
        _cleanup_trust_key_ TrustKey *key = load_key("rsa3072.asc");
        _cleanup_openpgp_signatures_ OpenPgpSignatures *list = load_signatures("rsa3072-sha384.asc");
        _cleanup_openpgp_hash_ OpenPgpHash *h = hash(list, "hello");
        const OpenPgpSignature *s = openpgp_signatures_at(list, 0);
        char text[OPENPGP_DIGEST_TEXT_MAX];
        OpenPgpDigest digest, kept;

        assert_return_code(openpgp_hash_final(h, 0, &digest), 0);
        assert_int_equal(digest.size, 48);
        openpgp_digest_format(&digest, text);
        assert_true(startswith(text, "sha384:"));
        assert_return_code(openpgp_digest_parse(text, &kept), 0);
        assert_int_equal(openpgp_verify(s, &kept, trust_key_openpgp(key), NOW, NULL), 0);

        kept.hash = 10;
        assert_int_equal(openpgp_verify(s, &kept, trust_key_openpgp(key), NOW, NULL), -EKEYREJECTED);
        kept = digest;
        kept.bytes[47] ^= 1;
        assert_int_equal(openpgp_verify(s, &kept, trust_key_openpgp(key), NOW, NULL), -EKEYREJECTED);
        kept = (OpenPgpDigest) {};
        assert_int_equal(openpgp_verify(s, &kept, trust_key_openpgp(key), NOW, NULL), -EKEYREJECTED);
}

static void check_digest_text(const char *text, bool good) {
        char again[OPENPGP_DIGEST_TEXT_MAX];
        OpenPgpDigest digest;

        assert_int_equal(openpgp_digest_parse(text, &digest), good ? 0 : -EINVAL);
        if (good) {
                openpgp_digest_format(&digest, again);
                assert_string_equal(again, text);
        }
}

#define HEX32 "0123456789abcdef0123456789abcdef"

static void test_digest_text(void **state) {
        check_digest_text("sha256:" HEX32 HEX32, true);
        check_digest_text("sha3-256:" HEX32 HEX32, true);
        check_digest_text("sha3-512:" HEX32 HEX32 HEX32 HEX32, true);
        check_digest_text("sha512:" HEX32 HEX32, false);
        check_digest_text("sha256:" HEX32 HEX32 "0", false);
        check_digest_text("sha256:" HEX32 "0123456789ABCDEF0123456789abcdef", false);
        check_digest_text("sha256" HEX32 HEX32, false);
        check_digest_text("SHA256:" HEX32 HEX32, false);
        check_digest_text("sha-256:" HEX32 HEX32, false);
        check_digest_text(":" HEX32 HEX32, false);
        check_digest_text("sha256:", false);
        check_digest_text("-", false);
        check_digest_text("", false);
}

/* A final digest does not disturb the next one, and is the same however the document came. */
static void check_hash_is_repeatable(const char *name) {
        _cleanup_openpgp_signatures_ OpenPgpSignatures *list = load_signatures(name);
        _cleanup_openpgp_hash_ OpenPgpHash *pieces = hash(list, "large"), *whole = NULL;
        _cleanup_blob_ Blob blob = {};
        OpenPgpDigest a, b, c;

        load("openpgp-signature", "documents", "large", &blob);
        assert_return_code(openpgp_hash_new(list, &whole), 0);
        openpgp_hash_update(whole, blob.data, blob.size);
        assert_return_code(openpgp_hash_final(pieces, 0, &a), 0);
        assert_return_code(openpgp_hash_final(pieces, 0, &b), 0);
        assert_return_code(openpgp_hash_final(whole, 0, &c), 0);
        assert_true(memcmp(&a, &b, sizeof(a)) == 0);
        assert_true(memcmp(&a, &c, sizeof(a)) == 0);

        openpgp_hash_update(whole, "x", 1);
        assert_return_code(openpgp_hash_final(whole, 0, &c), 0);
        assert_false(memcmp(&a, &c, sizeof(a)) == 0);
}

static void test_hash_is_repeatable(void **state) {
        check_hash_is_repeatable("ed25519-large.asc");
        check_hash_is_repeatable("v6-ed25519-large.asc"); /* salted */
}

static void test_issuer(void **state) {
        _cleanup_openpgp_signatures_ OpenPgpSignatures *named = load_signatures("ed25519.asc"),
                                                       *nameless = load_signatures("no-hints.sig");
        _cleanup_trust_key_ TrustKey *key = load_key("ed25519.asc");
        char id[OPENPGP_KEY_ID_TEXT_MAX];

        openpgp_signature_issuer(openpgp_signatures_at(named, 0), id);
        assert_int_equal(strlen(id), 18);
        assert_string_equal(id + 2, trust_key_fingerprint(key) + 24);
        openpgp_signature_issuer(openpgp_signatures_at(nameless, 0), id);
        assert_string_equal(id, "");
}

/* Where the unhashed area of the one signature in a binary file lies: nothing else of it may be changed. */
static void find_unhashed(const Blob *file, size_t *ret_start, size_t *ret_end) {
        _cleanup_openpgp_signatures_ OpenPgpSignatures *list = NULL;

        assert_return_code(openpgp_signatures_parse(file->data, file->size, &list, NULL), 0);
        const OpenPgpSignature *s = openpgp_signatures_at(list, 0);
        const uint8_t *data = file->data, *hashed = memmem(data, file->size, s->hashed.p, s->hashed.n);
        assert_non_null(hashed);

        size_t at = (size_t) (hashed - data) + s->hashed.n, n = 0;
        for (size_t i = 0; i < (s->version == 4 ? 2 : 4); i++)
                n = n << 8 | data[at++];
        *ret_start = at;
        *ret_end = at + n;
        assert_true(*ret_end < file->size);
}

static bool verifies(const void *data, size_t size, const TrustKey *key) {
        _cleanup_openpgp_signatures_ OpenPgpSignatures *list = NULL;
        _cleanup_free_ char *why = NULL;
        _cleanup_openpgp_hash_ OpenPgpHash *h = NULL;
        bool good = false;

        int r = openpgp_signatures_parse(data, size, &list, &why);
        if (r < 0) {
                assert_int_equal(r, -EBADMSG);
                assert_non_null(why);
                return false;
        }

        h = hash(list, "hello");
        for (size_t i = 0; i < openpgp_signatures_count(list); i++) {
                _cleanup_free_ char *text = verdict(h, list, i, key, NOW);
                good |= streq(text, "good");
        }
        return good;
}

/* Of the exact size on the heap, so that reading too far is seen. */
static uint8_t *copy_of(const Blob *blob, size_t size) {
        uint8_t *copy = malloc(MAX(size, (size_t) 1));

        assert_non_null(copy);
        return memcpy(copy, blob->data, size);
}

static void check_signature_damage(const char *signature, const char *key_name) {
        _cleanup_trust_key_ TrustKey *key = load_key(key_name);
        _cleanup_blob_ Blob blob = {};
        size_t start, end, harmless = 0;

        load("openpgp-signature", "must-pass", signature, &blob);
        find_unhashed(&blob, &start, &end);
        assert_true(verifies(blob.data, blob.size, key));

        for (size_t i = 0; i < blob.size; i++) {
                _cleanup_free_ uint8_t *cut = copy_of(&blob, i);
                assert_false(verifies(cut, i, key));
        }

        for (size_t i = 0; i < blob.size * 8; i++) {
                _cleanup_free_ uint8_t *copy = copy_of(&blob, blob.size);

                copy[i / 8] ^= 1 << i % 8;
                if (!verifies(copy, blob.size, key))
                        continue;
                if (i / 8 < start || i / 8 >= end)
                        fail_msg("%s verifies with bit %zu of byte %zu flipped", signature, i % 8, i / 8);
                harmless++;
        }
        assert_true(harmless <= (end - start) * 8 && (start == end || harmless > 0));
}

static void test_signature_damage(void **state) {
        check_signature_damage("ed25519.sig", "ed25519.asc");
        check_signature_damage("rsa3072.sig", "rsa3072.asc");
        check_signature_damage("v6-ed25519.sig", "v6-ed25519.asc");
}

/* In armor, only what is behind the data, in its header or unhashed can be changed: what then verifies says
 * the same. */
static void test_armor_damage(void **state) {
        _cleanup_trust_key_ TrustKey *key = load_key("ed25519.asc");
        _cleanup_openpgp_signatures_ OpenPgpSignatures *whole = load_signatures("ed25519.asc");
        const OpenPgpSignature *good = openpgp_signatures_at(whole, 0);
        _cleanup_blob_ Blob blob = {};

        load("openpgp-signature", "must-pass", "ed25519.asc", &blob);
        for (size_t i = 0; i < blob.size - 1; i++) { /* without the last line end it is whole */
                _cleanup_free_ uint8_t *cut = copy_of(&blob, i);
                assert_false(verifies(cut, i, key));
        }

        for (size_t i = 0; i < blob.size * 8; i++) {
                _cleanup_openpgp_signatures_ OpenPgpSignatures *list = NULL;
                _cleanup_free_ uint8_t *copy = copy_of(&blob, blob.size);

                copy[i / 8] ^= 1 << i % 8;
                if (!verifies(copy, blob.size, key))
                        continue;
                assert_return_code(openpgp_signatures_parse(copy, blob.size, &list, NULL), 0);
                assert_int_equal(openpgp_signatures_count(list), 1);
                const OpenPgpSignature *s = openpgp_signatures_at(list, 0);
                assert_true(cursor_equal(s->hashed, good->hashed.p, good->hashed.n));
                assert_true(cursor_equal(s->material, good->material.p, good->material.n));
        }
}

/* A damaged key is refused, or it is still the same primary key: what was damaged was a hint or a part we
 * pass over. */
static void check_key_damage(const char *name) {
        _cleanup_trust_key_ TrustKey *whole = load_key(name);
        _cleanup_blob_ Blob blob = {};

        load("openpgp-key", "must-pass", name, &blob);
        for (size_t i = 0; i < blob.size * 2; i++) { /* cut, then with a bit flipped */
                _cleanup_trust_key_ TrustKey *key = NULL;
                _cleanup_free_ char *why = NULL;
                size_t size = MIN(i, blob.size);
                _cleanup_free_ uint8_t *copy = copy_of(&blob, size);

                if (i >= blob.size)
                        copy[i - blob.size] ^= 1 << i % 8;
                int r = trust_key_parse(copy, size, &key, &why);
                if (r < 0) {
                        assert_int_equal(r, -EBADMSG);
                        assert_non_null(why);
                } else
                        assert_string_equal(trust_key_fingerprint(key), trust_key_fingerprint(whole));
        }
}

static void test_key_damage(void **state) {
        check_key_damage("ed25519.gpg");
        check_key_damage("subkey-bound.gpg");
        check_key_damage("p256-plain.gpg");
        check_key_damage("v6-subkey-bound.gpg");
        check_key_damage("ed25519.asc");
}

static void test_key_too_large(void **state) {
        _cleanup_free_ char *why = NULL;
        TrustKey *key = NULL;
        void *large = calloc(1, TRUST_KEY_SIZE_MAX + 1);

        assert_non_null(large);
        assert_int_equal(trust_key_parse(large, TRUST_KEY_SIZE_MAX + 1, &key, &why), -EBADMSG);
        assert_string_equal(why, "is larger than 1048576 bytes");
        assert_null(key);
        free(large);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_armor_must_pass),
                cmocka_unit_test(test_armor_must_fail),
                cmocka_unit_test(test_keys_must_pass),
                cmocka_unit_test(test_keys_must_fail),
                cmocka_unit_test(test_signatures_must_pass),
                cmocka_unit_test(test_signatures_must_fail),
                cmocka_unit_test(test_cases),
                cmocka_unit_test(test_others_say),
                cmocka_unit_test(test_user_ids),
                cmocka_unit_test(test_algorithms),
                cmocka_unit_test(test_errors),
                cmocka_unit_test(test_digest_is_kept),
                cmocka_unit_test(test_digest_text),
                cmocka_unit_test(test_hash_is_repeatable),
                cmocka_unit_test(test_issuer),
                cmocka_unit_test(test_signature_damage),
                cmocka_unit_test(test_armor_damage),
                cmocka_unit_test(test_key_damage),
                cmocka_unit_test(test_key_too_large),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
