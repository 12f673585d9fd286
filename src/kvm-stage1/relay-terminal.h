/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <poll.h>

#include "link/link.h"

/* What stands here for a terminal in the guest: one of the host's that passes all on as it is. Whoever asked for it gets the master, as he
 * would from gantry-init (pod/pod-terminal.h). */
typedef struct RelayTerminal {
        int socket; /* to whoever asked, until he has taken it; or -EBADF */
        int slave;  /* or -EBADF */
        bool sized; /* it has been asked for its size */
        unsigned rows, columns;
} RelayTerminal;

#define RELAY_TERMINAL_NONE                                                                                 \
        { .socket = -EBADF, .slave = -EBADF }

/* Takes over the socket, also when it fails. */
int relay_terminal_open(int socket, RelayTerminal *ret);
void relay_terminal_done(RelayTerminal *t);

/* Its stream begins: at the latest when it has been taken. */
int relay_terminal_connect(const RelayTerminal *t, Link *l, uint32_t stream);

/* For a loop. True: it has been taken, and has the size that it is to have. */
void relay_terminal_poll(const RelayTerminal *t, struct pollfd *ret);
bool relay_terminal_dispatch(RelayTerminal *t, const struct pollfd *fd);

/* True, once, if it has got another size; the first is one. */
bool relay_terminal_has_new_size(RelayTerminal *t);
