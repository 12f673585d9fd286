/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: registry-client/challenge under any header.
 * Never: lets the scheme that is looked for decide whether the header is well-formed.
 * Follows: registry-client/challenge.h. */

#include "fuzz.h"
#include "registry-client/challenge.h"

static int find(const char *header, const char *scheme) {
        _cleanup_free_ char *why = NULL;
        Challenge c = {};

        int r = challenge_find(header, scheme, &c, &why);
        fuzz_check(r == 0 || r == 1 || r == -EBADMSG);
        fuzz_check((r == -EBADMSG) == (why != NULL));
        fuzz_check(r == 1 || (!c.realm && !c.service && !c.scope));
        challenge_done(&c);
        return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_free_ char *header = fuzz_text(data, size);

        int bearer = find(header, "Bearer"), basic = find(header, "Basic");
        fuzz_check((bearer < 0) == (basic < 0));
        return 0;
}
