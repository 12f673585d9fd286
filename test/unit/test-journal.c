/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of basic/journal.
 * Never: speaks with the journal of this machine.
 * Follows: https://systemd.io/JOURNAL_NATIVE_PROTOCOL, "Examples". */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "basic/journal.h"

static void formats_as(char *const *fields, const char *expected, size_t size) {
        _cleanup_blob_ Blob entry = {};

        assert_int_equal(journal_format(fields, &entry), 0);
        assert_int_equal(entry.size, size);
        assert_memory_equal(entry.data, expected, size);
}

static void test_format(void **state) {
        static const char two[] = "MESSAGE\n\x0b\0\0\0\0\0\0\0Hello World\nPRIORITY\n\1\0\0\0\0\0\0\0"
                                  "6\n";
        static const char lines[] = "MESSAGE\n\x07\0\0\0\0\0\0\0a=b\nc\nd\n";
        static const char empty[] = "GANTRY_KEY\n\0\0\0\0\0\0\0\0\n";

        formats_as((char *[]) { (char *) "MESSAGE=Hello World", (char *) "PRIORITY=6", NULL }, two,
                   sizeof(two) - 1);
        formats_as((char *[]) { (char *) "MESSAGE=a=b\nc\nd", NULL }, lines, sizeof(lines) - 1);
        formats_as((char *[]) { (char *) "GANTRY_KEY=", NULL }, empty, sizeof(empty) - 1);
}

int main(void) {
        static const struct CMUnitTest tests[] = { cmocka_unit_test(test_format) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
