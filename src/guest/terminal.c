/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what becomes of the terminal of an app, or of a command.
 * Never: makes one; waits for one.
 * Follows: pod/pod-terminal.h. */

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "basic/fd.h"
#include "guest/terminal.h"
#include "pod/pod-terminal.h"

/* *ret_input is to be the standard input of gantry-init. */
static int open_terminal(Link *l, uint32_t stream, Terminal *ret, int *ret_input) {
        int ours, theirs;

        int r = pod_terminal_sockets(&ours, &theirs);
        if (r < 0)
                return r;
        r = link_reserve(l, stream);
        if (r < 0) {
                fd_close(ours);
                fd_close(theirs);
                return r;
        }

        *ret = (Terminal) { .stream = stream, .socket = ours, .master = -EBADF };
        *ret_input = theirs;
        return 0;
}

int terminal_open_streams(Link *l, uint32_t first, Terminal *ret, int ret_streams[static STREAMS]) {
        int streams[STREAMS] = { -EBADF, -EBADF, -EBADF };
        Terminal t = TERMINAL_NONE;

        int r = open_terminal(l, first, &t, &streams[STDIN_FILENO]);
        for (unsigned i = STDOUT_FILENO; r >= 0 && i < STREAMS; i++)
                r = streams[i] = stream_open(l, first + 2 * i, /* output= */ true);
        if (r < 0) {
                streams_close(streams);
                terminal_close(&t);
                return r;
        }

        *ret = t;
        memcpy(ret_streams, streams, sizeof(streams));
        return 0;
}

void terminal_close(Terminal *t) {
        fd_close(t->socket);
        fd_close(t->master);
        *t = TERMINAL_NONE;
}

static void set_size(const Terminal *t) {
        if (t->master >= 0 && t->rows > 0)
                (void) pod_terminal_resize(t->master, t->rows, t->columns);
}

/* When there is a terminal, and its size is known. */
static void let_go_on(Terminal *t) {
        if (t->socket < 0 || t->master < 0 || !t->is_sized)
                return;
        (void) pod_terminal_release(t->socket);
        t->socket = fd_close(t->socket);
}

void terminal_resize(Terminal *t, unsigned rows, unsigned columns) {
        t->rows = rows;
        t->columns = columns;
        t->is_sized = true;
        set_size(t);
        let_go_on(t);
}

void terminal_poll(const Terminal *t, struct pollfd *ret) {
        *ret = (struct pollfd) { .fd = t->master >= 0 ? -EBADF : t->socket, .events = POLLIN };
}

static int take(Terminal *t, Link *l) {
        _cleanup_close_ int master = -EBADF;

        int r = pod_terminal_receive(t->socket, &master);
        if (r < 0)
                return r;
        _cleanup_close_ int in = fcntl(master, F_DUPFD_CLOEXEC, 0), out = fcntl(master, F_DUPFD_CLOEXEC, 0);
        if (in < 0 || out < 0)
                return -errno;
        r = link_open(l, t->stream, TAKE_FD(in), TAKE_FD(out));
        if (r < 0)
                return r;

        t->master = TAKE_FD(master);
        set_size(t);
        let_go_on(t);
        return 0;
}

void terminal_dispatch(Terminal *t, Link *l, const struct pollfd *fd) {
        if (!fd->revents || t->socket < 0)
                return;
        if (take(t, l) < 0)
                terminal_give_up(t, l);
}

void terminal_give_up(Terminal *t, Link *l) {
        if (t->socket < 0)
                return;
        if (t->master < 0)
                link_close(l, t->stream);
        t->socket = fd_close(t->socket);
}
