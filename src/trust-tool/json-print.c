/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: JSON that has more to it than a table.
 * Never: decides what is in it.
 * Follows: RFC 8259. */

#include <stdio.h>

#include "basic/cli.h"
#include "trust-tool/json-print.h"

int json_print(const Json *j) {
        _cleanup_blob_ Blob text = {};

        int r = json_format(j, cli_json == CLI_JSON_PRETTY, &text);
        if (r < 0)
                return r;

        fputs(text.data, stdout);
        return fflush(stdout) == EOF ? -errno : 0;
}
