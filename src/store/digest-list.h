/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/digest.h"

/* The digests that the entries of a directory are named by, sorted; entries that `parse` refuses are
 * passed over. The array is owned by the caller. */
int digest_list_at(int dir_fd, bool (*parse)(const char *name, Digest *ret), Digest **ret, size_t *ret_n);
