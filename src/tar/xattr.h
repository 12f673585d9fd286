/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/cursor.h"

/* Decodes an attribute that bsdtar has made text of, where it is: its name is encoded as in URLs, its value in
 * base64 without padding. -EBADMSG and *reterr_why. */
int tar_xattr_decode(char *name, Cursor *value, char **reterr_why);
