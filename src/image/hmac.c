/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: message authentication codes.
 * Never: compares one: secret_equal() does.
 * Follows: RFC 2104, RFC 4231. */

#include <gcrypt.h>
#include <string.h>

#include "image/hasher.h"
#include "image/hmac.h"

int hmac_sha512(const void *key, size_t key_size, const void *data, size_t size,
                uint8_t ret[static HMAC_SIZE]) {
        gcry_md_hd_t md;

        int r = crypto_init();
        if (r < 0)
                return r;
        if (gcry_md_open(&md, GCRY_MD_SHA512, GCRY_MD_FLAG_HMAC) != 0)
                return -ENOMEM;

        r = gcry_md_setkey(md, key, key_size) == 0 ? 0 : -EINVAL;
        if (r >= 0) {
                gcry_md_write(md, data, size);
                memcpy(ret, gcry_md_read(md, GCRY_MD_SHA512), HMAC_SIZE);
        }

        gcry_md_close(md);
        return r;
}
