/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Standard input is a socket (INIT_TERMINAL in pod/init-config.h): makes a terminal of the pod's, sends whoever is at its
 * other end the master, waits until that one has set its size, and makes it the controlling terminal and the standard
 * streams of the calling process, which leads a session of its own from then on. 0, or -errno with the streams as they were. */
int terminal_make(void);

/* The pod has a /dev/console from then on: one that swallows what is written to it, until a terminal is shown there. 0 or -errno. */
int console_make(void);

/* Standard input is the app's terminal: it is the console, too. */
int console_show_terminal(void);
