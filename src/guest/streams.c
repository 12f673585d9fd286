/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the standard streams of what runs in the guest.
 * Never: looks at what goes through them.
 * Follows: link/link.h. */

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "basic/fd.h"
#include "guest/streams.h"

int stream_open(Link *l, uint32_t id, bool output) {
        int fds[2];

        if (pipe2(fds, O_CLOEXEC) < 0)
                return -errno;
        _cleanup_close_ int theirs = fds[output ? 1 : 0];
        int r = output ? link_open(l, id, fds[0], -EBADF) : link_open(l, id, -EBADF, fds[1]);

        return r < 0 ? r : TAKE_FD(theirs);
}

int streams_open(Link *l, uint32_t first, int ret[static STREAMS]) {
        int fds[STREAMS] = { -EBADF, -EBADF, -EBADF }, r = 0;

        for (unsigned i = 0; r >= 0 && i < STREAMS; i++)
                r = fds[i] = stream_open(l, first + 2 * i, i != STDIN_FILENO);
        if (r < 0) {
                streams_close(fds);
                return r;
        }

        for (unsigned i = 0; i < STREAMS; i++)
                ret[i] = fds[i];
        return 0;
}

int stream_open_file(Link *l, uint32_t id) {
        _cleanup_close_ int fd = memfd_create("stream", MFD_CLOEXEC);
        int copy = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 0);
        if (copy < 0)
                return -errno;

        int r = link_open(l, id, -EBADF, copy);
        return r < 0 ? r : TAKE_FD(fd);
}

int streams_place(const int fds[static STREAMS], int further) {
        for (int i = 0; i < STREAMS; i++)
                if (dup2(fds[i], i) < 0)
                        return -errno;
        if (further < 0)
                return 0;
        if (further != STREAMS)
                return dup2(further, STREAMS) < 0 ? -errno : 0;

        return fd_keep_on_exec(further);
}

void streams_close(int fds[static STREAMS]) {
        for (unsigned i = 0; i < STREAMS; i++)
                fds[i] = fd_close(fds[i]);
}
