/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: `gantry exec`: one more process in a pod, with the app's user, capabilities, filter, namespaces and
 * cgroup.
 * Never: runs anything of the image with the host's rights: namespaces first, then gantry-init applies
 * the identity. Gives it a file or a terminal of the host's: it has pipes, or a terminal of the pod's.
 * Follows: gantry-exec(1). */

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "basic/cli.h"
#include "basic/fd.h"
#include "basic/log.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "console/console.h"
#include "pod-tool/enter.h"
#include "pod-tool/exec-machine.h"
#include "pod-tool/exec-orders.h"
#include "pod-tool/exec-pod.h"
#include "pod-tool/exec-tools.h"
#include "pod/control.h"
#include "pod/init-config.h"
#include "pod/pod-terminal.h"
#include "pod/tools.h"
#include "pull/pull.h"

#define TOOLS_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static const char *app, *user, *working_directory, *detach_keys = DETACH_KEYS_DEFAULT;
static char **environment;
static const char *tools;
static PullMode pull_mode;
static bool interactive, wants_terminal;

static int set_directory(const char *value, void *target) {
        return value[0] == '/' ? cli_set_string(value, target) : -EINVAL;
}

static int set_user(const char *value, void *target) {
        return value[0] && value[0] != ':' ? cli_set_string(value, target) : -EINVAL;
}

static int add_variable(const char *value, void *target) {
        return strchr(value, '=') > value ? cli_add_string(value, target) : -EINVAL;
}

static const CliOption options[] = {
        { 0, "app", "APP", "Join this app of a pod that has several", cli_set_string, &app },
        { 0, "detach-keys", "KEYS", "Leave the terminal by these (ctrl-p,ctrl-q)", cli_set_string,
          &detach_keys },
        { 'e', "env", "NAME=VALUE", "Set an environment variable", add_variable, &environment },
        { 'i', "interactive", NULL, "Pass standard input on", cli_set_true, &interactive },
        { 0, "pull", "WHEN", "Fetch the tools if missing (default), always, never", pull_set_mode,
          &pull_mode },
        { 't', "tty", NULL, "Give the command a terminal", cli_set_true, &wants_terminal },
        { 0, "tools", "IMAGE", "Take the command from this image; see the manual", cli_set_string, &tools },
        { 'u', "user", "USER[:GROUP]", "Be this user of the pod instead", set_user, &user },
        { 'w', "workdir", "DIR", "Start in this directory, an absolute path", set_directory,
          &working_directory },
        {},
};

static const CliProgram program = {
        .name = "gantry-exec",
        .arguments = "[OPTION…] POD [--] COMMAND [ARG…]",
        .summary = "Run one more command in a running pod.",
        .options = options,
        .common = CLI_ROOT,
        .stop_at_argument = true,
};

typedef struct Exec {
        PodDir pod;
        char *app;
        Entrance entrance;
        Console console;
        int connection; /* to the stage of a virtual machine, where there is no entrance; -EBADF */
        int tools;      /* the image it brings along, a detached mount; -EBADF: none */
        int socket;     /* to gantry-init, while it makes the terminal; -EBADF */
        int streams[3]; /* what the command gets, until it has them */
        pid_t child;
        int status;    /* the command's, once it has ended */
        int signalled; /* the signal that ended us instead */
} Exec;

static void exec_done(Exec *e) {
        console_done(&e->console);
        for (size_t i = 0; i < ELEMENTSOF(e->streams); i++)
                fd_close(e->streams[i]);
        fd_close(e->socket);
        fd_close(e->tools);
        fd_close(e->connection);
        entrance_done(&e->entrance);
        pod_dir_done(&e->pod);
        free(e->app);
}

/* The app may open its streams by name again, if they are its own: gantry-init gives them to its user, but what is not of the pod's
 * user namespace it cannot give away. */
static int open_pipe(uid_t owner, bool output, int *ret_ours, int *ret_theirs) {
        int fds[2];

        if (pipe2(fds, O_CLOEXEC) < 0)
                return -errno;
        *ret_ours = fds[output ? 0 : 1];
        *ret_theirs = fds[output ? 1 : 0];

        return fchown(*ret_theirs, owner, owner) < 0 ? -errno : 0;
}

