/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/blob.h"
#include "basic/cursor.h"
#include "erofs/writer.h"

/* Makes the bytes that follow an inode: sorted by name, of two that have the same name the later one.
 * -E2BIG beyond 64 KiB, -EOPNOTSUPP for a namespace EROFS does not have. No xattrs give no bytes. */
int xattrs_encode(const ErofsXattr *xattrs, size_t n, Blob *ret, char **reterr_why);

/* Adds one to what xattrs_encode() made. */
int xattrs_append(Blob *encoded, const ErofsXattr *xattr);

/* For the inode's xattr_count. */
uint16_t xattrs_count(size_t encoded_size);
size_t xattrs_size(uint16_t count);

/* The reverse of xattrs_encode(). -EUCLEAN for what it does not make; what `func` returns, if not 0. */
int xattrs_decode(Cursor encoded, int (*func)(const ErofsXattr *xattr, void *userdata), void *userdata);
