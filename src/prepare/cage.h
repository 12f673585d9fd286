/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Shuts the process in for good: from now on it reads and writes what it was given, allocates memory, and
 * exits. 0 or -errno. */
int cage_enter(void);
