/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: calling the tools that do the work before a pod can start.
 * Never: does any of it here.
 * Follows: DESIGN.md section 1: a tool is one arrow. */

#include "basic/cli.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "run/steps.h"

static int add_words(char ***argv, const PodGroup *g) {
        int r = 0;

        STRV_FOREACH(word, g->words)
                if (r >= 0)
                        r = strv_addf(argv, "--set=%s", *word);

        return r;
}

/* Whatever the words say of fetching: that is done. Images are NULL or as many as the group has. */
static int add_group(char ***argv, const PodGroup *g, char *const *images, size_t n) {
        int r = add_words(argv, g);
        if (r >= 0 && n == 1)
                r = strv_add(argv, "--pull=never");
        for (size_t i = 0; i < n && r >= 0; i++)
                r = strv_add(argv, images[i]);
        if (r >= 0 && g->arguments)
                r = strv_add(argv, "--");

        return r < 0 ? r : strv_add_all(argv, g->arguments);
}

static int call_prepare(char *const *argv, char **ret_uuid) {
        _cleanup_free_ char *uuid = NULL;

        int r = cli_call("gantry-prepare", argv, &uuid);
        if (r != 0)
                return r < 0 ? r : -EINVAL;

        *ret_uuid = TAKE_PTR(uuid);
        return 0;
}

int step_prepare(const PodRequest *request, char *const *images, char **ret_uuid) {
        _cleanup_strv_ char **argv = NULL;
        int r = 0;

        for (size_t i = 0; i < request->n && r >= 0; i++) {
                const PodGroup *g = &request->groups[i];
                size_t n = MAX(strv_length(g->images), 1U);

                if (i > 0)
                        r = strv_add(&argv, "---");
                if (r >= 0)
                        r = add_group(&argv, g, images, n);
                images += n;
        }

        return r < 0 ? r : call_prepare(argv, ret_uuid);
}

int step_prepare_manifest(const PodRequest *request, const char *path, char **ret_uuid) {
        _cleanup_strv_ char **argv = NULL;

        int r = strv_addf(&argv, "--pod-manifest=%s", path);
        if (r >= 0)
                r = add_words(&argv, &request->groups[0]);

        return r < 0 ? r : call_prepare(argv, ret_uuid);
}
