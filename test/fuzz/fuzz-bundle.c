/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: trust/bundle under any bytes.
 * Never: makes a signature that is good; if it does, that is a forgery.
 * Follows: trust/bundle.h. */

#include "basic/str.h"
#include "keys.h"
#include "trust/bundle.h"

static void check_hint(Cursor json) {
        _cleanup_free_ char *hint = NULL;

        fuzz_check(bundle_key_hint(json, &hint) == 0);
        for (const char *p = hint; p && *p; p++)
                fuzz_check((uint8_t) *p >= ' ' && *p != '\'' && *p != 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        const ClaimWanted wanted = { .signed_name = RULE_SIGNED_NAME_ANY };
        _cleanup_free_ char *why = NULL;
        Cursor json = cursor_of(data, size);
        size_t digest = 99;

        int r = bundle_verify(fuzz_key(size), json, &wanted, &digest, &why);
        fuzz_check(r == -EBADMSG || r == -EKEYREJECTED);
        fuzz_check(why && digest == 99);

        check_hint(json);
        return 0;
}
