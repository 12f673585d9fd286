/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* The project's whole macro language. What is owned carries _cleanup_(f) and is initialised where it is
 * declared; what is given away is taken with TAKE_PTR()/TAKE_FD() as the last act. */

#define _cleanup_(f) __attribute__((cleanup(f)))
#define _printf_(a, b) __attribute__((format(printf, a, b)))
#define _sentinel_ __attribute__((sentinel))
#define _noreturn_ __attribute__((noreturn))
#define _unused_ __attribute__((unused))

#define ELEMENTSOF(x) (sizeof(x) / sizeof((x)[0]))
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

#define TAKE_PTR(p)                                                                                         \
        ({                                                                                                  \
                __typeof__(p) *_pp = &(p), _p = *_pp;                                                       \
                *_pp = NULL;                                                                                \
                _p;                                                                                         \
        })

/* For every type with a destructor `T *t_free(T *)`: _cleanup_(t_freep) T *x = NULL; */
#define DEFINE_CLEANUP(type, func)                                                                          \
        static inline void func##p(type **p) {                                                              \
                *p = func(*p);                                                                              \
        }

static inline void freep(void *p) {
        free(*(void **) p);
}
#define _cleanup_free_ _cleanup_(freep)
