/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: metadata/http-request under whatever an app sends.
 * Never: sends any.
 * Follows: metadata/http-request.h. */

#include "fuzz.h"
#include "metadata/http-request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        HttpRequest q, again;

        bool whole = http_request_parse(data, size, &q);
        if (q.status > 0) {
                fuzz_check(whole && q.size == 0);
                return 0;
        }
        if (!whole) {
                fuzz_check(q.size == 0 || q.size > size);
                return 0;
        }

        fuzz_check(q.size <= size && q.target.n > 0 && q.target.p[0] == '/' && q.body.n <= HTTP_BODY_MAX);
        /* What comes behind it changes nothing, and nothing less of it is whole. */
        fuzz_check(http_request_parse(data, q.size, &again) && again.size == q.size);
        fuzz_check(!http_request_parse(data, q.size - 1, &again));
        return 0;
}
