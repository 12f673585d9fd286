/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: asking people, and the state of their terminal meanwhile.
 * Never: leaves a terminal without echo, also when it is interrupted.
 * Follows: termios(3), tty(4). */

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "login/prompt.h"

#define LINE_SIZE 4096 /* that is all a terminal takes for a line */

static const int fatal[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };
static volatile sig_atomic_t caught;

static void on_signal(int signal) {
        caught = signal;
}

/* With our handler read(2) comes back to us; whoever ignores a signal goes on doing so. */
static void catch_signals(struct sigaction old[static ELEMENTSOF(fatal)]) {
        static const struct sigaction action = { .sa_handler = on_signal };

        caught = 0;
        for (size_t i = 0; i < ELEMENTSOF(fatal); i++) {
                (void) sigaction(fatal[i], NULL, &old[i]);
                if (old[i].sa_handler != SIG_IGN)
                        (void) sigaction(fatal[i], &action, NULL);
        }
}

static void release_signals(const struct sigaction old[static ELEMENTSOF(fatal)]) {
        for (size_t i = 0; i < ELEMENTSOF(fatal); i++)
                (void) sigaction(fatal[i], &old[i], NULL);
        if (caught > 0)
                (void) raise(caught);
}

static int read_line(int fd, char **ret) {
        char line[LINE_SIZE];

        ssize_t n = read(fd, line, sizeof(line));
        if (n < 0)
                return -errno;
        while (n > 0 && strchr("\r\n", line[n - 1]))
                n--;

        char *copy = strndup(line, n);
        explicit_bzero(line, sizeof(line));
        if (!copy)
                return -ENOMEM;
        if (copy[0] == '\0') {
                free(copy);
                return -ENODATA;
        }

        *ret = copy;
        return 0;
}

static int read_secret(int fd, char **ret) {
        struct sigaction old[ELEMENTSOF(fatal)];
        struct termios shown, hidden;

        if (tcgetattr(fd, &shown) < 0)
                return -errno;

        hidden = shown;
        hidden.c_lflag &= ~(tcflag_t) (ECHO | ECHOE | ECHOK);
        hidden.c_lflag |= ECHONL | ICANON;
        catch_signals(old);
        int r = tcsetattr(fd, TCSAFLUSH, &hidden) < 0 ? -errno : read_line(fd, ret);
        (void) tcsetattr(fd, TCSAFLUSH, &shown);
        release_signals(old);

        return r;
}

int prompt(const char *question, bool secret, char **ret) {
        _cleanup_close_ int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
        if (fd < 0)
                return -errno;

        int r = fd_write_full(fd, question, strlen(question));
        if (r < 0)
                return r;

        return secret ? read_secret(fd, ret) : read_line(fd, ret);
}
