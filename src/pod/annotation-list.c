/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: lists in annotations: one item a line.
 * Never: knows what an item means.
 * Follows: pod/annotations.h. */

#include "basic/str.h"
#include "basic/strv.h"
#include "pod/annotation-list.h"

int annotation_list(const Pairs *annotations, const char *name, char ***ret) {
        const char *text = pairs_get(annotations, name);
        _cleanup_strv_ char **list = NULL;

        for (const char *p = text ? text : ""; *p; p += strspn(p, "\n")) {
                size_t n = strcspn(p, "\n");

                int r = strv_addf(&list, "%.*s", (int) n, p);
                if (r < 0)
                        return r;
                p += n;
        }

        *ret = TAKE_PTR(list);
        return 0;
}
