/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: `gantry attach`: what a running pod prints from now on, and what is typed for it.
 * Never: stops the pod, or lets it wait: who is too slow is left behind.
 * Follows: gantry-attach(1), pod/attach.h. */

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "basic/cli.h"
#include "basic/fd.h"
#include "basic/log.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "console/attached.h"
#include "pod-tool/pod-tool.h"
#include "pod/init-config.h"

static const char *app, *detach_keys = DETACH_KEYS_DEFAULT;
static bool no_input;

static const CliOption options[] = {
        { 0, "app", "APP", "Attach to this app of a pod that has several", cli_set_string, &app },
        { 0, "detach-keys", "KEYS", "Leave the terminal by these (ctrl-p,ctrl-q)", cli_set_string,
          &detach_keys },
        { 0, "no-stdin", NULL, "Watch only: pass nothing on", cli_set_true, &no_input },
        {},
};

static const CliProgram program = {
        .name = "gantry-attach",
        .arguments = "[OPTION…] POD",
        .summary = "See what a running pod prints, and type for it.",
        .options = options,
        .common = CLI_ROOT,
};

/* Signals are for us: the pod goes on. */
static bool on_signal(int sig, void *userdata) {
        Console *c = userdata;

        if (sig == SIGCHLD)
                return false;
        c->status = 128 + sig;
        return true;
}

/* An app that is alone in its pod is attached to as the pod. Returns the fd. */
static int open_meeting_place(const PodDir *p) {
        _cleanup_strv_ char **apps = NULL;
        _cleanup_free_ char *chosen = NULL;

        int r = pod_tool_choose_app(p, app, &chosen);
        if (r < 0)
                return r;
        r = pod_tool_apps(p, &apps);
        if (r >= 0)
                r = strv_length(apps) == 1 ? open_beneath(p->fd, ".", O_RDONLY | O_DIRECTORY)
                                           : pod_tool_open_app(p, chosen);

        return r < 0 ? log_error_errno(r, "Cannot look at app '%s' of pod '%s': %m", chosen, p->name) : r;
}

static int connect_to(const PodDir *p, const char *pod, Console *c) {
        AttachHello hello;

        _cleanup_close_ int place = open_meeting_place(p);
        if (place < 0)
                return place;
        int r = attached_connect(c, place, &hello);
        if (r == -EUSERS)
                return log_error_errno(r, "Cannot attach to pod '%s': as many are attached as it takes",
                                       pod);
        if (r < 0)
                return log_error_errno(r, "Cannot attach to pod '%s': %m", pod);

        if (hello.input && !no_input) {
                c->in.from = STDIN_FILENO;
                c->keep_input = true;
                if (hello.terminal)
                        c->terminal = terminal_find();
        }
        /* A size that changes makes the app draw everything again. */
        if (c->terminal.fd >= 0)
                attached_resize(c, 1, 1);

        return 0;
}

static int attach(const PodDir *p, const char *pod, Console *c) {
        if (pod_dir_phase_now(p) != POD_RUNNING)
                return log_error_errno(-ESRCH, "Cannot attach to pod '%s': it is not running", pod);

        int r = connect_to(p, pod, c);
        if (r < 0)
                return r;

        c->on_signal = on_signal;
        c->userdata = c;
        r = console_catch_signals(c);
        if (r >= 0)
                r = console_run(c);
        if (r < 0)
                return log_error_errno(r, "Cannot stay attached to pod '%s': %m", pod);
        if (r == CONSOLE_DETACHED || c->status >= 0)
                return r == CONSOLE_DETACHED ? 0 : c->status;

        log_error("Cannot stay attached to pod '%s': %s", pod,
                  pod_dir_alive(p) ? "it prints faster than that can be written here; see 'gantry logs'"
                                   : "it has been killed");
        return -EPIPE;
}

static int run(int argc, char **argv) {
        _cleanup_pod_dir_ PodDir p = { .fd = -EBADF };
        _cleanup_console_ Console c;
        char **names;

        console_init(&c);
        int r = cli_parse(&program, argc, argv, &names);
        if (r <= 0)
                return r;
        if (detach_keys_parse(detach_keys, &c.keys) < 0) {
                log_error("Cannot use '%s' as keys to detach by: write them as 'ctrl-p,ctrl-q'",
                          detach_keys);
                return -EINVAL;
        }

        r = pod_tool_one(names, &p);
        return r < 0 ? r : attach(&p, names[0], &c);
}

int main(int argc, char **argv) {
        return cli_exit_status(run(argc, argv), EXIT_GANTRY);
}
