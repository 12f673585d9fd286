/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: image/html-meta and image/appc-discovery under any bytes, as a page.
 * Never: expects a page to be HTML.
 * Follows: image/appc-discovery.h. */

#include "basic/str.h"
#include "fuzz.h"
#include "image/appc-discovery.h"

static void check_tags(const Pairs *tags) {
        fuzz_check(tags->n <= APPC_DISCOVERY_MAX);
        for (size_t i = 0; i < tags->n; i++) {
                fuzz_check(tags->items[i].name[0] != '\0' && !strchr(tags->items[i].name, ' '));
                fuzz_check(tags->items[i].value[0] != '\0' && tags->items[i].value[0] != ' ');
                fuzz_check(!endswith(tags->items[i].value, " "));
        }
}

static void check_template(const char *template) {
        Pair os = { (char *) "os", (char *) "linux" };
        const Pairs labels = { .items = &os, .n = 1 };
        _cleanup_free_ char *url = NULL;

        int r = appc_template_render(template, "example.com/hello", NULL, &labels, "aci", &url);
        fuzz_check(r == (url != NULL));
        fuzz_check(!url || (strstr(template, "{ext}") && strstr(url, "aci") && !strchr(url, '{')));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_appc_discovery_ AppcDiscovery d = {};

        fuzz_check(appc_discovery_parse(data, size, &d) == 0);
        check_tags(&d.endpoints);
        check_tags(&d.pubkeys);
        for (size_t i = 0; i < d.endpoints.n; i++)
                check_template(d.endpoints.items[i].value);
        return 0;
}
