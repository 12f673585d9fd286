/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/digest.h"

/* The files of an OCI layout. registry-client, which may have no right to read them, asks gantry-fetch
 * over a socket, one file at a time, and the fd comes back. */

/* "blobs/sha256/<hex>" */
int layout_blob_path(const Digest *digest, char **ret);

/* Opens a regular file below `dir_fd`. Returns the fd or -errno. */
int layout_file_open(int dir_fd, const char *path);

/* The same for registry-client. */
int layout_file_request(int socket, const char *path);

/* For gantry-fetch: answers until the other side has closed the socket. 0 or -errno. */
int layout_files_serve(int socket, int dir_fd);
