/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "stage1-tool/contents.h"
#include "stage1/current.h"

/* Adds the programs of the host's systemd and what they need, notes down which files that are, and says which version of
 * systemd it is ("252"; owned by the caller). */
int gather(int root_fd, Contents *c, Current *sources, char **ret_systemd, char **reterr_why);
