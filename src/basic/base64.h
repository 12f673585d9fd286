/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/blob.h"
#include "basic/cursor.h"

/* Decodes standard base64 (RFC 4648 section 4) in its one canonical spelling: padded, no blanks or line
 * breaks, unused bits zero. -EBADMSG otherwise, also for nothing at all. */
int base64_decode(Cursor text, Blob *ret);

/* The same, or the alphabet for URLs (section 5), as JSON made of protocol buffers may have it; never a
 * mixture. */
int base64_decode_either(Cursor text, Blob *ret);

/* The reverse: NUL-terminated text, owned by the caller; "" for nothing at all. 0 or -ENOMEM. */
int base64_encode(Cursor data, char **ret);
