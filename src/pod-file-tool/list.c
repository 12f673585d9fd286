/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: `gantry pod list`.
 * Never: asks systemd what has become of them: `gantry list` shows pods.
 * Follows: gantry-pod(1). */

#include <stdio.h>

#include "basic/log.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "basic/table.h"
#include "pod-file-tool/pod-file-tool.h"

/* Of several apps, all. */
static int list_images(const PodSettings *s, char **ret) {
        _cleanup_strv_ char **images = NULL;
        int r = 0;

        for (size_t i = 0; i < s->n_apps && r >= 0; i++)
                if (s->apps[i]->image)
                        r = strv_add(&images, s->apps[i]->image);

        return r < 0 ? r : strv_join(images, " ", ret);
}

static int add_row(Table *t, const char *name) {
        _cleanup_pod_file_ PodFile *f = NULL;
        _cleanup_free_ char *images = NULL;
        char problems[32] = "";

        int r = pod_tool_load(name, &f);
        if (r < 0)
                return r == -ENOMEM ? r : 0;

        r = list_images(f->settings, &images);
        if (r < 0)
                return r;
        if (f->n_problems > 0)
                (void) snprintf(problems, sizeof(problems), "%zu", f->n_problems);
        return table_add(t, (const char *[]) { name, images,
                                               pod_file_name_is_template(&f->name) ? NULL : f->name.unit,
                                               f->n_problems > 0 ? problems : NULL, f->files[0] });
}

int pod_list(char *const *files) {
        static const char *const headings[] = { "NAME", "IMAGE", "UNIT", "PROBLEMS", "FILE", NULL };
        _cleanup_(table_freep) Table *t = NULL;
        _cleanup_strv_ char **names = NULL;

        if (files[0]) {
                log_error("No argument is wanted; see 'gantry pod --help'");
                return -EINVAL;
        }

        t = table_new(headings);
        int r = t ? pod_file_list(&names) : -ENOMEM;
        STRV_FOREACH(name, names)
                if (r >= 0)
                        r = add_row(t, *name);
        if (r >= 0)
                r = table_print(t);

        return r < 0 ? log_error_errno(r, "Cannot list pod files: %m") : 0;
}
