/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/cursor.h"

/* The two curves of EdDSA: which points and numbers are fit to be computed with. */
typedef enum EdwardsCurve {
        EDWARDS_25519,
        EDWARDS_448,
        _EDWARDS_CURVE_MAX,
} EdwardsCurve;

#define EDWARDS_SIZE_MAX 57U

const char *edwards_name(EdwardsCurve curve); /* "Ed25519", also to libgcrypt */
size_t edwards_size(EdwardsCurve curve); /* in bytes, of a point and of each half of a signature: 32 or 57 */

/* An honest key has this point. -EBADMSG and *reterr_why (may be NULL) otherwise. */
int edwards_point_check(EdwardsCurve curve, Cursor point, char **reterr_why);

/* S < L, or every signature had a second form. `s` is edwards_size() bytes, little-endian. */
bool edwards_s_is_in_range(EdwardsCurve curve, const uint8_t *s);
