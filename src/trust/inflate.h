/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/blob.h"
#include "basic/cursor.h"

typedef enum InflateForm {
        INFLATE_RAW,  /* RFC 1951 and nothing around it */
        INFLATE_ZLIB, /* RFC 1950 */
} InflateForm;

/* Unpacks one whole stream. -EBADMSG and *reterr_why (may be NULL) if it is damaged, cut off or followed by
 * anything, or if more than `max` bytes come out of it. */
int inflate_all(Cursor packed, InflateForm form, size_t max, Blob *ret, char **reterr_why);
