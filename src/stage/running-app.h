/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pod/app-state.h"
#include "pod/init-config.h"
#include "stage/attach.h"
#include "stage/stream.h"

/* An app of a pod that runs: what it prints, who is attached to it, and what its gantry-init reports. In a pod that boots, gantry-init
 * comes to the app's status socket, each time that the app is started, for what it is to have; for an event handler, to another one. */
typedef struct RunningApp {
        const StageApp *app;
        Attach *attach;
        Stream out, err, terminal;
        int listener; /* the status socket, or -EBADF */
        int handlers; /* the socket where event handlers come for the app's streams, or -EBADF */
        int status;   /* what is reported over, while it is */
        int leader;   /* a pidfd of the app's process 1, as long as it reports */
        int memory;   /* cgroup_open_memory_events() of that */
        bool told_to_stop;
        bool out_of_memory; /* where there is no such fd */
        struct Starts {
                uint64_t since_usec;
                unsigned n;
        } starts; /* not long ago */
        InitStatus last;
        AppState state; /* also on the disk */
} RunningApp;

#define RUNNING_APP_NULL                                                                                    \
        (RunningApp) {                                                                                      \
                .out = STREAM_NONE, .err = STREAM_NONE, .terminal = STREAM_NONE, .listener = -EBADF,        \
                .handlers = -EBADF, .status = -EBADF, .leader = -EBADF, .memory = -EBADF                    \
        }

int running_app_open(const StageApp *a, RunningApp *ret);
void running_app_done(RunningApp *a);

/* Listens at these sockets, which are in the app's INIT_DIRECTORY. */
int running_app_listen(RunningApp *a);

/* It is started where no gantry-init can come to the stage: for whoever stands in for that. Gives what the app is to have as its standard
 * streams (the first may be -EBADF: nothing; or a socket that wants its terminal) and the socket to report over. */
int running_app_begin(RunningApp *a, int ret_streams[static 3], int *ret_status);

/* And that the kernel over there has killed something of it for lack of memory. */
void running_app_ran_out_of_memory(RunningApp *a);

/* Who gantry-init is. */
void running_app_set_leader(RunningApp *a, pid_t pid);

/* Nobody will start it again: its streams end with those who have them. */
void running_app_end_streams(RunningApp *a);

/* The pod has ended. */
void running_app_end(RunningApp *a, int pod_status);

/* Is there anything of it that has not been heard to its end? */
bool running_app_is_heard(const RunningApp *a);

/* Has the journal taken all of that? */
bool running_app_is_logged(const RunningApp *a);

/* Exit status of the app as it last ended: its own, 128+n, or gantry-init's words for why it did not start. */
int running_app_exit_status(const RunningApp *a);

/* Who does not take what he waits for has had his time. */
void running_app_leave_callers(RunningApp *a, uint64_t msec);

/* For a loop: fills in what to poll for, and does what there is to do. */
#define RUNNING_APP_POLL (3 + 3 * STREAM_POLL + ATTACH_POLL)
void running_app_poll(const RunningApp *a, struct pollfd fds[RUNNING_APP_POLL]);
void running_app_dispatch(RunningApp *a, const struct pollfd fds[RUNNING_APP_POLL]);
