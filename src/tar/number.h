/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/cursor.h"

/* What is not a number, or does not fit, is false. */

/* A field of a header: octal digits among blanks and NULs, nothing being 0; or in base 256, signed, with the
 * first bit set, for what octal has no room for. */
bool tar_number_field(const uint8_t *field, size_t size, int64_t *ret);

/* Decimal, as extended headers have it. */
bool tar_number_decimal(Cursor text, int64_t *ret);

/* Seconds with any number of decimals, of which nine count: -1.25 is -2 and 750000000. */
bool tar_number_time(Cursor text, int64_t *ret_sec, uint32_t *ret_nsec);
