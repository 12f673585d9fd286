/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "guest/command.h"
#include "guest/exec.h"
#include "guest/journal.h"

/* All of the pod, from inside its guest. */
#define AGENT_REQUESTS 32

/* Of all that is polled for, the parts. */
typedef struct Polled {
        struct pollfd *signals, *system, *apps, *execs, *journal, *link; /* in this order */
        size_t n;
} Polled;

typedef struct Agent {
        const GuestConfig *config;
        Link *link;
        int signals;
        Journal journal;
        App *apps; /* as many as the configuration has */
        System system;
        Exec execs[AGENT_REQUESTS];
        Command commands[AGENT_REQUESTS];
        Polled polled;
        uint32_t orders; /* the stream of what the host has to say with GO; 0: there is none now */
        uint32_t change; /* and of what has changed since; 0 as above */
        int orders_fd;   /* where that goes */
        bool may_run;    /* the host has said GO, and all that belongs to it */
        bool is_to_stop; /* and STOP */
        bool runs;       /* process 1 of the pod has been started, and has not ended */
        bool is_heard;   /* the host has said BYE */
} Agent;

/* Takes over the port, and says HELLO. 0 or -errno. */
int agent_open(Agent *a, const GuestConfig *c, int port);

/* One turn: waits for at most `msec` (-1: as long as it takes) until there is something to do, and does that. 0: it was nothing. */
int agent_turn(Agent *a, int msec, char **reterr_why);

/* Whether nothing is left of what the apps have written. */
bool agent_has_heard_all(const Agent *a);

/* Sends a message that is a text, or is nothing but its type. */
int agent_say(Agent *a, LinkType type, const char *text);
