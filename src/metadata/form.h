/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/blob.h"
#include "basic/cursor.h"

/* The value of `name` in a form as it is posted: "content=…&uuid=…". NUL-terminated one byte behind its size. -ENOENT: there is none;
 * -EBADMSG: it comes twice, or is not encoded as it has to be. */
int form_get(Cursor form, const char *name, Blob *ret);
