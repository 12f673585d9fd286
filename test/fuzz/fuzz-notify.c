/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: stage/notify under any datagram of an app.
 * Never: sends any.
 * Follows: stage/notify.h. */

#include "basic/str.h"
#include "fuzz.h"
#include "stage/notify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_free_ char *message = fuzz_text(data, size), *again = fuzz_text(data, size), *text = NULL,
                            *twice = NULL;

        fuzz_check(notify_filter(message, &text) >= 0);
        fuzz_check(!strstr(text, "READY=1\n") || strstr(text, "STATUS="));
        for (const char *p = text; *p; p++)
                fuzz_check(*p == '\n' || ((unsigned char) *p >= ' ' && *p != 0x7f));

        /* What has passed passes as it is. */
        _cleanup_free_ char *copy = strdup(text);
        fuzz_check(copy && notify_filter(copy, &twice) == 0 && streq(text, twice));

        NspawnNews news;
        notify_parse_nspawn(again, &news);
        fuzz_check(news.leader >= 0);
        return 0;
}
