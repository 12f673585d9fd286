/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: registry-client/url under any text, absolute and relative.
 * Never: connects to what it has read.
 * Follows: registry-client/url.h. */

#include "basic/str.h"
#include "fuzz.h"
#include "registry-client/url.h"

static void check_url(const Url *u) {
        _cleanup_url_ Url again = {};

        fuzz_check(startswith(u->text, u->https ? "https://" : "http://"));
        fuzz_check(startswith(u->origin, u->https ? "https://" : "http://"));
        fuzz_check(!strpbrk(u->authority, "/@?# ") && u->authority[0] != '.' && u->authority[0] != '\0');
        fuzz_check(!strchr(u->text, '#'));

        /* What is asked is what was judged. */
        fuzz_check(url_parse(u->text, NULL, &again) == 0);
        fuzz_check(streq(again.text, u->text) && streq(again.authority, u->authority));
        fuzz_check(url_same_origin(&again, u) && again.https == u->https && again.loopback == u->loopback);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_free_ char *text = fuzz_text(data, size);
        _cleanup_url_ Url base = {}, absolute = {}, relative = {};

        fuzz_check(url_parse("https://registry.example:5000/v2/a?b", NULL, &base) == 0);
        if (url_parse(text, NULL, &absolute) == 0) {
                check_url(&absolute);
                fuzz_check(url_add_query(&absolute, "scope", text) == 0);
                check_url(&absolute);
        }
        if (url_parse(text, &base, &relative) == 0)
                check_url(&relative);
        return 0;
}
