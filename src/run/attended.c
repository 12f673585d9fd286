/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: talking with the app of a pod in the foreground.
 * Never: starts the pod itself: while it starts, it may already have something to say.
 * Follows: gantry-run(1), "-i" and "-t"; pod/attach.h. */

#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "basic/cli.h"
#include "basic/fd.h"
#include "basic/log.h"
#include "basic/process.h"
#include "basic/str.h"
#include "console/attached.h"
#include "image/appc-pod.h"
#include "pod/annotations.h"
#include "pod/init-config.h"
#include "pod/pod-manifest.h"
#include "run/attended.h"

typedef struct Attended {
        Console console;
        bool input, terminal;
        pid_t runner;
} Attended;

static void attended_done(Attended *a) {
        console_done(&a->console);
}

/* Which of several would be heard and typed to is not said. */
static int refuse_several(const PodDir *p) {
        return log_error_errno(
                        -EINVAL,
                        "Cannot run pod '%s' in the foreground: it has several apps, of which one takes input; use --detach and 'gantry attach --app='",
                        p->name);
}

static int read_wishes(const PodDir *p, bool *ret_input, bool *ret_terminal) {
        _cleanup_(appc_pod_freep) AppcPod *manifest = NULL;

        int r = pod_manifest_read(p, &manifest, NULL);
        if (r < 0)
                return log_error_errno(r, "Cannot read the manifest of pod '%s': %m", p->name);

        *ret_input = *ret_terminal = false;
        for (size_t i = 0; i < manifest->n_apps; i++) {
                *ret_input = *ret_input || pairs_get(&manifest->apps[i].annotations, ANNOTATION_STDIN);
                *ret_terminal = *ret_terminal ||
                                pairs_get(&manifest->apps[i].annotations, ANNOTATION_TERMINAL);
        }

        return manifest->n_apps > 1 && (*ret_input || *ret_terminal) ? refuse_several(p) : 0;
}

int attended_is_wanted(const PodDir *p, bool *ret) {
        bool input, terminal;

        int r = read_wishes(p, &input, &terminal);
        if (r >= 0)
                *ret = input || terminal;
        return r;
}

/* The runner stops the pod. Its end is that of the conversation, but for what is on its way: others still have the other end of the
 * socket, so that it has to be closed here. */
static bool on_signal(int sig, void *userdata) {
        Attended *a = userdata;

        if (sig == SIGCHLD)
                (void) shutdown(a->console.socket, SHUT_RD);
        else
                (void) kill(a->runner, SIGTERM);
        return false;
}

_noreturn_ static void run_unattended(const PodDir *p, int in, int (*run)(const PodDir *p, int in)) {
        sigset_t none;

        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        _exit(cli_exit_status(run(p, in), EXIT_GANTRY));
}

static int talk(Attended *a) {
        Console *c = &a->console;

        if (a->input)
                c->in.from = STDIN_FILENO;
        if (a->input && a->terminal)
                c->terminal = terminal_find();
        c->on_signal = on_signal;
        c->userdata = a;

        int r = console_run(c);
        if (r != CONSOLE_ENDED)
                (void) kill(a->runner, SIGKILL); /* it only waits */
        int status = process_wait(a->runner);

        return r == CONSOLE_DETACHED ? 0 : r < 0 ? r : status;
}

int attended_run(const PodDir *p, const char *detach_keys, int (*run)(const PodDir *p, int in)) {
        _cleanup_(attended_done) Attended a;
        unsigned rows, columns;
        int theirs;

        console_init(&a.console);
        int r = read_wishes(p, &a.input, &a.terminal);
        if (r < 0)
                return r;
        r = detach_keys_parse(detach_keys, &a.console.keys);
        if (r >= 0)
                r = console_catch_signals(&a.console);
        if (r >= 0)
                r = attached_prepare(&a.console, &theirs);
        if (r < 0)
                return log_error_errno(r, "Cannot prepare to talk with pod '%s': %m", p->name);
        terminal_size(&rows, &columns);
        attached_resize(&a.console, rows, columns); /* the app finds its terminal so */

        a.runner = fork();
        if (a.runner == 0)
                run_unattended(p, theirs, run);
        fd_close(theirs);

        return a.runner < 0 ? -errno : talk(&a);
}
