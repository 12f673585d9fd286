/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: registry-client/range under any Retry-After.
 * Never: asks the clock.
 * Follows: registry-client/range.h. */

#include "fuzz.h"
#include "registry-client/range.h"

#define NOW 784111777

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_free_ char *text = fuzz_text(data, size);
        uint64_t now = 0, later = 0;

        int r = retry_after_parse(text, NOW, &now);
        fuzz_check(r == 0 || r == -EBADMSG);
        fuzz_check(retry_after_parse(text, NOW + 1, &later) == r);
        fuzz_check(later == now || later + 1 == now); /* seconds stay, a date comes nearer */
        return 0;
}
