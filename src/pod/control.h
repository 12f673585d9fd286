/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* How `gantry start|stop|restart --app=` and, if it is a virtual machine, `gantry exec` talk with the stage of a running pod. The stage listens
 * at CONTROL_SOCKET in the pod's directory, which is root's alone. It is SOCK_SEQPACKET, one request a connection: a byte, which is the verb,
 * the app's name, and the fds that belong to it. The answer comes when it is done: an int32_t, 0 (or the exit status of the command) or
 * -errno, and the text of the error. Before that, the connection of a command takes signals: an int32_t each. */
#define CONTROL_SOCKET "control"

typedef enum ControlVerb {
        CONTROL_START = 's',
        CONTROL_STOP = 'o',
        CONTROL_RESTART = 'r',
        CONTROL_EXEC = 'e',
        CONTROL_EXEC_TERMINAL =
                        't', /* standard input is a socket that wants the terminal (pod/pod-terminal.h) */
} ControlVerb;

typedef struct ControlRequest {
        ControlVerb verb;
        char *app; /* might be anything */
        /* Of a command: what it reads, prints and complains to, nobody else's open file descriptions; and its orders (INIT_CONFIG). */
        struct ControlFds {
                int streams[3];
                int orders;
        } fds;
} ControlRequest;

#define CONTROL_FDS_NONE                                                                                    \
        { .streams = { -EBADF, -EBADF, -EBADF }, .orders = -EBADF }

void control_request_done(ControlRequest *r);
#define _cleanup_control_request_ _cleanup_(control_request_done)

/* Asks the stage of the pod, and waits. *reterr_why (may be NULL) is the text of the error, if it has sent one; it is fit for a message.
 * -ENOENT, -ECONNREFUSED: the pod does not run, or is of one app. -ECONNRESET: it has ended meanwhile. */
int control_ask(int pod_fd, ControlVerb verb, const char *app, char **reterr_why);

/* Has it run a command. Returns the connection. */
int control_exec(int pod_fd, ControlVerb verb, const char *app, const struct ControlFds *fds);

/* Passes a signal to the command. SIGWINCH: its terminal has another size. */
int control_exec_signal(int connection, int sig);

/* Waits for its end. Returns its exit status, or an error as control_ask(). */
int control_exec_wait(int connection, char **reterr_why);

/* The stage's side. Returns the listening socket. */
int control_listen(int pod_fd);

/* Receives the request of a connection. -EBADMSG: it is none. */
int control_receive(int fd, ControlRequest *ret);

/* Receives a signal for the command of a connection. -ENODATA: who waited for it has gone. */
int control_receive_signal(int fd, int *ret);

/* `result` is what is returned to whoever waits, `why` may be NULL. */
int control_answer(int fd, int result, const char *why);
