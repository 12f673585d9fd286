/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pod/init-config.h"

/* Takes the next report of gantry-init, with the fd that may come with it (-EBADF: none). 0, or -ENODATA when there will be none any
 * more. */
int status_receive(int socket, InitStatus *ret, int *ret_fd);
