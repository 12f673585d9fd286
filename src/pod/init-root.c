/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the spelling of an app's root for gantry-init.
 * Never: knows why something is mounted.
 * Follows: pod/init-config.h. */

#include <errno.h>
#include <stdio.h>

#include "pod/init-config.h"
#include "pod/init-root.h"

static void put_binds(FILE *f, const InitRoot *root) {
        for (size_t i = 0; i < root->n_binds; i++) {
                const InitBind *b = &root->binds[i];

                fprintf(f, "%s=%s%c", b->read_only ? INIT_BIND_READ_ONLY : INIT_BIND, b->source, 0);
                fprintf(f, INIT_BIND_TARGET "=%s%c", b->target, 0);
        }
}

int init_root_orders(const InitRoot *root, Blob *ret) {
        char *text = NULL;
        size_t size;

        FILE *f = open_memstream(&text, &size);
        if (!f)
                return -ENOMEM;
        if (root->own_devices)
                fprintf(f, INIT_OWN_DEVICES "=1%c", 0);
        if (root->read_only)
                fprintf(f, INIT_READ_ONLY_ROOT "=1%c", 0);
        put_binds(f, root);
        if (fclose(f) == EOF) {
                free(text);
                return -ENOMEM;
        }

        *ret = (Blob) { .data = text, .size = size };
        return 0;
}
