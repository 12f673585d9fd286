/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: registry-client/range under any Content-Range.
 * Never: knows what was asked for.
 * Follows: registry-client/range.h. */

#include "basic/str.h"
#include "fuzz.h"
#include "registry-client/range.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_free_ char *text = fuzz_text(data, size), *written = NULL;
        ContentRange r = {}, again = {};

        if (content_range_parse(text, &r) < 0)
                return 0;

        char total[] = "18446744073709551615";
        bool known = r.total != CONTENT_RANGE_UNKNOWN;
        (void) snprintf(total, sizeof(total), "%ju", (uintmax_t) r.total);
        if (r.satisfied) {
                fuzz_check(r.first <= r.last && r.last < r.total);
                fuzz_check(str_printf(&written, "bytes %ju-%ju/%s", (uintmax_t) r.first, (uintmax_t) r.last,
                                      known ? total : "*") == 0);
        } else {
                fuzz_check(known && r.first == 0 && r.last == 0);
                fuzz_check(str_printf(&written, "bytes */%s", total) == 0);
        }

        fuzz_check(content_range_parse(written, &again) == 0);
        fuzz_check(again.satisfied == r.satisfied && again.first == r.first && again.last == r.last &&
                   again.total == r.total);
        return 0;
}
