/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the children of a process, and what a signal does to them.
 * Never: exits: whoever waits for a child finds it ended and undoes what was begun.
 * Follows: signal-safety(7); waitid(2), so that no signal goes to a process that has been reaped. */

#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "basic/children.h"

#define CHILDREN_MAX 64

static const int ending_signals[] = { SIGINT, SIGTERM, SIGHUP };
static volatile sig_atomic_t interrupted;
/* Pids, and -fd for sockets; 0: free. Changed with the signals blocked only. */
static volatile pid_t running[CHILDREN_MAX];

static void end(pid_t who) {
        /* Whoever asks twice means it. */
        if (who > 0)
                (void) kill(who, interrupted ? SIGKILL : SIGTERM);
        if (who < 0)
                (void) shutdown(-who, SHUT_RDWR);
}

static void on_signal(int number) {
        int saved = errno;

        for (size_t i = 0; i < CHILDREN_MAX; i++)
                end(running[i]);
        interrupted = 1;
        errno = saved;
}

void children_take_signals(void) {
        struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };

        for (size_t i = 0; i < ELEMENTSOF(ending_signals); i++)
                (void) sigaction(ending_signals[i], &action, NULL);
        (void) signal(SIGPIPE, SIG_IGN);
}

bool children_interrupted(void) {
        return interrupted;
}

static sigset_t block_signals(void) {
        sigset_t set, old;

        sigemptyset(&set);
        for (size_t i = 0; i < ELEMENTSOF(ending_signals); i++)
                sigaddset(&set, ending_signals[i]);
        sigprocmask(SIG_BLOCK, &set, &old);
        return old;
}

static void restore_signals(sigset_t old) {
        sigprocmask(SIG_SETMASK, &old, NULL);
}

/* Puts `now` where `before` is. */
static bool replace(pid_t before, pid_t now) {
        for (size_t i = 0; i < CHILDREN_MAX; i++)
                if (running[i] == before) {
                        running[i] = now;
                        return true;
                }

        return false;
}

static void add(pid_t who) {
        if (!replace(0, who))
                abort(); /* more children than this program ever has at once */
}

int child_start(const Spawn *spawn, pid_t *ret) {
        sigset_t old = block_signals();
        pid_t pid;

        int r = interrupted ? -ECANCELED : process_spawn(spawn, &pid);
        if (r >= 0) {
                add(pid);
                *ret = pid;
        }

        restore_signals(old);
        return r;
}

int child_wait(pid_t pid) {
        siginfo_t info;

        while (waitid(P_PID, pid, &info, WEXITED | WNOWAIT) < 0)
                if (errno != EINTR)
                        return -errno;

        sigset_t old = block_signals();
        (void) replace(pid, 0);
        int r = process_wait(pid);
        restore_signals(old);
        return r;
}

void child_end(pid_t pid) {
        if (pid <= 0)
                return;

        (void) kill(pid, SIGKILL);
        (void) child_wait(pid);
}

int children_adopt(int socket) {
        sigset_t old = block_signals();

        int r = interrupted ? -ECANCELED : 0;
        if (r >= 0)
                add(-socket);

        restore_signals(old);
        return r;
}

void children_leave(int socket) {
        sigset_t old = block_signals();

        (void) replace(-socket, 0);
        restore_signals(old);
}
