/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the running nspawn, as what the stage supervises.
 * Never: waits for it.
 * Follows: stage/supervise.h; docs/ARCHITECTURE.md, "The nspawn level". */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "basic/confine.h"
#include "basic/fd.h"
#include "basic/log.h"
#include "nspawn-stage1/command.h"
#include "nspawn-stage1/container.h"
#include "nspawn-stage1/nspawn-child.h"
#include "nspawn-stage1/settings-link.h"
#include "selinux/label.h"
#include "stage/cgroup.h"
#include "stage/notify.h"

struct Container {
        Stage *stage;
        Supervisor *supervisor;
        pid_t pid;    /* of nspawn; 0: it does not run */
        int leader;   /* a pidfd of the pod's process 1, once nspawn has told */
        int notify;   /* what nspawn says comes by it */
        int settings; /* where nspawn waits to read them */
        int cgroup;   /* the unit's, or -EBADF */
};

static void pass_on(const Container *c, int sig) {
        (void) pidfd_send_signal(c->leader, sig, NULL, 0);
}

/* While the pod begins, the stage loses what it took to put it together, and to listen in the pod's network. */
static void enter_cage(const Container *c) {
        int r = confine(CONFINE_STAGE, /* directory_fd= */ -EBADF);
        if (r >= 0)
                return;

        log_error_errno(r, "Cannot confine the stage of pod '%s': %m", c->stage->pod.name);
        (void) kill(c->pid, SIGKILL);
}

static void on_leader(Container *c, pid_t leader) {
        c->leader = pidfd_open(leader, 0);
        if (c->leader < 0)
                return;
        int r = metadata_listen(&c->stage->metadata, c->leader);
        if (r < 0)
                log_warning_errno(r, "Cannot listen for the metadata service of pod '%s': %m",
                                  c->stage->pod.name);
        if (!c->stage->boots)
                running_app_set_leader(supervisor_apps(c->supervisor), leader);
        supervisor_begin(c->supervisor, leader, c->leader);
        enter_cage(c);
}

static int poll_nspawn(void *data, struct pollfd *fds) {
        const Container *c = data;

        fds[0] = (struct pollfd) { .fd = c->notify, .events = POLLIN };
        return -1;
}

static void dispatch(void *data, const struct pollfd *fds) {
        char message[NOTIFY_MESSAGE_MAX + 1];
        Container *c = data;
        NspawnNews news = {};

        if (fds[0].revents && notify_receive(c->notify, message) > 0)
                notify_parse_nspawn(message, &news);
        if (news.leader > 0 && c->leader < 0)
                on_leader(c, news.leader);
        if (news.ready && c->stage->boots)
                supervisor_booted(c->supervisor);
}

static void ended(void *data, pid_t pid, int status) {
        Container *c = data;

        if (pid != c->pid)
                return;
        c->pid = 0;
        pass_on(c, SIGKILL); /* process 1 outlives an nspawn that was killed */
        supervisor_end(c->supervisor);
}

/* gantry-init makes the app's stop signal of it. */
static void stop(void *data) {
        const Container *c = data;

        pass_on(c, c->stage->boots ? SIGRTMIN + 4 : SIGTERM);
}

static void pass_signal(void *data, const RunningApp *a, int sig) {
        (void) pidfd_send_signal(a->leader, sig, NULL, 0);
}

static void carry_out(void *data, Command *command) {
        const Container *c = data;

        command_carry_out(c->stage, c->leader, command);
}

/* One that has ended by now does not take them; that shows. On failure the pipe stays open: its end would let nspawn go on. */
static int send_settings(void *data) {
        _cleanup_blob_ Blob settings = {};
        Container *c = data;

        int r = command_settings(c->stage, &settings);
        if (r >= 0)
                r = fd_write_full(c->settings, settings.data, settings.size);
        if (r < 0 && r != -EPIPE)
                return r;

        c->settings = fd_close(c->settings);
        return 0;
}

