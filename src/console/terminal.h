/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <termios.h>

#include "basic/macro.h"

/* The caller's terminal, while it is lent to a process in a pod: every key goes there, also ^C. */
typedef struct Terminal {
        int fd; /* borrowed; -EBADF: there is none */
        bool raw;
        struct termios before;
} Terminal;

/* Standard input if that is a terminal. */
Terminal terminal_find(void);

/* Lends it, and takes it back; both may be called again. A caller in the background is stopped until it is in the foreground. */
int terminal_lend(Terminal *t);
void terminal_take_back(Terminal *t);

/* Of standard output's or input's terminal, or what is usual if there is none. */
void terminal_size(unsigned *ret_rows, unsigned *ret_columns);

/* What the app is to believe that its terminal can do: $TERM, unless that is not a name; then "xterm". Borrowed. */
const char *terminal_type(void);
