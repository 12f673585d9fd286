/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what reads DER, under any bytes: keys in both their forms, and signatures.
 * Never: makes a signature that is good; if it does, that is a forgery.
 * Follows: trust/der.h, trust/pem.h, trust/pem-signature.h. */

#include "basic/base64.h"
#include "basic/str.h"
#include "keys.h"
#include "trust/der.h"
#include "trust/pem-signature.h"

/* What is taken lies in what there was, and is written the one way. */
static void check_element(Cursor all) {
        uint8_t header[DER_HEADER_MAX];
        Cursor rest = all, contents;

        if (all.n == 0 || !der_take(&rest, all.p[0], &contents))
                return;

        size_t n = der_format_header(all.p[0], contents.n, header);
        fuzz_check(n + contents.n + rest.n == all.n);
        fuzz_check(memcmp(all.p, header, n) == 0);
}

static void check_key(const char *label, const char *base64) {
        _cleanup_free_ char *text = NULL, *why = NULL;
        PemKey key = {};

        fuzz_check(str_printf(&text, "-----BEGIN %s-----\n%.4000s\n-----END %s-----\n", label, base64,
                              label) == 0);
        int r = pem_key_parse(text, strlen(text), &key, &why);
        fuzz_check(r == 0 || r == -EBADMSG);
        fuzz_check((r < 0) == (why != NULL));
        pem_key_done(&key);
}

static void check_signature(Cursor bytes) {
        fuzz_check(pem_signature_verify(fuzz_key(bytes.n), cursor_of("gantry", 6), bytes, NULL) ==
                   -EKEYREJECTED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_free_ char *base64 = NULL;
        Cursor bytes = cursor_of(data, size);

        check_element(bytes);
        check_signature(bytes);

        fuzz_check(base64_encode(bytes, &base64) == 0);
        check_key("PUBLIC KEY", base64);
        check_key("RSA PUBLIC KEY", base64);
        return 0;
}
