/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: requests to start, stop and restart an app of the pod.
 * Never: waits for one to be carried out.
 * Follows: pod/control.h, link/message.h; systemctl(1). */

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "guest/command.h"
#include "guest/namespaces.h"
#include "guest/streams.h"
#include "pod/control.h"

#define WORDS_MAX 512 /* of LINK_RESULT */

static const char *name_of(uint32_t verb) {
        switch (verb) {
        case CONTROL_START: return "start";
        case CONTROL_STOP: return "stop";
        case CONTROL_RESTART: return "restart";
        default: return NULL;
        }
}

_noreturn_ static void become_systemctl(const char *verb, const char *unit, int words, int error) {
        char *argv[] = { (char *) "systemctl", (char *) "--quiet", (char *) "--no-ask-password",
                         (char *) verb,        (char *) unit,      NULL },
             *environment[] = { NULL };
        const int streams[STREAMS] = { STDIN_FILENO, words, words };

        if (error >= 0 && streams_place(streams, -EBADF) >= 0)
                (void) execve("/usr/bin/systemctl", argv, environment);

        _exit(EXIT_FAILURE);
}

static int start(const LinkMessage *m, const System *s, const App *app, Command *c) {
        const char *verb = name_of(m->verb);
        _cleanup_free_ char *unit = NULL;
        int error;

        if (!verb)
                return -EINVAL;
        if (s->pid == 0)
                return -ESRCH;
        int r = str_printf(&unit, "app-%s.service", app->config->name);
        if (r < 0)
                return r;
        c->words = memfd_create("systemctl", MFD_CLOEXEC);
        if (c->words < 0)
                return -errno;

        c->pid = namespaces_fork(s->pidfd, s->pid, -EBADF, &error);
        if (c->pid == 0)
                become_systemctl(verb, unit, c->words, error);
        return MIN(c->pid, 0);
}

static void answer(Command *c, Link *l, int error, const char *words) {
        (void) link_send(l,
                         &(LinkMessage) { .type = LINK_RESULT, .id = c->id, .value = error, .text = words });
        fd_close(c->words);
        *c = (Command) { .words = -EBADF };
}

void command_begin(const LinkMessage *m, const System *s, const App *app, Link *l, Command *ret) {
        *ret = (Command) { .id = m->id, .words = -EBADF };
        int r = start(m, s, app, ret);
        if (r < 0)
                answer(ret, l, r, "");
}

void command_end(Command *c, Link *l, int status) {
        char words[WORDS_MAX + 1];

        ssize_t n = pread(c->words, words, WORDS_MAX, 0);
        words[MAX(n, 0)] = '\0';
        words[strlen(words) > 0 ? strcspn(words, "\n") : 0] = '\0';
        answer(c, l, status == 0 ? 0 : -EIO, words);
}