/* Errors of gantry-init come by the pipes even if there is to be a terminal. */
static int connect_streams(Exec *e) {
        Console *c = &e->console;
        uid_t owner = 0;

        int r = e->entrance.has_user_namespace ? pod_dir_uid_base(&e->pod, &owner) : 0;
        if (r >= 0)
                r = open_pipe(owner, /* output= */ true, &c->out.from, &e->streams[1]);
        if (r >= 0)
                r = open_pipe(owner, /* output= */ true, &c->err.from, &e->streams[2]);
        if (r < 0)
                return r;

        if (wants_terminal)
                return pod_terminal_sockets(&e->socket, &e->streams[0]);
        if (interactive)
                return open_pipe(owner, /* output= */ false, &c->in.to, &e->streams[0]);
        e->streams[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
        return e->streams[0] < 0 ? -errno : 0;
}

_noreturn_ static void become_command(const Exec *e, int orders) {
        sigset_t none;

        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        int r = entrance_enter(&e->entrance);
        if (r >= 0 && e->tools >= 0)
                r = exec_tools_attach(e->tools);
        if (r >= 0)
                r = entrance_execute(&e->entrance, e->streams, orders);

        log_error_errno(r, "Cannot enter pod '%s': %m", e->pod.name);
        _exit(EXIT_GANTRY);
}

static bool is_virtual_machine(const Exec *e) {
        return e->entrance.pidfd < 0;
}

static int start(Exec *e, int orders) {
        if (is_virtual_machine(e))
                e->child = exec_machine_start(&e->pod, e->app, wants_terminal, e->streams, orders,
                                              &e->connection);
        else
                e->child = entrance_fork(&e->entrance);
        if (e->child == 0)
                become_command(e, orders);

        for (size_t i = 0; i < ELEMENTSOF(e->streams); i++)
                e->streams[i] = fd_close(e->streams[i]);
        return e->child < 0 ? e->child : 0;
}

/* From here on the terminal has the place of the pipes for input and output. */
static int take_terminal(Exec *e) {
        Console *c = &e->console;
        unsigned rows, columns;

        int r = pod_terminal_receive(e->socket, &c->in.to);
        if (r == -ENODATA) /* gantry-init says why */
                return 0;
        if (r < 0)
                return r;

        c->out.from = fd_close(c->out.from);
        c->out.from = fcntl(c->in.to, F_DUPFD_CLOEXEC, 3);
        if (c->out.from < 0)
                return -errno;
        c->master = c->out.from;
        terminal_size(&rows, &columns);
        (void) pod_terminal_resize(c->master, rows, columns);

        return pod_terminal_release(e->socket);
}

/* On its terminal, the command hears of signals by the end of that. */
static bool on_signal(int sig, void *userdata) {
        Exec *e = userdata;
        int status;

        if (sig == SIGCHLD) {
                if (waitpid(e->child, &status, WNOHANG) != e->child)
                        return false;
                e->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
                e->child = 0;
                return true;
        }
        if (e->console.master < 0) {
                (void) (is_virtual_machine(e) ? control_exec_signal(e->connection, sig)
                                              : kill(-e->child, sig));
                return false;
        }

        e->signalled = sig;
        return true;
}

/* The stage does not see that by itself. */
static void on_resize(void *userdata) {
        Exec *e = userdata;

        if (is_virtual_machine(e))
                (void) control_exec_signal(e->connection, SIGWINCH);
}

/* The command goes on. Somebody has to take what it prints, lest it wait for ever. */
static int leave_behind(const Exec *e) {
        char buffer[4096];

        pid_t pid = fork();
        if (pid != 0)
                return pid < 0 ? -errno : 0;

        (void) setsid();
        int null = open("/dev/null", O_RDWR | O_CLOEXEC);
        if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0 ||
            dup2(null, STDERR_FILENO) < 0)
                _exit(EXIT_FAILURE);

        struct pollfd p = { .fd = e->console.master, .events = POLLIN };
        while (poll(&p, 1, -1) < 0 || flow_read(&e->console.out, buffer, sizeof(buffer)) != 0)
                ;
        _exit(EXIT_SUCCESS);
}

