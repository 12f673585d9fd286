/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: registry-client/link under any header.
 * Never: follows a link.
 * Follows: registry-client/link.h. */

#include "fuzz.h"
#include "registry-client/link.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_free_ char *header = fuzz_text(data, size), *target = NULL;

        int r = link_next(header, &target);
        fuzz_check(r == 0 || r == 1 || r == -EBADMSG);
        fuzz_check((r == 1) == (target != NULL));
        fuzz_check(r != 1 || strstr(header, target));
        return 0;
}
