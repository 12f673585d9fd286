/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* Opens the port that the stage listens at, which the kernel may still be about to find. Returns the fd. */
int port_open(void);
