/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: saying that an image is for another machine.
 * Never: decides it: OCI and appc have different words.
 * Follows: docs/ARCHITECTURE.md, "Fetch". */

#include "basic/str.h"
#include "fetch/platform.h"

int platform_refuse(const char *os, const char *architecture, const char *our_architecture,
                    char **reterr_why) {
        _cleanup_free_ char *text = NULL, *escaped = NULL;

        int r = str_printf(&text, "%s/%s", os ? os : "?", architecture ? architecture : "?");
        if (r >= 0) {
                escaped = str_escape(text, strlen(text), 100);
                r = escaped ? 0 : -ENOMEM;
        }
        if (r >= 0)
                r = str_printf(reterr_why, "the image is for %s, this machine is linux/%s", escaped,
                               our_architecture);

        return r < 0 ? r : -EBADMSG;
}
