/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: trust/openpgp-message under any bytes.
 * Never: verifies.
 * Follows: trust/openpgp-message.h. */

#include "fuzz.h"
#include "trust/openpgp-message.h"

/* Wholly within. */
static bool is_part_of(Cursor part, const void *data, size_t size) {
        uintptr_t begin = (uintptr_t) data, p = (uintptr_t) part.p;

        return part.n == 0 || (data && p >= begin && part.n <= size && p - begin <= size - part.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_openpgp_message_ OpenPgpMessage m = {};
        _cleanup_free_ char *why = NULL;

        int r = openpgp_message_parse(cursor_of(data, size), &m, &why);
        if (r < 0) {
                fuzz_check(r == -EBADMSG && why && !m.unpacked.data && !m.joined.data);
                return 0;
        }

        const void *outer = m.unpacked.data ? m.unpacked.data : data;
        size_t outer_size = m.unpacked.data ? m.unpacked.size : size;

        fuzz_check(!why);
        fuzz_check(is_part_of(m.signature, outer, outer_size));
        fuzz_check(is_part_of(m.literal, outer, outer_size) ||
                   is_part_of(m.literal, m.joined.data, m.joined.size));
        return 0;
}
