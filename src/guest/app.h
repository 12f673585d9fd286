/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <poll.h>

#include "basic/per-second.h"
#include "guest/journal.h"
#include "guest/place.h"
#include "guest/terminal.h"

/* An app of the pod: where it is put together, and what its gantry-init reports. In a pod that boots that comes to the app's status
 * socket, each time that the app is started, for what it is to have. */
typedef struct App {
        const GuestApp *config;
        uint16_t number;
        Place place;
        int listener;     /* the status socket, or -EBADF */
        int handlers;     /* the one of event handlers, or -EBADF */
        int status;       /* what is reported over, while it is */
        int notify;       /* the socket that an app which is alone notifies, or -EBADF */
        int memory;       /* cgroup_open_memory_events() */
        uint64_t n_kills; /* there, when it was started */
        pid_t pid;        /* of gantry-init, as long as the app runs; or 0 */
        pid_t init;       /* the last one */
        uint32_t stream;  /* the first that it was given, when it was started last; or 0 */
        int leader;       /* a pidfd of that */
        bool has_started; /* so it has said */
        PerSecond notified;
        Terminal terminal;
} App;

#define APP_NULL                                                                                            \
        (App) {                                                                                             \
                .place = PLACE_NULL, .listener = -EBADF, .handlers = -EBADF, .status = -EBADF,              \
                .notify = -EBADF, .memory = -EBADF, .leader = -EBADF, .terminal = TERMINAL_NONE             \
        }

/* Says that it starts; ret_streams are for gantry-init. Then which process that is, and where it reports: takes over the fd. */
int app_begin(App *a, Link *l, int ret_streams[static 3]);
void app_set_leader(App *a, pid_t pid, int status_fd);

/* Its gantry-init is no more. */
void app_has_ended(App *a, Link *l);

/* Whether all has been taken of what it has written. */
bool app_is_heard(const App *a, const Link *l);

/* It has notified more often than it may: it is heard again in the next second. */
bool app_is_held_up(const App *a);

/* For a loop. `quiet`: the link has room for whatever an app may want to say. */
#define APP_POLL 5
void app_poll(const App *a, bool quiet, struct pollfd fds[static APP_POLL]);
void app_dispatch(App *a, Link *l, Journal *j, const struct pollfd fds[static APP_POLL]);
