/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>

/* Hands a copy of an fd to whoever is at the other end of a socket. 0 or -errno. */
int fd_pass(int socket, int fd);

/* The same of some that belong together, in one message of one byte. -E2BIG: there are more than FD_PASS_MAX. */
#define FD_PASS_MAX 128
int fds_pass(int socket, const int *fds, size_t n);

/* Takes one. Returns it; -ENODATA if the other end was closed instead. */
int fd_take(int socket);
