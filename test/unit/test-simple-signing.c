/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the test of trust/simple-signing.h: what gpg and skopeo sign, and what might pass for that.
 * Never: signs (test/corpus-tools/make-simple-signing.py had it done).
 * Follows: STYLE.md, "Tests". cases.tsv says what is expected, skopeo-says.tsv what skopeo makes of the same,
 *          differences.tsv why we think otherwise. */

#include "corpus.h"

#include "image/hasher.h"
#include "trust/key.h"
#include "trust/simple-signing.h"

#define NOW 1748736000 /* 2025-06-01 */
#define SIGNED_AT 1706745600

static Digest digests[2];

static void load(const char *directory, const char *name, Blob *ret) {
        _cleanup_close_ int fd = corpus_open("simple-signing", directory);

        if (file_read_at(fd, name, 1024 * 1024, ret) < 0)
                fail_msg("Cannot read '%s' in simple-signing/%s", name, directory);
}

static int set_up(void **state) {
        _cleanup_blob_ Blob manifest = {};

        load(".", "manifest", &manifest);
        return digest_of(DIGEST_SHA256, "another", 7, &digests[0]) < 0 ||
                                               digest_of(DIGEST_SHA256, manifest.data, manifest.size,
                                                         &digests[1]) < 0
                               ? -1
                               : 0;
}

static TrustKey *load_key(const char *name) {
        _cleanup_free_ char *file = NULL;
        _cleanup_blob_ Blob text = {};
        TrustKey *key = NULL;

        assert_return_code(str_printf(&file, "%s.asc", name), 0);
        load("keys", file, &text);
        assert_return_code(trust_key_parse(text.data, text.size, &key, NULL), 0);
        return key;
}

static RuleSignedName signed_name_of(const char *text) {
        if (streq(text, "exact"))
                return RULE_SIGNED_NAME_EXACT;
        if (streq(text, "any"))
                return RULE_SIGNED_NAME_ANY;

        assert_string_equal(text, "repository");
        return RULE_SIGNED_NAME_REPOSITORY;
}

typedef struct Asked {
        const TrustKey *key;
        const char *name;
        RuleSignedName signed_name;
} Asked;

static int verify(const Asked *asked, const void *data, size_t size, char **reterr_why) {
        _cleanup_reference_ Reference *reference = NULL;
        SimpleSigned s = { .digest = 99 };

        assert_return_code(reference_parse(asked->name, &reference, NULL), 0);
        const ClaimWanted wanted = {
                .digests = digests,
                .n_digests = ELEMENTSOF(digests),
                .signed_name = asked->signed_name,
                .reference = reference,
        };
        int r = simple_signing_verify(trust_key_openpgp(asked->key), cursor_of(data, size), NOW, &wanted, &s,
                                      reterr_why);

        assert_int_equal(s.digest, r == 0 ? 1 : 99);
        assert_int_equal(s.signed_at, r == 0 ? SIGNED_AT : 0);
        return r;
}

/* Cuts a line of a table into fields. */
static bool next_row(char **rest, char *fields[], size_t n) {
        char *line;

        do {
                line = strsep(rest, "\n");
                if (!line)
                        return false;
        } while (line[0] == '\0' || line[0] == '#');

        for (size_t i = 0; i < n; i++) {
                fields[i] = strsep(&line, "\t");
                assert_non_null(fields[i]);
        }
        assert_null(line);
        return true;
}

typedef enum Field {
        FIELD_FILE,
        FIELD_KEY,
        FIELD_NAME,
        FIELD_SIGNED_NAME,
        FIELD_EXPECTED,
        FIELD_REASON,
        FIELD_MAKER,
        _FIELD_MAX,
} Field;

static void check_case(char *fields[]) {
        _cleanup_trust_key_ TrustKey *key = load_key(fields[FIELD_KEY]);
        const char *file = fields[FIELD_FILE], *expected = fields[FIELD_EXPECTED];
        const Asked asked = {
                .key = key,
                .name = fields[FIELD_NAME],
                .signed_name = signed_name_of(fields[FIELD_SIGNED_NAME]),
        };
        _cleanup_free_ char *why = NULL;
        _cleanup_blob_ Blob message = {};

        load("messages", file, &message);
        int r = verify(&asked, message.data, message.size, &why);
        assert_int_equal(r, verify(&asked, message.data, message.size, NULL));
        assert_int_equal(r < 0, why != NULL);
        if (!streq(r < 0 ? strerrorname_np(-r) : "0", expected))
                fail_msg("%s: returns %d (%s), not %s", file, r, why, expected);
        if (why && !strstr(why, fields[FIELD_REASON]))
                fail_msg("%s: the message should have '%s': %s", file, fields[FIELD_REASON], why);
}

static size_t check_table(const char *file) {
        _cleanup_blob_ Blob table = {};
        char *fields[_FIELD_MAX];
        size_t n = 0;

        load(".", file, &table);
        for (char *rest = table.data; next_row(&rest, fields, _FIELD_MAX); n++)
                check_case(fields);
        return n;
}

