/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: image/reference under any text.
 * Never: takes more than one way of writing what was read.
 * Follows: image/reference.h. */

#include "basic/str.h"
#include "fuzz.h"
#include "image/reference.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_free_ char *text = fuzz_text(data, size), *why = NULL, *written = NULL, *again = NULL;
        _cleanup_reference_ Reference *ref = NULL, *second = NULL;

        if (reference_parse(text, &ref, &why) < 0) {
                fuzz_check(why && !ref);
                return 0;
        }

        fuzz_check(!why);
        fuzz_check(reference_format(ref, &written) == 0);
        fuzz_check(reference_parse(written, &second, NULL) == 0);
        fuzz_check(second->kind == ref->kind);
        fuzz_check(reference_format(second, &again) == 0);
        fuzz_check(streq(written, again));
        return 0;
}
