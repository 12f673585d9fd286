/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: metadata/form under whatever an app posts.
 * Never: posts any.
 * Follows: metadata/form.h. */

#include "fuzz.h"
#include "metadata/form.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        static const char *const names[] = { "content", "uuid", "signature" };

        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                _cleanup_blob_ Blob value = {};

                if (form_get(cursor_of(data, size), names[i], &value) >= 0)
                        fuzz_check(value.size <= size && ((char *) value.data)[value.size] == '\0');
        }

        return 0;
}
