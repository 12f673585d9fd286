/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* Groups of system calls by the names that systemd has given them: "@file-system". */

typedef int (*SeccompVisit)(const char *call, void *userdata);

/* Calls back for each of the words, which blanks separate, and for each call of the groups among them, until that
 * returns a negative number, which it returns. -ENOENT for a group that does not exist. */
int seccomp_calls_visit(const char *words, SeccompVisit visit, void *userdata);