/* Whatever the policy would make of it: nspawn stays what this process is, since it has to do for the pod what the pod may not. */
static int start_nspawn(Container *c, const NspawnChild *child) {
        _cleanup_free_ char *own = NULL;

        int r = label_of_self(&own);
        if (r >= 0)
                r = label_next_exec(own);
        if (r >= 0 || r == -EOPNOTSUPP) /* SELinux is off */
                r = nspawn_start(child, &c->pid);
        int back = label_next_exec(NULL);

        return r < 0 ? r : back;
}

static int start_child(Container *c, NspawnChild *child) {
        int fds[2];

        if (pipe2(fds, O_CLOEXEC) < 0)
                return -errno;
        c->settings = fds[1];
        child->settings = fds[0];
        child->place_fd = c->stage->place_fd;
        child->network_fd = c->stage->network_fd;

        int r = settings_link(c->stage, nspawn_settings_fd(child));
        if (r >= 0)
                r = start_nspawn(c, child);
        fd_close(fds[0]);

        return r;
}

/* nspawn is the one that makes room for processes of the pod below the unit's cgroup; it can only if nobody else is in there. */
static int start_booting(Container *c, char *const *argv) {
        _cleanup_close_ int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
        if (nothing < 0)
                return -errno;

        c->cgroup = cgroup_open();
        int r = cgroup_leave(c->cgroup);
        if (r < 0)
                return r;

        return start_child(c, &(NspawnChild) {
                                              .argv = argv,
                                              .in = nothing,
                                              .out = nothing,
                                              .err = STDERR_FILENO,
                                              .status = -EBADF,
                                              .cgroup_fd = c->cgroup,
                              });
}

/* Its streams are the app's. */
static int start_alone(Container *c, char *const *argv) {
        RunningApp *a = supervisor_apps(c->supervisor);
        int fds[2];

        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
                return -errno;
        a->status = fds[0];

        int r = start_child(c, &(NspawnChild) {
                                               .argv = argv,
                                               .in = attach_stdin(a->attach),
                                               .out = a->out.app,
                                               .err = a->err.app,
                                               .status = fds[1],
                                               .sockets = c->stage->sockets,
                                               .n_sockets = c->stage->n_sockets,
                                               .cgroup_fd = -EBADF,
                               });
        fd_close(fds[1]);
        attach_started(a->attach);
        running_app_end_streams(a);

        return r;
}

Container *container_free(Container *c) {
        if (!c)
                return NULL;

        if (c->pid > 0) { /* before the pipe is closed, for that would let it go on */
                (void) kill(c->pid, SIGKILL);
                (void) waitpid(c->pid, NULL, 0);
        }
        supervisor_free(c->supervisor);
        fd_close(c->settings);
        fd_close(c->cgroup);
        fd_close(c->notify);
        fd_close(c->leader);
        free(c);
        return NULL;
}

int container_start(Stage *stage, char *const *argv, Container **ret) {
        _cleanup_(container_freep) Container *c = malloc(sizeof(Container));
        if (!c)
                return -ENOMEM;

        *c = (Container) {
                .stage = stage,
                .leader = -EBADF,
                .notify = -EBADF,
                .settings = -EBADF,
                .cgroup = -EBADF,
        };
        int r = supervisor_new(stage, &c->supervisor);
        if (r >= 0) /* out of the pod's sight */
                r = c->notify = notify_listen(stage->place_fd, NSPAWN_NOTIFY);
        if (r >= 0)
                r = stage->boots ? start_booting(c, argv) : start_alone(c, argv);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(c);
        return 0;
}

int container_run(Container *c, Machine *machine, PodEnd *ret_end) {
        const Payload payload = {
                .data = c,
                .go_on = send_settings,
                .ended = ended,
                .stop = stop,
                .signal = pass_signal,
                .command = carry_out,
                .n_fds = 1,
                .poll = poll_nspawn,
                .dispatch = dispatch,
        };

        return supervisor_run(c->supervisor, &payload, machine, ret_end);
}
