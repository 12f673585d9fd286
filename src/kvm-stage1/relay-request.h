/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "kvm-stage1/relay-terminal.h"
#include "pod/control.h"

/* What a client of the pod's control socket has asked the guest for, until he is answered: a command to run, or an app to start or stop. */
typedef struct RelayRequest {
        uint32_t id;    /* 0: there is no request here */
        int connection; /* who waits; -EBADF: he has gone, and the command goes on */
        uint16_t app;
        ControlRequest control; /* its fds are here until the guest is told of it */
        RelayTerminal terminal;
        uint32_t streams; /* of a command: the first of three */
        bool ended;
        int status;
        uint64_t until_msec; /* so long what it has printed may yet come, by CLOCK_MONOTONIC */
} RelayRequest;

#define RELAY_REQUEST_NONE                                                                                  \
        { .connection = -EBADF, .control = { .fds = CONTROL_FDS_NONE }, .terminal = RELAY_TERMINAL_NONE }

/* Tells the guest, or gives out a terminal first. Takes over both fds and all that `control` owns, also when it fails: then the client
 * has been answered. */
void relay_request_begin(RelayRequest *q, Link *l, uint16_t app, ControlRequest *control, int connection);

/* The client is told that it could not be done, and why. */
void relay_request_fail(RelayRequest *q, int error, const char *why);

/* The guest has answered. False: it is not what it was asked for. */
bool relay_request_answer(RelayRequest *q, const LinkMessage *m);

/* A stream is over. */
void relay_request_over(RelayRequest *q, uint32_t stream);

void relay_request_done(RelayRequest *q);

/* For a loop. The first returns in how many ms it wants to be asked again, or -1. */
#define RELAY_REQUEST_POLL 2
int relay_request_poll(const RelayRequest *q, struct pollfd fds[RELAY_REQUEST_POLL]);
void relay_request_dispatch(RelayRequest *q, Link *l, const struct pollfd fds[RELAY_REQUEST_POLL]);
