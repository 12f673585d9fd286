/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "link/link.h"

/* Standard streams, each a pipe whose other end goes on in the link: the three with the ids `first`, and two more each. */
#define STREAMS 3
int streams_open(Link *l, uint32_t first, int ret[static STREAMS]);

/* One of them: that of standard input, or of an output. Returns the end that is not the link's. */
int stream_open(Link *l, uint32_t id, bool output);

/* What comes by it goes into a file in memory. Returns that. */
int stream_open_file(Link *l, uint32_t id);

/* Makes fds the standard streams of this process, and `further` (or -EBADF) the one behind them. All others end with the next execve(2).
 * None that is still wanted may have one of these numbers: the agent has them itself, and behind them the port. */
int streams_place(const int fds[static STREAMS], int further);

void streams_close(int fds[static STREAMS]);
