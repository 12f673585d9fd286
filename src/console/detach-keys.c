/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the keys that leave a terminal.
 * Never: keeps a key from the app that turns out not to be one of them.
 * Follows: --detach-keys= of podman-attach(1) and docker. */

#include <string.h>

#include "basic/str.h"
#include "console/detach-keys.h"

/* One key, `n` characters long. */
static int parse_key(const char *text, size_t n, char *ret) {
        const char *name = n == strlen("ctrl-x") ? startswith(text, "ctrl-") : NULL;

        if (n == 1 && text[0] > ' ' && text[0] < 0x7f)
                *ret = text[0];
        else if (name && strchr(LOWERCASE "@[\\]^_", name[0]))
                *ret = name[0] & 0x1f;
        else
                return -EINVAL;

        return 0;
}

int detach_keys_parse(const char *text, DetachKeys *ret) {
        DetachKeys k = {};

        for (const char *p = text; *p || p != text;) {
                size_t n = strcspn(p, ",");

                if (k.n >= DETACH_KEYS_MAX)
                        return -EINVAL;
                int r = parse_key(p, n, &k.keys[k.n++]);
                if (r < 0)
                        return r;
                if (!p[n])
                        break;
                p += n + 1;
        }

        *ret = k;
        return 0;
}

bool detach_keys_feed(DetachKeys *k, const char *typed, size_t n, char *ret, size_t *ret_n) {
        size_t m = 0;
        bool all = false;

        for (size_t i = 0; i < n && !all; i++) {
                if (k->seen > 0 && typed[i] != k->keys[k->seen]) { /* they were not meant */
                        memcpy(ret + m, k->keys, k->seen);
                        m += k->seen;
                        k->seen = 0;
                }
                if (k->n > 0 && typed[i] == k->keys[k->seen])
                        all = ++k->seen == k->n;
                else
                        ret[m++] = typed[i];
        }

        *ret_n = m;
        return all;
}