static int talk(Exec *e) {
        Console *c = &e->console;

        int r = wants_terminal ? take_terminal(e) : 0;
        if (r < 0)
                return log_error_errno(r, "Cannot take over the terminal of the command: %m");

        if (interactive)
                c->in.from = STDIN_FILENO;
        if (interactive && c->master >= 0)
                c->terminal = terminal_find();
        c->on_signal = on_signal;
        c->on_resize = on_resize;
        c->userdata = e;
        r = console_run(c);
        if (r == CONSOLE_DETACHED)
                r = leave_behind(e);
        else if (r == CONSOLE_ENDED)
                r = e->signalled > 0 ? 128 + e->signalled : e->status;
        if (r < 0)
                return log_error_errno(r, "Cannot go on with the command in pod '%s': %m", e->pod.name);

        if (!is_virtual_machine(e) && e->status == 128 + SIGKILL && entrance_is_closed(&e->entrance))
                log_error("Cannot go on with the command in pod '%s': the pod has ended", e->pod.name);
        return r;
}

/* The image is the root then, so that what the app's root has does not count. */
static int bring_tools(Exec *e) {
        _cleanup_free_ char *image = NULL;

        int r = pull_image(tools, pull_mode, /* stage1= */ NULL, &image);
        if (r >= 0)
                r = e->tools = exec_tools_mount(&e->pod, image);
        if (r < 0)
                return r;

        if (!working_directory)
                working_directory = "/";
        return strv_add(&environment, "PATH=" TOOLS_PATH);
}

static int execute(Exec *e, const char *pod, char *const *command) {
        if (tools && is_virtual_machine(e))
                return log_error_errno(
                                -EOPNOTSUPP,
                                "Cannot bring tools into pod '%s': it is a virtual machine; start it with a volume that has them",
                                pod);

        int r = tools ? bring_tools(e) : 0;
        if (r < 0)
                return r;

        _cleanup_close_ int orders =
                        exec_orders_make(&e->pod,
                                         &(ExecOrders) {
                                                         .app = e->app,
                                                         .user = user,
                                                         .working_directory = working_directory,
                                                         .root = tools ? TOOLS_DIRECTORY : NULL,
                                                         .environment = environment,
                                                         .argv = command,
                                                         .terminal = wants_terminal ? terminal_type() : NULL,
                                         });
        r = orders;
        if (r >= 0)
                r = console_catch_signals(&e->console);
        if (r >= 0)
                r = connect_streams(e);
        if (r >= 0)
                r = start(e, orders);
        if (r < 0)
                return log_error_errno(r, "Cannot start the command in pod '%s': %m", pod);

        return talk(e);
}

/* What is opened later must not get the numbers of standard streams that the caller has closed. */
static int fill_standard_streams(void) {
        int fd;

        do
                fd = open("/dev/null", O_RDWR);
        while (fd >= 0 && fd <= STDERR_FILENO);

        if (fd < 0)
                return -errno;
        fd_close(fd);
        return 0;
}

static int run(int argc, char **argv) {
        _cleanup_(exec_done) Exec e = {
                .pod.fd = -EBADF,
                .entrance = { .pidfd = -EBADF, .root = -EBADF, .init = -EBADF, .cgroup = -EBADF },
                .connection = -EBADF,
                .tools = -EBADF,
                .socket = -EBADF,
                .streams = { -EBADF, -EBADF, -EBADF },
        };
        char **args;

        console_init(&e.console);
        int r = cli_parse(&program, argc, argv, &args);
        if (r <= 0)
                return r;
        const char *pod = args[0];
        char **command = pod && args[1] && streq(args[1], "--") ? args + 2 : pod ? args + 1 : args;
        if (!command[0]) {
                log_error("Which pod, and which command? See 'gantry exec --help'");
                return -EINVAL;
        }
        if (detach_keys_parse(detach_keys, &e.console.keys) < 0) {
                log_error("Cannot use '%s' as keys to detach by: write them as 'ctrl-p,ctrl-q'",
                          detach_keys);
                return -EINVAL;
        }

        r = fill_standard_streams();
        if (r < 0)
                return log_error_errno(r, "Cannot open '/dev/null': %m");

        r = exec_find_pod(pod, app, &e.pod, &e.app, &e.entrance);
        return r < 0 ? r : execute(&e, pod, command);
}

int main(int argc, char **argv) {
        return cli_exit_status(run(argc, argv), EXIT_GANTRY);
}
