/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the state of the caller's terminal.
 * Never: hands it to a pod.
 * Follows: termios(3), tty_ioctl(4). */

#include <sys/ioctl.h>
#include <unistd.h>

#include "basic/str.h"
#include "console/terminal.h"

Terminal terminal_find(void) {
        return (Terminal) { .fd = isatty(STDIN_FILENO) ? STDIN_FILENO : -EBADF };
}

int terminal_lend(Terminal *t) {
        struct termios raw;

        if (t->fd < 0)
                return 0;
        if (!t->raw && tcgetattr(t->fd, &t->before) < 0)
                return -errno;

        raw = t->before;
        cfmakeraw(&raw);
        if (tcsetattr(t->fd, TCSANOW, &raw) < 0)
                return -errno;

        t->raw = true;
        return 0;
}

void terminal_take_back(Terminal *t) {
        if (t->raw)
                (void) tcsetattr(t->fd, TCSANOW, &t->before);
        t->raw = false;
}

void terminal_size(unsigned *ret_rows, unsigned *ret_columns) {
        struct winsize size = {};

        if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0)
                (void) ioctl(STDIN_FILENO, TIOCGWINSZ, &size);

        *ret_rows = size.ws_row > 0 ? size.ws_row : 24;
        *ret_columns = size.ws_col > 0 ? size.ws_col : 80;
}

const char *terminal_type(void) {
        const char *type = getenv("TERM");
        return type && strlen(type) < 64 && in_charset(type, DIGITS LOWERCASE UPPERCASE "-+._") ? type
                                                                                                : "xterm";
}
