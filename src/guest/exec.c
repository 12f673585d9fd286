/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: one more process in an app, with the app's user, capabilities, filter, namespaces and cgroup.
 * Never: executes anything of the image: gantry-init does, when it has applied the identity.
 * Follows: pod/init-config.h; gantry-exec(1). */

#include <fcntl.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "basic/fd.h"
#include "guest/cgroup.h"
#include "guest/exec.h"
#include "guest/namespaces.h"
#include "guest/streams.h"
#include "pod/guest-config.h"
#include "pod/init-config.h"

static int open_streams(const LinkMessage *m, Link *l, Exec *e) {
        if (!m->terminal)
                return streams_open(l, m->streams, e->streams);

        int r = terminal_open_streams(l, m->streams, &e->terminal, e->streams);
        if (r >= 0)
                terminal_resize(&e->terminal, m->rows, m->columns);
        return r;
}

static void done(Exec *e) {
        streams_close(e->streams);
        terminal_close(&e->terminal);
        fd_close(e->orders_fd);
        *e = EXEC_NULL;
}

int exec_begin(const LinkMessage *m, const App *app, Link *l, Exec *ret) {
        Exec e = EXEC_NULL;

        e.id = m->id;
        e.app = app;
        e.orders = m->orders;
        int r = e.orders_fd = stream_open_file(l, m->orders);
        if (r >= 0)
                r = open_streams(m, l, &e);
        if (r < 0) {
                done(&e);
                return r;
        }

        *ret = e;
        return 0;
}

/* Others are in the pod: it is not theirs on its way into the cage. */
_noreturn_ static void become_command(const Exec *e, int init, int error) {
        static char number[] = "3"; /* where streams_place() puts the orders */
        char *argv[] = { (char *) "gantry-init", number, NULL }, *environment[] = { NULL };

        int r = prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ? -errno : error;
        if (r >= 0)
                r = streams_place(e->streams, e->orders_fd);
        if (r >= 0) {
                (void) fexecve(init, argv, environment);
                r = -errno;
        }

        (void) dprintf(e->streams[STDERR_FILENO], "Cannot enter app '%s': %s\n", e->app->config->name,
                       strerror(-r));
        _exit(EXIT_GANTRY);
}

/* Returns its process. */
static pid_t start(const Exec *e) {
        int error;

        _cleanup_close_ int init = open(GUEST_INIT, O_RDONLY | O_CLOEXEC);
        if (init < 0)
                return -errno;
        if (e->app->pid == 0)
                return -ESRCH;
        _cleanup_close_ int cgroup = cgroup_open(e->app->pid);
        if (cgroup < 0)
                return cgroup;

        pid_t pid = namespaces_fork(e->app->leader, e->app->pid, cgroup, &error);
        if (pid == 0)
                become_command(e, init, error);
        return pid;
}

void exec_run(Exec *e, Link *l) {
        e->orders = 0;
        pid_t pid = start(e);
        if (pid < 0) {
                (void) dprintf(e->streams[STDERR_FILENO], "Cannot enter app '%s': %s\n",
                               e->app->config->name, pid == -ESRCH ? "it does not run" : strerror(-pid));
                exec_end(e, l, EXIT_GANTRY);
                return;
        }

        e->pid = pid;
        streams_close(e->streams);
        e->orders_fd = fd_close(e->orders_fd);
}

void exec_end(Exec *e, Link *l, int status) {
        terminal_give_up(&e->terminal, l);
        (void) link_send(l, &(LinkMessage) { .type = LINK_EXITED, .id = e->id, .value = status });
        done(e);
}
