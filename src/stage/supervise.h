/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "stage/commands.h"
#include "stage/pod-status.h"
#include "stage/running-app.h"
#include "unit/machine.h"

/* What the unit's main process does for a pod until all of it has ended: says READY=1 when the apps are; registers it with machined; passes
 * signals to the apps, and notifications from the one that is alone; copies their output to the journal, and to whoever waits for it. */
typedef struct Supervisor Supervisor;

/* What runs the apps: nspawn, or a virtual machine. All are handed `data`. */
typedef struct Payload {
        void *data;

        /* Lets it go on: the pod has been put together, and its images are admitted. 0 or -errno. */
        int (*go_on)(void *data);

        /* A child has ended, of whomever. */
        void (*ended)(void *data, pid_t pid, int status);

        /* Asks the pod to stop, which has begun; may be asked again. */
        void (*stop)(void *data);

        /* A signal that is meant for an app. */
        void (*signal)(void *data, const RunningApp *a, int sig);

        /* Has the systemd in the pod carry out a command, and answers it, some time. */
        void (*command)(void *data, Command *c);

        /* For the loop: fills in what to poll for; does what there is to do. The first returns in how many ms it wants to be asked
         * again, or -1. */
        size_t n_fds;
        int (*poll)(void *data, struct pollfd *fds);
        void (*dispatch)(void *data, const struct pollfd *fds);
} Payload;

/* Opens what the apps need of the stage; their places are made. */
int supervisor_new(Stage *stage, Supervisor **ret);
Supervisor *supervisor_free(Supervisor *s);
DEFINE_CLEANUP(Supervisor, supervisor_free)

/* As many as the stage has. */
RunningApp *supervisor_apps(Supervisor *s);

/* Supervises a payload that has been started, and is to go on. `machine` (may be NULL) is what the pod is going to be registered as. Returns
 * the pod's exit status. */
int supervisor_run(Supervisor *s, const Payload *payload, Machine *machine, PodEnd *ret_end);

/* For the payload to say: the pod is there, and who its leader is for machined, also by a pidfd. */
void supervisor_begin(Supervisor *s, pid_t leader, int leader_pidfd);

/* And that its systemd, if it has one, has nothing to do any more but to wait. */
void supervisor_booted(Supervisor *s);

/* And that nothing of it is left, but what its apps have written may not have been read yet. */
void supervisor_end(Supervisor *s);

/* And what an app that is alone has told by sd_notify(3), where it cannot reach the stage itself; it is taken apart. -EAGAIN: that was enough
 * for this second. */
int supervisor_notify(Supervisor *s, char *message);
