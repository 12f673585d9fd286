/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: digests as text and as bytes, and making them; with src/trust the only user of libgcrypt.
 * Never: accepts a digest that is cut short or written another way; needs memory that is locked.
 * Follows: OCI image-spec, descriptor.md, "Digests"; App Container spec, types.md, "Image ID Type". */

#include <gcrypt.h>

#include "basic/str.h"
#include "image/digest.h"

#define PREFIX_DIGITS_MIN 8U

static const struct {
        const char *name;
        size_t size;
        int gcrypt;
} algorithms[] = {
        [DIGEST_SHA256] = { "sha256", 32, GCRY_MD_SHA256 },
        [DIGEST_SHA384] = { "sha384", 48, GCRY_MD_SHA384 },
        [DIGEST_SHA512] = { "sha512", 64, GCRY_MD_SHA512 },
};

struct Hasher {
        DigestAlgorithm algorithm;
        gcry_md_hd_t md;
};

int crypto_init(void) {
        if (gcry_control(GCRYCTL_INITIALIZATION_FINISHED_P))
                return 0;

        if (!gcry_check_version(GCRYPT_VERSION))
                return -ENOSYS;

        gcry_control(GCRYCTL_DISABLE_SECMEM, 0);
        gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
        return 0;
}

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

int hasher_new(DigestAlgorithm algorithm, Hasher **ret) {
        int r = crypto_init();
        if (r < 0)
                return r;

        _cleanup_hasher_ Hasher *h = malloc(sizeof(Hasher));
        if (!h)
                return -ENOMEM;

        *h = (Hasher) { .algorithm = algorithm };
        if (gcry_md_open(&h->md, algorithms[algorithm].gcrypt, 0) != 0)
                return -ENOMEM;

        *ret = TAKE_PTR(h);
        return 0;
}

void hasher_update(Hasher *h, const void *data, size_t size) {
        gcry_md_write(h->md, data, size);
}

void hasher_final(Hasher *h, Digest *ret) {
        Digest d = { .algorithm = h->algorithm };
        memcpy(d.bytes, gcry_md_read(h->md, algorithms[h->algorithm].gcrypt), digest_size(h->algorithm));
        *ret = d;
}

Hasher *hasher_free(Hasher *h) {
        if (h)
                gcry_md_close(h->md);
        free(h);
        return NULL;
}

int digest_of(DigestAlgorithm algorithm, const void *data, size_t size, Digest *ret) {
        int r = crypto_init();
        if (r < 0)
                return r;

        *ret = (Digest) { .algorithm = algorithm };
        gcry_md_hash_buffer(algorithms[algorithm].gcrypt, ret->bytes, data, size);
        return 0;
}