static void test_cases(void **state) {
        assert_true(check_table("cases.tsv") > 150);
}

/* Version 6, and messages that are not by gpg. */
static void test_cases_js(void **state) {
        assert_true(check_table("cases-js.tsv") > 10);
}

/* The row of a table that begins with this field, or NULL. */
static const char *find_row(const Blob *table, const char *file) {
        size_t n = strlen(file);

        for (const char *p = table->data; p && *p; p = strchr(p, '\n') ? strchr(p, '\n') + 1 : NULL)
                if (strncmp(p, file, n) == 0 && p[n] == '\t')
                        return p + n + 1;
        return NULL;
}

/* Where skopeo thinks otherwise there is a reason, and nowhere else. */
static void test_skopeo_says(void **state) {
        _cleanup_blob_ Blob table = {}, says = {}, differences = {};
        char *fields[_FIELD_MAX];

        load(".", "cases.tsv", &table);
        load(".", "skopeo-says.tsv", &says);
        load(".", "differences.tsv", &differences);
        for (char *rest = table.data; next_row(&rest, fields, _FIELD_MAX);) {
                const char *verdict = find_row(&says, fields[FIELD_FILE]);
                bool ours = streq(fields[FIELD_EXPECTED], "0");

                assert_non_null(verdict);
                if ((ours == (startswith(verdict, "good\t") != NULL)) ==
                    (find_row(&differences, fields[FIELD_FILE]) != NULL))
                        fail_msg("%s: skopeo-says.tsv and differences.tsv do not agree", fields[FIELD_FILE]);
        }
}

/* Each bit counts, or it means nothing: verify() compares what comes out. */
static void check_flips(const char *file, const char *key_name) {
        _cleanup_trust_key_ TrustKey *key = load_key(key_name);
        const Asked asked = { .key = key,
                              .name = "quay.io/coreos/etcd:v3.5",
                              .signed_name = RULE_SIGNED_NAME_EXACT };
        _cleanup_blob_ Blob message = {};
        size_t n_good = 0;

        load("messages", file, &message);
        assert_int_equal(verify(&asked, message.data, message.size, NULL), 0);
        for (size_t i = 0; i < message.size * 8; i++) {
                _cleanup_free_ uint8_t *copy = malloc(message.size);

                assert_non_null(copy);
                memcpy(copy, message.data, message.size);
                copy[i / 8] ^= 1 << i % 8;
                n_good += verify(&asked, copy, message.size, NULL) == 0;
        }
        print_message("# %s: %zu of %zu bits mean nothing\n", file, n_good, message.size * 8);
        assert_true(n_good < message.size);
}

static void test_flips(void **state) {
        check_flips("uncompressed", "main");
        check_flips("js-v6-zip", "js-v6-ed25519");
}

static void test_cut_off(void **state) {
        _cleanup_trust_key_ TrustKey *key = load_key("main");
        const Asked asked = { .key = key, .name = "quay.io/coreos/etcd:v3.5" };
        static const char *const files[] = { "uncompressed", "zip", "zlib", "large" };

        for (size_t i = 0; i < ELEMENTSOF(files); i++) {
                _cleanup_blob_ Blob message = {};

                load("messages", files[i], &message);
                for (size_t n = 0; n < message.size; n++)
                        assert_int_equal(verify(&asked, message.data, n, NULL), -EBADMSG);
        }
}

static void test_size(void **state) {
        _cleanup_trust_key_ TrustKey *key = load_key("main");
        const Asked asked = { .key = key, .name = "quay.io/coreos/etcd:v3.5" };
        _cleanup_free_ uint8_t *large = calloc(1, SIMPLE_SIGNATURE_MAX + 1);
        _cleanup_free_ char *why = NULL;

        assert_non_null(large);
        assert_int_equal(verify(&asked, large, SIMPLE_SIGNATURE_MAX + 1, &why), -EBADMSG);
        assert_string_equal(why, "is larger than 262144 bytes");
}

static void test_issuer(void **state) {
        _cleanup_trust_key_ TrustKey *key = load_key("main");
        char id[OPENPGP_KEY_ID_TEXT_MAX], expected[OPENPGP_KEY_ID_TEXT_MAX];
        _cleanup_blob_ Blob message = {};

        openpgp_component_id(openpgp_key_at(trust_key_openpgp(key), 0), expected);
        load("messages", "zip", &message);
        assert_int_equal(simple_signing_issuer(cursor_of(message.data, message.size), id), 0);
        assert_string_equal(id, expected);
        assert_int_equal(simple_signing_issuer(cursor_of(message.data, message.size - 1), id), -EBADMSG);
        assert_int_equal(simple_signing_issuer(cursor_of(NULL, 0), id), -EBADMSG);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_cases),       cmocka_unit_test(test_cases_js),
                cmocka_unit_test(test_skopeo_says), cmocka_unit_test(test_flips),
                cmocka_unit_test(test_cut_off),     cmocka_unit_test(test_size),
                cmocka_unit_test(test_issuer),
        };

        return cmocka_run_group_tests(tests, set_up, NULL);
}
