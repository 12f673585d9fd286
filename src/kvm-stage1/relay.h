/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "link/link.h"
#include "pod/control.h"

/* The stage's end of the link to the agent in the pod's virtual machine, which stands in for the gantry-init of each app. */
typedef struct Relay Relay;

/* An entry for the journal. */
typedef struct RelayEntry {
        int priority;
        const char *identifier, *text;
        char *const *fields; /* "NAME=value", more of it, whose names could be any; or NULL */
} RelayEntry;

/* What the stage is told. `app` is its number in the pod. Texts are the guest's, and taken apart at will. */
typedef struct RelayEvents {
        void *data;

        /* An app is started: gives what it has for standard streams, and where it wants to hear of it, as running_app_begin(). */
        int (*start)(void *data, size_t app, int ret_streams[static 3], int *ret_status);

        /* The kernel of the guest has killed something of it; what becomes of it is heard by its status. */
        void (*out_of_memory)(void *data, size_t app);

        /* -EAGAIN: not now; it is asked again, and nothing else is heard meanwhile. */
        int (*notify)(void *data, size_t app, char *message);
        int (*log)(void *data, size_t app, const RelayEntry *entry);

        /* The guest's systemd has booted. */
        void (*booted)(void *data);
} RelayEvents;

/* Takes over the fd, also when it fails. */
int relay_new(int fd, size_t n_apps, const RelayEvents *events, Relay **ret);
Relay *relay_free(Relay *r);
DEFINE_CLEANUP(Relay, relay_free)

/* The guest may start something of the images: now or as soon as it says that it is there. `orders` is what it is told before, from a file that
 * is taken over; or -EBADF: there is nothing more. */
void relay_go(Relay *r, int orders);

/* What is told when an app runs, as above: texts that have changed. Whether there may be such a thing now: the last one has arrived. */
bool relay_may_change(const Relay *r);
int relay_change(Relay *r, int orders);

/* The apps are to stop. */
void relay_stop(Relay *r);

void relay_signal(Relay *r, size_t app, int sig);

/* Asks for what a client wants, and answers him some time. Takes over both. */
void relay_request(Relay *r, size_t app, ControlRequest *request, int connection);

/* Has an app been started? */
bool relay_has_begun(const Relay *r);

/* Has the guest said that it is done? Then it has only its own end before it. */
bool relay_is_done(const Relay *r);

/* For a loop: how many to make room for; fills in what to poll for, and returns in how many ms it wants to be asked again, or -1; does what
 * there is to do. -ECONNRESET: the other end has gone. -EBADMSG: it has broken a rule; -ECANCELED: it could not make the pod; both with
 * *reterr_why, which is fit for a message. Then all that hung on it has ended, and relay_poll() wants nothing any more. */
size_t relay_n_poll(const Relay *r);
int relay_poll(Relay *r, struct pollfd *fds);
int relay_dispatch(Relay *r, const struct pollfd *fds, char **reterr_why);
