/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: requests to start, stop and restart an app of the pod.
 * Never: waits for one to be carried out; has a name in a command line that is not an app's of this pod.
 * Follows: pod/control.h; setns(2). */

#include <errno.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/process.h"
#include "basic/str.h"
#include "pod/service.h"
#include "stage/commands.h"

#define ANSWER_MAX 4096

int commands_listen(const Stage *s, Commands *ret) {
        int fd = control_listen(s->pod.fd);
        if (fd < 0)
                return fd;

        *ret = (Commands) { .listener = fd, .connection = -EBADF };
        return 0;
}

void commands_close(Commands *c) {
        c->connection = fd_close(c->connection);
        c->listener = fd_close(c->listener);
}

void commands_poll(const Commands *c, struct pollfd *ret) {
        *ret = (struct pollfd) { .fd = c->connection >= 0 ? c->connection : c->listener, .events = POLLIN };
}

static StageApp *find_app(const Stage *s, const char *name) {
        for (size_t i = 0; i < s->n_apps; i++)
                if (streq(s->apps[i].app->name, name))
                        return &s->apps[i];

        return NULL;
}

void command_done(Command *c) {
        control_request_done(&c->request);
        c->connection = fd_close(c->connection);
}

bool commands_dispatch(Commands *c, const Stage *s, const struct pollfd *fd, Command *ret) {
        _cleanup_command_ Command command = COMMAND_NONE;

        if (!fd->revents)
                return false;
        if (c->connection < 0) {
                c->connection = accept4(c->listener, NULL, NULL, SOCK_CLOEXEC);
                return false;
        }

        command.connection = TAKE_FD(c->connection);
        if (control_receive(command.connection, &command.request) < 0)
                return false;
        command.app = find_app(s, command.request.app);
        if (!command.app) {
                (void) control_answer(command.connection, -ENOENT, "the pod has no app of this name");
                return false;
        }

        *ret = command;
        command = COMMAND_NONE;
        return true;
}

/* Becomes the pod's root. */
static int enter(const Stage *s, int leader) {
        int namespaces = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET |
                         (s->uid_base > 0 ? CLONE_NEWUSER : 0);

        return setns(leader, namespaces) < 0 || setgroups(0, NULL) < 0 || setresgid(0, 0, 0) < 0 ||
                                               setresuid(0, 0, 0) < 0
                               ? -errno
                               : 0;
}

static const char *verb_of(const Command *c) {
        switch (c->request.verb) {
        case CONTROL_START: return "start";
        case CONTROL_STOP: return "stop";
        default: return "restart";
        }
}

/* *ret_words is what it has complained. */
static int run_systemctl(const Command *c, Blob *ret_words) {
        _cleanup_free_ char *unit = NULL;

        int r = service_unit_name(c->app->app->name, &unit);
        if (r < 0)
                return r;
        _cleanup_close_ int words = memfd_create("systemctl", MFD_CLOEXEC);
        if (words < 0)
                return -errno;

        int status = process_run(&(Spawn) {
                        .argv = (char *[]) { (char *) "/usr/bin/systemctl", (char *) "--quiet",
                                             (char *) "--no-ask-password", (char *) verb_of(c), unit, NULL },
                        .in = -EBADF,
                        .out = words,
                        .err = words,
        });
        r = fd_reread_blob(words, ANSWER_MAX, ret_words);

        return r < 0 || status == 0 ? r : status < 0 ? status : -EIO;
}

/* In the child. */
static int carry_out(const Stage *s, int leader, const Command *c) {
        _cleanup_blob_ Blob words = {};

        int r = enter(s, leader);
        if (r >= 0)
                r = run_systemctl(c, &words);

        return control_answer(c->connection, r, words.size > 0 ? words.data : NULL);
}

void command_carry_out(const Stage *s, int leader, const Command *c) {
        if (c->request.fds.orders >= 0) {
                (void) control_answer(c->connection, -EOPNOTSUPP, "whoever asks can enter the pod himself");
                return;
        }

        pid_t stage = getpid(), pid = fork();
        if (pid == 0) {
                if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != stage)
                        _exit(EXIT_FAILURE);
                _exit(carry_out(s, leader, c) < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
        }
        if (pid < 0)
                (void) control_answer(c->connection, -errno, NULL);
}
