/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the test of registry-client/referrers.h.
 * Never: fetches anything.
 * Follows: registry-client/referrers.h. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "basic/str.h"
#include "registry-client/referrers.h"

#define MANIFEST "\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\""
#define BUNDLE "\"artifactType\":\"application/vnd.dev.sigstore.bundle.v0.3+json\""

/* A list of `n` entries, each with these members and, from `first` on, a digest of its own. */
static OciIndex *make_index(const char *members, unsigned first, unsigned n) {
        _cleanup_free_ char *text = NULL, *why = NULL;
        OciIndex *index = NULL;
        size_t size;

        FILE *f = open_memstream(&text, &size);
        assert_non_null(f);
        fputs("{\"schemaVersion\":2,\"manifests\":[", f);
        for (unsigned i = 0; i < n; i++)
                fprintf(f, "%s{%s,\"size\":%u,\"digest\":\"sha256:%064x\"}", i > 0 ? "," : "", members, i,
                        first + i);
        fputs("]}", f);
        assert_int_equal(fclose(f), 0);

        if (oci_index_parse(text, size, &index, &why) < 0)
                fail_msg("%s", why);
        return index;
}

static void add(Referrers *r, const char *members, unsigned first, unsigned n, bool is_claimed) {
        _cleanup_(oci_index_freep) OciIndex *index = make_index(members, first, n);
        referrers_add(r, index, is_claimed);
}

static void test_taken(void **state) {
        static const char *const members[] = {
                MANIFEST "," BUNDLE,
                MANIFEST ",\"artifactType\":\"application/vnd.dev.sigstore.bundle+json;version=0.2\"",
                MANIFEST ",\"artifactType\":\"application/vnd.dev.cosign.artifact.sig.v1+json\"",
                MANIFEST
                "," BUNDLE
                ",\"annotations\":{\"dev.sigstore.bundle.predicateType\":\"https://sigstore.dev/cosign/sign/v1\"}",
                MANIFEST, /* it may be one */
        };

        for (size_t i = 0; i < ELEMENTSOF(members); i++) {
                Referrers r = {};

                add(&r, members[i], 1, 1, /* is_claimed= */ true);
                assert_int_equal(r.n, 1);
                assert_true(r.items[0].is_claimed);
                assert_false(r.full);
        }
}

static void test_passed_over(void **state) {
        static const char *const members[] = {
                MANIFEST ",\"artifactType\":\"application/vnd.example.sbom\"",
                MANIFEST ",\"artifactType\":\"application/vnd.dev.sigstore.bundl\"",
                MANIFEST ",\"artifactType\":\"\"",
                "\"mediaType\":\"application/vnd.oci.image.index.v1+json\"," BUNDLE,
                "\"mediaType\":\"application/octet-stream\"," BUNDLE,
                MANIFEST
                "," BUNDLE
                ",\"annotations\":{\"dev.sigstore.bundle.predicateType\":\"https://slsa.dev/provenance/v1\"}",
        };

        for (size_t i = 0; i < ELEMENTSOF(members); i++) {
                Referrers r = {};

                add(&r, members[i], 1, 1, /* is_claimed= */ true);
                assert_int_equal(r.n, 0);
                assert_false(r.full);
        }
}

/* What index.json of a layout names and says nothing of is an image. */
static void test_not_claimed(void **state) {
        Referrers r = {};

        add(&r, MANIFEST, 1, 3, /* is_claimed= */ false);
        assert_int_equal(r.n, 0);
        add(&r, MANIFEST "," BUNDLE, 1, 3, /* is_claimed= */ false);
        assert_int_equal(r.n, 3);
        assert_false(r.items[0].is_claimed);
}

static void test_limits(void **state) {
        Referrers r = {};

        add(&r, MANIFEST, 1, 16, true);
        assert_false(r.full);
        add(&r, MANIFEST, 1, 16, true); /* the same */
        assert_false(r.full);
        add(&r, MANIFEST, 100, 1, true);
        assert_true(r.full);
        assert_int_equal(r.n, 16);

        r.full = false;
        add(&r, MANIFEST "," BUNDLE, 1000, REFERRERS_MAX - 16, true);
        assert_false(r.full);
        assert_int_equal(r.n, REFERRERS_MAX);
        assert_int_equal(r.items[REFERRERS_MAX - 1].size, REFERRERS_MAX - 17);
        add(&r, MANIFEST "," BUNDLE, 1000, 1, true);
        assert_false(r.full);
        add(&r, MANIFEST "," BUNDLE, 2000, 1000, true);
        assert_true(r.full);
        assert_int_equal(r.n, REFERRERS_MAX);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_taken),
                cmocka_unit_test(test_passed_over),
                cmocka_unit_test(test_not_claimed),
                cmocka_unit_test(test_limits),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
