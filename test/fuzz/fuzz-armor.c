/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: trust/armor under any bytes, as signature, key and PEM.
 * Never: looks at what was wrapped.
 * Follows: trust/armor.h. */

#include "fuzz.h"
#include "trust/armor.h"

typedef int (*Decode)(Cursor text, const char *label, Blob *ret, char **reterr_why);

static void check(Decode decode, const char *label, Cursor text) {
        _cleanup_free_ char *why = NULL;
        _cleanup_blob_ Blob blob = {};

        int r = decode(text, label, &blob, &why);
        fuzz_check(r == 0 || r == -EBADMSG);
        fuzz_check((r == 0) == !why);
        fuzz_check(r < 0 ? !blob.data : blob.data && blob.size <= text.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        Cursor text = cursor_of(data, size);

        check(armor_decode, "PGP SIGNATURE", text);
        check(armor_decode, "PGP PUBLIC KEY BLOCK", text);
        check(armor_or_binary, "PGP SIGNATURE", text);
        check(pem_decode, "PUBLIC KEY", text);
        return 0;
}
