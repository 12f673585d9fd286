/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the test of trust/claim.h.
 * Never: signs; cosign's own claims are in test-cosign.c.
 * Follows: STYLE.md, "Tests". Claims: test/corpus-tools/make-claims.py. */

#include "corpus.h"

#include "trust/claim.h"

#define NAME "quay.io/coreos/etcd"
#define HEX "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define OTHER "sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"

static Digest digests[2];

static int set_up(void **state) {
        return digest_parse(OTHER, &digests[0]) < 0 || digest_parse("sha256:" HEX, &digests[1]) < 0 ? -1 : 0;
}

/* `asked` may be NULL with RULE_SIGNED_NAME_ANY. */
static int check(const void *data, size_t size, ClaimType type, RuleSignedName signed_name,
                 const char *asked, char **reterr_why) {
        _cleanup_reference_ Reference *reference = NULL;
        size_t digest = 99;

        if (asked)
                assert_return_code(reference_parse(asked, &reference, NULL), 0);
        const ClaimWanted wanted = {
                .digests = digests,
                .n_digests = ELEMENTSOF(digests),
                .signed_name = signed_name,
                .reference = reference,
        };
        int r = claim_check(cursor_of(data, size), type, &wanted, &digest, reterr_why);

        assert_true(r == 0 || r == -EPERM);
        assert_int_equal(digest, r == 0 ? 1 : 99);
        return r;
}

static int parse(const void *data, size_t size, char **reterr_why) {
        int r = check(data, size, CLAIM_ATOMIC, RULE_SIGNED_NAME_REPOSITORY, NAME ":v3.5", reterr_why);
        return r < 0 ? -EBADMSG : 0;
}

static void test_must_pass(void **state) {
        corpus_must_pass("claim", parse);
}

static void test_must_fail(void **state) {
        corpus_must_fail("claim", parse);
}

static void test_damage(void **state) {
        corpus_survives_damage("claim", parse);
}

static char *claim(const char *type, const char *name, const char *optional) {
        char *text = NULL;

        assert_return_code(str_printf(&text,
                                      "{\"critical\":{\"identity\":{\"docker-reference\":\"%s\"},"
                                      "\"image\":{\"docker-manifest-digest\":\"sha256:" HEX "\"},"
                                      "\"type\":\"%s\"},\"optional\":%s}",
                                      name, type, optional),
                           0);
        return text;
}

static int check_text(const char *text, ClaimType type) {
        return check(text, strlen(text), type, RULE_SIGNED_NAME_ANY, NULL, NULL);
}

/* What one format takes and the other does not. */
static void test_types(void **state) {
        _cleanup_free_ char *atomic = claim("atomic container signature", NAME, "{}"),
                            *atomic_null = claim("atomic container signature", NAME, "null"),
                            *cosign = claim("cosign container image signature", NAME, "{}"),
                            *cosign_null = claim("cosign container image signature", NAME, "null");

        assert_int_equal(check_text(atomic, CLAIM_ATOMIC), 0);
        assert_int_equal(check_text(atomic, CLAIM_COSIGN), -EPERM);
        assert_int_equal(check_text(atomic_null, CLAIM_ATOMIC), -EPERM);
        assert_int_equal(check_text(cosign, CLAIM_ATOMIC), -EPERM);
        assert_int_equal(check_text(cosign, CLAIM_COSIGN), 0);
        assert_int_equal(check_text(cosign_null, CLAIM_COSIGN), 0);
}

static void test_size(void **state) {
        _cleanup_free_ char *text = claim("atomic container signature", NAME, "{}"), *why = NULL;
        _cleanup_free_ char *padded = malloc(CLAIM_SIZE_MAX + 1);

        assert_non_null(padded);
        memset(padded, ' ', CLAIM_SIZE_MAX + 1);
        memcpy(padded, text, strlen(text));
        assert_int_equal(parse(padded, CLAIM_SIZE_MAX, NULL), 0);
        assert_int_equal(parse(padded, CLAIM_SIZE_MAX + 1, &why), -EBADMSG);
        assert_string_equal(why, "signs more than 65536 bytes");
}

/* Signed, asked for, and whether that is the same repository and the very same name. */
static void test_names(void **state) {
        static const struct {
                const char *name, *asked;
                bool repository, exact;
        } table[] = {
                { NAME ":v3", NAME ":v3", true, true },
                { NAME ":v3", NAME ":v4", true, false },
                { NAME ":v3", NAME, true, false },
                { NAME ":latest", NAME, true, true },
                { NAME, NAME, true, false }, /* nothing says which image */
                { NAME, NAME ":latest", true, false },
                { NAME, NAME "@sha256:" HEX, true, false },
                { NAME "@sha256:" HEX, NAME "@sha256:" HEX, true, true },
                { NAME "@" OTHER, NAME "@sha256:" HEX, true, false },
                { NAME ":v3@sha256:" HEX, NAME ":v3@sha256:" HEX, true, true },
                { NAME ":v3@sha256:" HEX, NAME "@sha256:" HEX, true, false },
                { NAME ":v3", NAME ":v3@sha256:" HEX, true, false },
                { "busybox:1", "docker.io/library/busybox:1", true, true },
                { "docker.io/busybox:1", "busybox:1", true, true },
                { "index.docker.io/library/busybox:1", "busybox:1", true, true },
                { "busybox", "busybox", true, false },
                { "docker.io/library/busybox", "busybox:latest", true, false },
                { "localhost:5000/busybox", "localhost:5000/busybox:latest", true, false },
                { "localhost:5000/busybox:1", "localhost:5000/busybox:1", true, true },
                { "localhost:5000/busybox:1", "localhost/busybox:1", false, false },
                { "localhost:5000", "docker.io/library/localhost:5000", true, true },
                { "busybox/busybox:1", "busybox:1", false, false },
                { "busybox:1", "quay.io/library/busybox:1", false, false },
                { "docker://" NAME ":v3", NAME ":v3", false, false },
                { NAME ":v3", "oci:/srv/images:v3", false, false },
                { "oci:/srv/images:v3", "oci:/srv/images:v3", false, false },
                { NAME, "aci:" NAME, false, false },
                { "aci:" NAME, "aci:" NAME, false, false },
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_free_ char *text = claim("atomic container signature", table[i].name, "{}");
                size_t n = strlen(text);
                int repository = check(text, n, CLAIM_ATOMIC, RULE_SIGNED_NAME_REPOSITORY, table[i].asked,
                                       NULL);
                int exact = check(text, n, CLAIM_ATOMIC, RULE_SIGNED_NAME_EXACT, table[i].asked, NULL);

                if ((repository == 0) != table[i].repository || (exact == 0) != table[i].exact)
                        fail_msg("'%s' signed, '%s' asked for: repository %d, exact %d", table[i].name,
                                 table[i].asked, repository, exact);
                assert_int_equal(check_text(text, CLAIM_ATOMIC), 0);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_must_pass), cmocka_unit_test(test_must_fail),
                cmocka_unit_test(test_damage),    cmocka_unit_test(test_types),
                cmocka_unit_test(test_size),      cmocka_unit_test(test_names),
        };

        return cmocka_run_group_tests(tests, set_up, NULL);
}
