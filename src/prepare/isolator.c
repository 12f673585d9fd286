/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: changing isolators, and lists in annotations.
 * Never: knows what one means.
 * Follows: App Container spec 0.8.11, ace.md, "Isolators"; pod/annotations.h. */

#include "basic/str.h"
#include "basic/strv.h"
#include "prepare/compose.h"

static void drop(AppcIsolator *isolators, size_t *n, const char *name) {
        size_t kept = 0;

        for (size_t i = 0; i < *n; i++)
                if (streq(isolators[i].name, name)) {
                        free(isolators[i].name);
                        json_unref(isolators[i].value);
                } else
                        isolators[kept++] = isolators[i];

        *n = kept;
}

void isolator_remove(AppcApp *app, const char *name) {
        drop(app->isolators, &app->n_isolators, name);
}

int isolator_set(AppcIsolator **isolators, size_t *n, const char *name, Json *taken) {
        _cleanup_json_ Json *value = taken;
        _cleanup_free_ char *copy = strdup(name);
        if (!value || !copy)
                return -ENOMEM;

        drop(*isolators, n, name);
        AppcIsolator *grown = reallocarray(*isolators, *n + 1, sizeof(AppcIsolator));
        if (!grown)
                return -ENOMEM;

        *isolators = grown;
        grown[(*n)++] = (AppcIsolator) { .name = TAKE_PTR(copy), .value = TAKE_PTR(value) };
        return 0;
}

int annotate_list(Pairs *annotations, const char *name, char *const *list) {
        _cleanup_free_ char *text = NULL;

        if (strv_length(list) == 0)
                return 0;

        int r = strv_join(list, "\n", &text);
        return r < 0 ? r : pairs_set(annotations, name, text);
}
