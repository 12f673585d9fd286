/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: registry/access under any bytes.
 * Never: believes that what was formatted can be read.
 * Follows: registry/access.h. */

#include "fuzz.h"
#include "registry/access.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_access_ Access a = {}, again = {};
        _cleanup_blob_ Blob text = {}, text_again = {};
        _cleanup_free_ char *why = NULL;

        int r = access_parse(data, size, &a, &why);
        fuzz_check(r == 0 || (r == -EBADMSG && why && !a.endpoints));
        if (r < 0)
                return 0;

        for (size_t i = 0; i < a.n_endpoints; i++)
                fuzz_check(a.endpoints[i].host);
        fuzz_check(access_format(&a, &text) == 0);
        fuzz_check(access_parse(text.data, text.size, &again, NULL) == 0);
        fuzz_check(again.n_endpoints == a.n_endpoints);
        fuzz_check(access_format(&again, &text_again) == 0);
        fuzz_check(text_again.size == text.size && memcmp(text_again.data, text.data, text.size) == 0);
        return 0;
}
