/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: digests as text and as bytes.
 * Never: accepts a digest that is cut short or written another way.
 * Follows: OCI image-spec, descriptor.md, "Digests"; App Container spec, types.md, "Image ID Type". */

#include "basic/str.h"
#include "image/digest.h"

#define PREFIX_DIGITS_MIN 8U

static const struct {
        const char *name;
        size_t size;
} algorithms[] = {
        [DIGEST_SHA256] = { "sha256", 32 },
        [DIGEST_SHA384] = { "sha384", 48 },
        [DIGEST_SHA512] = { "sha512", 64 },
};

/* Finds the algorithm that `text` begins with; returns what comes behind its name, or NULL. */
static const char *split_algorithm(const char *text, DigestAlgorithm *ret) {
        for (size_t i = 0; i < ELEMENTSOF(algorithms); i++) {
                const char *rest = startswith(text, algorithms[i].name);
                if (rest) {
                        *ret = i;
                        return rest;
                }
        }

        return NULL;
}

static int parse(const char *text, char separator, Digest *ret) {
        Digest d = {};

        const char *rest = split_algorithm(text, &d.algorithm);
        if (!rest || *rest != separator || hex_decode(rest + 1, d.bytes, digest_size(d.algorithm)) < 0)
                return -EINVAL;

        *ret = d;
        return 0;
}

int digest_parse(const char *text, Digest *ret) {
        return parse(text, ':', ret);
}

int digest_parse_id(const char *text, Digest *ret) {
        return parse(text, '-', ret);
}

static void format(const Digest *d, char separator, char ret[static DIGEST_TEXT_MAX]) {
        char *p = stpcpy(ret, algorithms[d->algorithm].name);
        *p++ = separator;
        hex_encode(d->bytes, digest_size(d->algorithm), p);
}

void digest_format(const Digest *d, char ret[static DIGEST_TEXT_MAX]) {
        format(d, ':', ret);
}

void digest_format_id(const Digest *d, char ret[static DIGEST_TEXT_MAX]) {
        format(d, '-', ret);
}

size_t digest_size(DigestAlgorithm algorithm) {
        return algorithms[algorithm].size;
}

bool digest_equal(const Digest *a, const Digest *b) {
        return a->algorithm == b->algorithm && memcmp(a->bytes, b->bytes, digest_size(a->algorithm)) == 0;
}

int digest_compare(const void *a, const void *b) {
        const Digest *x = a, *y = b;

        if (x->algorithm != y->algorithm)
                return x->algorithm < y->algorithm ? -1 : 1;
        return memcmp(x->bytes, y->bytes, sizeof(x->bytes));
}

bool digest_prefix_is_valid(const char *text) {
        DigestAlgorithm algorithm;

        const char *rest = split_algorithm(text, &algorithm);
        if (!rest || (*rest != ':' && *rest != '-'))
                return false;

        size_t n = strlen(rest + 1);
        return n >= PREFIX_DIGITS_MIN && n <= 2 * digest_size(algorithm) &&
               in_charset(rest + 1, DIGITS "abcdef");
}
