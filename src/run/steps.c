/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: calling the tool that does the work before a pod can start.
 * Never: does any of it here; reads a setting.
 * Follows: DESIGN.md section 1: a tool is one arrow. */

#include <errno.h>

#include "basic/cli.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "run/steps.h"

static int add_group(char ***argv, const PodGroup *g) {
        int r = 0;

        STRV_FOREACH(word, g->words)
                if (r >= 0)
                        r = strv_addf(argv, "--set=%s", *word);
        if (r >= 0)
                r = strv_add_all(argv, g->images);
        if (r >= 0 && g->arguments)
                r = strv_add(argv, "--");

        return r < 0 ? r : strv_add_all(argv, g->arguments);
}

int step_prepare(const PodRequest *request, const char *manifest, char **ret_uuid) {
        _cleanup_strv_ char **argv = NULL;
        _cleanup_free_ char *uuid = NULL;

        int r = strv_add(&argv, "--verify");
        if (r >= 0 && manifest)
                r = strv_addf(&argv, "--pod-manifest=%s", manifest);
        for (size_t i = 0; i < request->n && r >= 0; i++) {
                r = i > 0 ? strv_add(&argv, "---") : 0;
                if (r >= 0)
                        r = add_group(&argv, &request->groups[i]);
        }
        if (r >= 0)
                r = cli_call("gantry-prepare", argv, &uuid);
        if (r != 0)
                return r < 0 ? r : -EINVAL;

        *ret_uuid = TAKE_PTR(uuid);
        return 0;
}
