/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/stat.h>

#include "basic/copy-tree.h"

/* Opens what an fd of O_PATH stands for, if it is a file or directory. Returns the fd. */
int copy_reopen(int path_fd, int flags);

/* The first `size` bytes of a file, to an empty one; holes stay holes. */
int copy_data(int from, int to, uint64_t size);

/* The attributes that anybody wants kept; to a file system that has none they are not. */
int copy_xattrs(int from, int to, const CopyOptions *o);

/* What an owner's id is at the other end. */
uid_t copy_shift_id(uid_t id, const CopyOptions *o);

/* Owner, mode and times. */
int copy_metadata(int to, const struct stat *st, const CopyOptions *o);

/* procfs and the like: no file of it is anybody's. */
bool copy_is_pseudo(int fd);
