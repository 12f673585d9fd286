/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: trust/statement under any bytes, as if they were signed.
 * Never: takes a document in which the digest does not occur.
 * Follows: trust/statement.h. */

#include "fuzz.h"
#include "trust/statement.h"

/* An escaped digit would do as well. */
static bool may_name_digest(const uint8_t *data, size_t size) {
        static const char digits[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
        return memmem(data, size, digits, strlen(digits)) || memchr(data, '\\', size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_free_ char *why = NULL;
        size_t number = 99;
        Digest digest = {};

        memset(digest.bytes, 0xaa, 32);
        const ClaimWanted wanted = { .digests = &digest, .n_digests = 1 };
        int r = statement_check(cursor_of(data, size), &wanted, &number, &why);
        fuzz_check(r == 0 || r == -EPERM);
        fuzz_check((r < 0) == (why != NULL));
        fuzz_check(number == (r < 0 ? 99 : 0));
        fuzz_check(r < 0 || may_name_digest(data, size));
        return 0;
}
