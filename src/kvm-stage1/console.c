/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the way of what a machine prints to the journal.
 * Never: waits; lets a guest fill the journal, or write anything into it but lines of text.
 * Follows: sd_journal_stream_fd(3). */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/per-second.h"
#include "kvm-stage1/console.h"

#define BYTES_PER_SECOND (32 * 1024)

int console_open(const char *name, int priority, Console *ret) {
        int fds[2];

        if (pipe2(fds, O_CLOEXEC) < 0)
                return -errno;
        *ret = (Console) {
                .name = name,
                .from = fds[0],
                .to = fds[1],
                .journal = sd_journal_stream_fd(name, priority, /* level_prefix= */ false),
        };

        return fcntl(fds[0], F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
}

void console_close(Console *c) {
        fd_close(c->from);
        fd_close(c->to);
        fd_close(c->journal);
        *c = CONSOLE_NONE;
}

void console_started(Console *c) {
        c->to = fd_close(c->to);
}

void console_poll(const Console *c, struct pollfd *fd) {
        *fd = (struct pollfd) { .fd = c->from, .events = POLLIN };
}

static void make_plain(char *text, size_t n) {
        for (size_t i = 0; i < n; i++)
                if (((unsigned char) text[i] < ' ' && text[i] != '\n' && text[i] != '\t') || text[i] == 0x7f)
                        text[i] = text[i] == '\r' ? ' ' : '?';
}

/* What journald does not take at once is lost: it is behind, and this is not the place to wait. */
static void pass(Console *c, const char *text, size_t n) {
        if (c->journal >= 0 && send(c->journal, text, n, MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t) n)
                c->dropped += n;
}

/* As soon as there is room again. */
static void confess(Console *c) {
        char text[80];

        if (c->dropped == 0 || per_second_count(&c->taken) > 0)
                return;
        int n = snprintf(text, sizeof(text), "\n[%zu bytes were too much]\n", c->dropped);
        c->dropped = 0;
        pass(c, text, (size_t) n);
}

void console_dispatch(Console *c, const struct pollfd *fd) {
        char text[4096];

        if (!fd->revents)
                return;
        ssize_t n = read(c->from, text, sizeof(text));
        if (n <= 0) {
                if (n == 0 || errno != EAGAIN)
                        c->from = fd_close(c->from);
                return;
        }

        if (c->ignored)
                return;
        confess(c);
        make_plain(text, (size_t) n);
        if (per_second_add(&c->taken, (size_t) n) <= BYTES_PER_SECOND)
                pass(c, text, (size_t) n);
        else
                c->dropped += (size_t) n;
}

void console_drain(Console *c) {
        while (c->from >= 0 && fd_is_readable(c->from))
                console_dispatch(c, &(struct pollfd) { .revents = POLLIN });
}
