/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/blob.h"
#include "basic/macro.h"

/* Where the members of a tar are, in the fields that registry/archive-members.h describes, without the
 * first. `fd` is read from offset 0, wherever its position is. What is wrong with the tar is in
 * *reterr_why. */
int tar_index(int fd, uint64_t size, Blob *ret, char **reterr_why);
