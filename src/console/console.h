/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "console/detach-keys.h"
#include "console/flow.h"
#include "console/terminal.h"

/* A user's side of a conversation with a process in a pod. The pod's side is the streams of that process, or a
 * terminal's master, or a socket behind which all this is (pod/attach.h). */
typedef struct Console {
        Terminal terminal; /* lent while the process has one, too */
        DetachKeys keys;
        Flow in, out, err; /* the pod's ends are owned */
        int master;        /* of the process's terminal, for its size; borrowed from `out`; or -EBADF */
        int socket;        /* owned, or -EBADF */
        bool keep_input;   /* the end of ours is not that of the app's: others may have something to say */
        bool end_is_due;   /* of ours: the socket had no room for it yet */
        bool ended;        /* there is nothing to wait for but what is there already */
        int status;        /* of the pod, once the stage has told; else negative */
        size_t rest; /* bytes that may still come then: somebody who was left behind may go on for ever */
        int signals; /* blocked, and read from here */
        /* SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGCHLD. True: the conversation has ended. */
        bool (*on_signal)(int sig, void *userdata);
        void (*on_resize)(void *userdata); /* the master has got another size; may be NULL */
        void *userdata;
} Console;

typedef enum ConsoleResult {
        CONSOLE_ENDED,
        CONSOLE_DETACHED,
} ConsoleResult;

/* Nothing is connected yet but the caller's output. */
void console_init(Console *c);
void console_done(Console *c);
#define _cleanup_console_ _cleanup_(console_done)

/* From now on the caller's signals wait for console_run(). So they do for its children, until these unblock them. */
int console_catch_signals(Console *c);

/* Talks until the end, or until the keys to leave are typed. Returns a ConsoleResult or -errno; the terminal is as it was. */
int console_run(Console *c);
