/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: guest/journal-entry under any datagram of an app.
 * Never: sends any.
 * Follows: guest/journal-entry.h. */

#include "basic/str.h"
#include "fuzz.h"
#include "guest/journal-entry.h"

static void check(const JournalEntry *e) {
        fuzz_check(e->priority <= 7);
        fuzz_check(strlen(e->text) <= JOURNAL_TEXT_MAX);
        fuzz_check(e->n_fields <= JOURNAL_FIELDS_MAX);
        for (size_t i = 0; i < e->n_fields; i++)
                fuzz_check(strlen(e->fields[i].name) <= JOURNAL_NAME_MAX &&
                           strlen(e->fields[i].value) <= JOURNAL_VALUE_MAX);
        fuzz_check(!e->name || strlen(e->name) <= JOURNAL_NAME_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        JournalEntry e;

        for (unsigned i = 0; i < 2; i++) {
                _cleanup_free_ char *copy = malloc(size + 1); /* as recv(2) leaves it: without a NUL */
                fuzz_check(copy);
                if (size > 0)
                        memcpy(copy, data, size);
                if (i == 0)
                        journal_parse_syslog(copy, size, &e);
                if (i == 0 || journal_parse_native(copy, size, &e) >= 0)
                        check(&e);
        }

        return 0;
}
