/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* How `gantry start|stop|restart --app=` talk with the stage of a running pod of several apps. The stage listens at CONTROL_SOCKET in
 * the pod's directory, which is root's alone. It is SOCK_SEQPACKET, one request a connection: a byte, which is the verb, and the app's
 * name. The answer comes when it is done: an int32_t, 0 or -errno, and the text of the error. */
#define CONTROL_SOCKET "control"

typedef enum ControlVerb {
        CONTROL_START = 's',
        CONTROL_STOP = 'o',
        CONTROL_RESTART = 'r',
} ControlVerb;

/* Asks the stage of the pod, and waits. *reterr_why (may be NULL) is the text of the error, if it has sent one; it is fit for a message.
 * -ENOENT, -ECONNREFUSED: the pod does not run, or is of one app. -ECONNRESET: it has ended meanwhile. */
int control_ask(int pod_fd, ControlVerb verb, const char *app, char **reterr_why);

/* The stage's side. Returns the listening socket. */
int control_listen(int pod_fd);

/* Receives the request of a connection. *ret_app is owned by the caller, and might be anything. -EBADMSG: it is none. */
int control_receive(int fd, ControlVerb *ret_verb, char **ret_app);

/* `why` may be NULL. */
int control_answer(int fd, int error, const char *why);
