/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the running app of a pod that flies: gantry-init as a child, and the cgroup of all that it starts.
 * Never: waits for it; lets a process of the app outlive gantry-init, as none does in a container.
 * Follows: stage/supervise.h; docs/ARCHITECTURE.md, "The fly level"; Documentation/admin-guide/cgroup-v2.rst, "cgroup.kill". */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "basic/confine.h"
#include "basic/fd.h"
#include "fly-stage1/flight.h"
#include "fly-stage1/fly-child.h"
#include "stage/cgroup.h"

/* nspawn's own name for it. */
#define PAYLOAD "payload"

struct Flight {
        Stage *stage;
        Supervisor *supervisor;
        pid_t pid;  /* of gantry-init; 0: it does not run */
        int leader; /* a pidfd of it */
        int cgroup; /* below the unit's, or -EBADF */
};

static RunningApp *app_of(const Flight *f) {
        return &supervisor_apps(f->supervisor)[0];
}

static int start(Flight *f, const RunningApp *a, int status) {
        return fly_child_start(
                        &(FlyChild) {
                                        .app = a->app,
                                        .in = attach_stdin(a->attach),
                                        .out = a->out.app,
                                        .err = a->err.app,
                                        .status = status,
                                        .cgroup = f->cgroup,
                        },
                        &f->pid);
}

/* Nothing of the app has run before; the stage loses what it took to put its root together, and the app does not. */
static int take_off(void *data) {
        Flight *f = data;
        RunningApp *a = app_of(f);
        int fds[2];

        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
                return -errno;
        a->status = fds[0];
        int r = start(f, a, fds[1]);
        fd_close(fds[1]);
        attach_started(a->attach);
        running_app_end_streams(a);
        if (r < 0)
                return r;

        f->leader = pidfd_open(f->pid, 0);
        if (f->leader < 0)
                return -errno;
        running_app_set_leader(a, f->pid);
        supervisor_begin(f->supervisor, f->pid, f->leader);
        return confine(CONFINE_STAGE, /* directory_fd= */ -EBADF);
}

/* What it has left would go on, and nobody would hear it to its end. */
static void kill_all(const Flight *f) {
        _cleanup_close_ int fd =
                        f->cgroup < 0 ? -EBADF : openat(f->cgroup, "cgroup.kill", O_WRONLY | O_CLOEXEC);
        if (fd >= 0)
                (void) fd_write_full(fd, "1", 1);
}

static void ended(void *data, pid_t pid, int status) {
        Flight *f = data;

        if (pid != f->pid)
                return;
        f->pid = 0;
        kill_all(f);
        supervisor_end(f->supervisor);
}

/* gantry-init makes the app's stop signal of it. */
static void stop(void *data) {
        const Flight *f = data;
        (void) pidfd_send_signal(f->leader, SIGTERM, NULL, 0);
}

static void pass_signal(void *data, const RunningApp *a, int sig) {
        const Flight *f = data;
        (void) pidfd_send_signal(f->leader, sig, NULL, 0);
}

/* Nobody asks for any: supervise.c answers for an app that is alone. */
static void refuse_command(void *data, Command *c) {
        (void) control_answer(c->connection, -EOPNOTSUPP, "it has no systemd of its own");
}

static int poll_nothing(void *data, struct pollfd *fds) {
        return -1;
}

static void dispatch_nothing(void *data, const struct pollfd *fds) {
}

Flight *flight_free(Flight *f) {
        if (!f)
                return NULL;

        if (f->pid > 0) {
                (void) kill(f->pid, SIGKILL);
                (void) waitpid(f->pid, NULL, 0);
                kill_all(f);
        }
        supervisor_free(f->supervisor);
        fd_close(f->cgroup);
        fd_close(f->leader);
        free(f);
        return NULL;
}

/* The stage goes out of the way, as it does where a systemd runs: so the app could give those below it a share of what it has. */
static int make_cgroup(Flight *f) {
        _cleanup_close_ int unit = cgroup_open();
        if (unit == -ENODATA)
                return 0;
        int r = unit < 0 ? unit : cgroup_leave(unit);
        if (r >= 0)
                r = f->cgroup = dir_open_at(unit, PAYLOAD, 0755);

        return r;
}

int flight_new(Stage *stage, Flight **ret) {
        _cleanup_(flight_freep) Flight *f = malloc(sizeof(Flight));
        if (!f)
                return -ENOMEM;

        *f = (Flight) { .stage = stage, .leader = -EBADF, .cgroup = -EBADF };
        int r = supervisor_new(stage, &f->supervisor);
        if (r >= 0)
                r = make_cgroup(f);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(f);
        return 0;
}

int flight_run(Flight *f, Machine *machine, PodEnd *ret_end) {
        const Payload payload = {
                .data = f,
                .go_on = take_off,
                .ended = ended,
                .stop = stop,
                .signal = pass_signal,
                .command = refuse_command,
                .poll = poll_nothing,
                .dispatch = dispatch_nothing,
        };

        return supervisor_run(f->supervisor, &payload, machine, ret_end);
}
