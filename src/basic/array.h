/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* Makes room for item number `index` of an array of items of `size` bytes: a half more than before each
 * time, so that little is wasted. `array` points to the pointer. 0 or -ENOMEM. */
static inline int array_reserve(void *array, size_t *allocated, size_t index, size_t size) {
        if (index < *allocated)
                return 0;

        size_t n = MAX(index + 1, *allocated + *allocated / 2 + 16);
        void *p = reallocarray(*(void **) array, n, size);
        if (!p)
                return -ENOMEM;

        *(void **) array = p;
        *allocated = n;
        return 0;
}
