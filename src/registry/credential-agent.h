/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "registry/auth-file.h"

/* A child of a program that fetches. It reads the files with passwords and runs credential helpers, so that the program can be in a cage where
 * neither could be done. All it does is to answer which credentials there are for a name; which files are read, and so which helpers may be run,
 * was decided when it was started. */

/* Starts it; `authfile` as for credentials_find(). It ends when the socket is closed. To be called before confine(). */
int credential_agent_start(const char *authfile, int *ret_socket);

/* As credentials_find(), by the agent. -EPIPE and *reterr_why (may be NULL) if it is not there any more, or the socket is shut down. */
int credential_agent_ask(int socket, const char *name, Credentials *ret, char **reterr_why);
