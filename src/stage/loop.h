/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#define LOOP_PATH_MAX 32

/* A loop device whose contents are those of the file, read-only: one that there is already, or else a new one, which is gone with its
 * last user. Returns an fd of it, which is one. */
int loop_open(int file_fd, char ret_path[static LOOP_PATH_MAX]);
