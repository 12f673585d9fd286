/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the host's end of a terminal that is in a virtual machine.
 * Never: interprets what is typed or printed: that is for the terminal in there.
 * Follows: pts(4), termios(3), pod/pod-terminal.h. */

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <termios.h>

#include "basic/fd-pass.h"
#include "basic/fd.h"
#include "kvm-stage1/relay-terminal.h"

static int open_pair(int *ret_master, int *ret_slave) {
        struct termios raw;

        _cleanup_close_ int master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
        if (master < 0 || ioctl(master, TIOCSPTLCK, &(int) { 0 }) < 0)
                return -errno;
        _cleanup_close_ int slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
        if (slave < 0 || tcgetattr(slave, &raw) < 0)
                return -errno;
        cfmakeraw(&raw);
        if (tcsetattr(slave, TCSANOW, &raw) < 0)
                return -errno;

        *ret_master = TAKE_FD(master);
        *ret_slave = TAKE_FD(slave);
        return 0;
}

int relay_terminal_open(int socket, RelayTerminal *ret) {
        _cleanup_close_ int owned = socket, master = -EBADF, slave = -EBADF;

        int r = open_pair(&master, &slave);
        if (r >= 0)
                r = fd_pass(owned, master);
        if (r < 0)
                return r;

        *ret = (RelayTerminal) { .socket = TAKE_FD(owned), .slave = TAKE_FD(slave) };
        return 0;
}

void relay_terminal_done(RelayTerminal *t) {
        fd_close(t->socket);
        fd_close(t->slave);
        *t = (RelayTerminal) RELAY_TERMINAL_NONE;
}

int relay_terminal_connect(const RelayTerminal *t, Link *l, uint32_t stream) {
        _cleanup_close_ int in = fcntl(t->slave, F_DUPFD_CLOEXEC, 3);
        _cleanup_close_ int out = fcntl(t->slave, F_DUPFD_CLOEXEC, 3);

        return in < 0 || out < 0 ? -errno : link_open(l, stream, TAKE_FD(in), TAKE_FD(out));
}

void relay_terminal_poll(const RelayTerminal *t, struct pollfd *ret) {
        *ret = (struct pollfd) { .fd = t->socket, .events = POLLIN };
}

bool relay_terminal_dispatch(RelayTerminal *t, const struct pollfd *fd) {
        if (!fd->revents || t->socket < 0)
                return false;

        t->socket = fd_close(t->socket);
        return true;
}

bool relay_terminal_has_new_size(RelayTerminal *t) {
        struct winsize size;

        if (t->slave < 0 || t->socket >= 0 || ioctl(t->slave, TIOCGWINSZ, &size) < 0)
                return false;
        if (t->sized && size.ws_row == t->rows && size.ws_col == t->columns)
                return false;

        t->sized = true;
        t->rows = size.ws_row;
        t->columns = size.ws_col;
        return true;
}
