/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: reading a directory whose names are digests.
 * Never: opens what it lists.
 * Follows: readdir(3). */

#include <stdlib.h>

#include "basic/fd.h"
#include "store/digest-list.h"

int digest_list_at(int dir_fd, bool (*parse)(const char *, Digest *), Digest **ret, size_t *ret_n) {
        _cleanup_free_ Digest *list = NULL;
        size_t n = 0, allocated = 0;

        _cleanup_closedir_ DIR *d = NULL;
        int r = dir_stream_at(dir_fd, ".", &d);
        if (r < 0)
                return r;

        for (;;) {
                const char *name;
                Digest digest;

                r = dir_next(d, &name);
                if (r < 0)
                        return r;
                if (r == 0)
                        break;
                if (!parse(name, &digest))
                        continue;
                if (n == allocated) {
                        allocated = MAX(allocated * 2, (size_t) 16);
                        Digest *grown = reallocarray(list, allocated, sizeof(Digest));
                        if (!grown)
                                return -ENOMEM;
                        list = grown;
                }
                list[n++] = digest;
        }

        if (n > 0)
                qsort(list, n, sizeof(Digest), digest_compare);
        *ret = TAKE_PTR(list);
        *ret_n = n;
        return 0;
}
