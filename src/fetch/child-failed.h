/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Turns the exit status of a child, not 0, into an error: -ECANCELED if we were interrupted; -EPROTO else, and
 * a line on stderr if the child cannot have written one itself. */
int child_failed(const char *name, int status);
