/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: ordered lists of names with values.
 * Never: shares a string with the caller; has an opinion on names.
 * Follows: nothing but C. */

#include "basic/str.h"
#include "image/pairs.h"

void pairs_done(Pairs *p) {
        for (size_t i = 0; i < p->n; i++) {
                free(p->items[i].name);
                free(p->items[i].value);
        }
        free(p->items);
        *p = (Pairs) {};
}

static Pair *find(const Pairs *p, const char *name) {
        for (size_t i = 0; i < p->n; i++)
                if (streq(p->items[i].name, name))
                        return &p->items[i];

        return NULL;
}

const char *pairs_get(const Pairs *p, const char *name) {
        const Pair *pair = find(p, name);
        return pair ? pair->value : NULL;
}

int pairs_add(Pairs *p, const char *name, const char *value) {
        _cleanup_free_ char *n = strdup(name), *v = strdup(value);
        if (!n || !v)
                return -ENOMEM;

        Pair *grown = reallocarray(p->items, p->n + 1, sizeof(Pair));
        if (!grown)
                return -ENOMEM;

        p->items = grown;
        p->items[p->n++] = (Pair) { .name = TAKE_PTR(n), .value = TAKE_PTR(v) };
        return 0;
}

int pairs_set(Pairs *p, const char *name, const char *value) {
        Pair *pair = find(p, name);
        if (!pair)
                return pairs_add(p, name, value);

        char *copy = strdup(value);
        if (!copy)
                return -ENOMEM;

        free(pair->value);
        pair->value = copy;
        return 0;
}

const char *pairs_find_duplicate(const Pairs *p) {
        for (size_t i = 0; i < p->n; i++)
                if (find(p, p->items[i].name) != &p->items[i])
                        return p->items[i].name;

        return NULL;
}
