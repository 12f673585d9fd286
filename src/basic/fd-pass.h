/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Hands a copy of an fd to whoever is at the other end of a socket. 0 or -errno. */
int fd_pass(int socket, int fd);

/* Takes one. Returns it; -ENODATA if the other end was closed instead. */
int fd_take(int socket);
