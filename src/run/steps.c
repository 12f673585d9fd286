/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: calling the tools that do the work before a pod can start.
 * Never: does any of it here.
 * Follows: DESIGN.md section 1: a tool is one arrow. */

#include "basic/cli.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "run/steps.h"

int step_verify(const char *image) {
        _cleanup_free_ char *line = NULL;

        int r = cli_call("gantry-verify", (char *[]) { (char *) "--quiet", (char *) image, NULL }, &line);
        return r > 0 ? -EACCES : r;
}

int step_prepare(char *const *settings, const char *image, char *const *arguments, char **ret_uuid) {
        _cleanup_strv_ char **argv = NULL;
        _cleanup_free_ char *uuid = NULL;
        int r = 0;

        STRV_FOREACH(setting, settings)
                if (r >= 0)
                        r = strv_addf(&argv, "--set=%s", *setting);
        if (r >= 0) /* whatever they say: that is done */
                r = strv_add(&argv, "--pull=never");
        if (r >= 0)
                r = strv_add(&argv, image);
        if (r >= 0)
                r = strv_add_all(&argv, arguments);
        if (r >= 0)
                r = cli_call("gantry-prepare", argv, &uuid);
        if (r != 0)
                return r < 0 ? r : -EINVAL;

        *ret_uuid = TAKE_PTR(uuid);
        return 0;
}
