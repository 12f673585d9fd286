/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Sockets with a name in a directory, by the directory's fd: an address has room for 107 letters only. `type` as for
 * socket(2); SOCK_CLOEXEC is implied. Both return the fd. */

/* Binds one; what is there by that name, as whoever was killed leaves it, is removed. */
int local_socket_bind(int dir_fd, const char *name, int type);

int local_socket_connect(int dir_fd, const char *name, int type);

/* For one that a unit listens on, whose path is a short one. */
int local_socket_connect_path(const char *path, int type);
