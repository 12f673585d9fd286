/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* Writes a file that was not there (-EEXIST) below a directory of the quarantine. No fsync: the
 * quarantine may be lost. */
int file_create_at(int dir_fd, const char *name, const void *data, size_t size);
