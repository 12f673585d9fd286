/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* Messages between a program and its registry-client, over a SOCK_SEQPACKET socket: a list of words, and an
 * fd if there is one to hand over. registry-client reads what the network sends, so what it says is foreign
 * too. */
#define WIRE_MAX 65536U

/* `fd`: -EBADF for none. -EMSGSIZE if it is too much for a message; -EPIPE if nobody is there. */
int wire_send(int socket, char *const *words, int fd);

/* Waits for the next message unless the socket is non-blocking. 1 and at least one word (a strv) and the fd,
 * or -EBADF; 0 if the other side has closed; -EBADMSG if it is no such message; -EAGAIN. */
int wire_receive(int socket, char ***ret_words, int *ret_fd);
