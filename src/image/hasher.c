/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: making digests; with src/trust the only user of libgcrypt. Apart from digest.c, for many programs only name digests, and need
 * not load a library for that.
 * Never: needs memory that is locked.
 * Follows: the manual of libgcrypt, "Initializing the library". */

#include <gcrypt.h>
#include <string.h>

#include "image/hasher.h"

static const int algorithms[] = {
        [DIGEST_SHA256] = GCRY_MD_SHA256,
        [DIGEST_SHA384] = GCRY_MD_SHA384,
        [DIGEST_SHA512] = GCRY_MD_SHA512,
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

int hasher_new(DigestAlgorithm algorithm, Hasher **ret) {
        int r = crypto_init();
        if (r < 0)
                return r;

        _cleanup_hasher_ Hasher *h = malloc(sizeof(Hasher));
        if (!h)
                return -ENOMEM;

        *h = (Hasher) { .algorithm = algorithm };
        if (gcry_md_open(&h->md, algorithms[algorithm], 0) != 0)
                return -ENOMEM;

        *ret = TAKE_PTR(h);
        return 0;
}

void hasher_update(Hasher *h, const void *data, size_t size) {
        gcry_md_write(h->md, data, size);
}

void hasher_final(Hasher *h, Digest *ret) {
        Digest d = { .algorithm = h->algorithm };
        memcpy(d.bytes, gcry_md_read(h->md, algorithms[h->algorithm]), digest_size(h->algorithm));
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
        gcry_md_hash_buffer(algorithms[algorithm], ret->bytes, data, size);
        return 0;
}
