/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: `gantry exec`: one more process in a pod, with the app's user, capabilities, namespaces and
 * cgroup.
 * Never: runs anything of the image with the host's rights: namespaces first, then gantry-init applies
 * the identity.
 * Follows: gantry-exec(1), setns(2), cgroups(7). */

#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "basic/cli.h"
#include "basic/fd.h"
#include "basic/log.h"
#include "basic/process.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "pod-tool/pod-tool.h"
#include "pod/init-config.h"
#include "unit/manager.h"

static const char *app;
static char **environment;

static const CliOption options[] = {
        { 0, "app", "APP", "Be like this app of the pod (default: the first)", cli_set_string, &app },
        { 'e', "env", "NAME=VALUE", "Set an environment variable", cli_add_string, &environment },
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

static int append_record(Blob *b, const char *key, const char *value) {
        _cleanup_free_ char *record = NULL;

        int r = str_printf(&record, "%s=%s", key, value);
        if (r < 0)
                return r;

        size_t n = strlen(record) + 1;
        char *grown = realloc(b->data, b->size + n);
        if (!grown)
                return -ENOMEM;
        memcpy(grown + b->size, record, n);
        b->data = grown;
        b->size += n;
        return 0;
}

/* Does --env= set the variable of this NAME=VALUE anew? */
static bool is_replaced(const char *assignment) {
        size_t n = strcspn(assignment, "=") + 1;

        STRV_FOREACH(e, environment)
                if (strncmp(*e, assignment, n) == 0)
                        return true;

        return false;
}

/* The app's own orders with another command, in a file without a name. Returns its fd. */
static int make_config(const PodDir *p, const char *name, char *const *argv) {
        _cleanup_free_ char *path = NULL;
        _cleanup_blob_ Blob orders = {}, ours = {};

        int r = str_printf(&path, "apps/%s/init", name);
        if (r >= 0)
                r = file_read_at(p->fd, path, INIT_CONFIG_MAX, &orders);

        const char *text = orders.data;
        for (size_t i = 0; i < orders.size && r >= 0; i += strlen(text + i) + 1) {
                const char *equals = strchr(text + i, '=');
                _cleanup_free_ char *key = equals ? strndup(text + i, equals - text - i) : NULL;

                if (!key)
                        return -EBADMSG;
                if (!streq(key, INIT_ARGUMENT) && !(streq(key, INIT_ENVIRONMENT) && is_replaced(equals + 1)))
                        r = append_record(&ours, key, equals + 1);
        }
        STRV_FOREACH(e, environment)
                if (r >= 0)
                        r = append_record(&ours, INIT_ENVIRONMENT, *e);
        STRV_FOREACH(a, argv)
                if (r >= 0)
                        r = append_record(&ours, INIT_ARGUMENT, *a);
        if (r < 0)
                return r;

        _cleanup_close_ int fd = memfd_create("gantry-exec", MFD_CLOEXEC);
        if (fd < 0)
                return -errno;
        r = fd_write_full(fd, ours.data, ours.size);

        return r < 0 ? r : TAKE_FD(fd);
}

/* Moves this process into the cgroup of the pod's processes. */
static int join_cgroup(pid_t leader) {
        _cleanup_free_ char *path = NULL, *procs = NULL;
        _cleanup_blob_ Blob text = {};

        int r = str_printf(&path, "/proc/%d/cgroup", leader);
        if (r >= 0)
                r = file_read_at(AT_FDCWD, path, 64 * 1024, &text);
        if (r < 0)
                return r;

        char *unified = strstr(text.data, "0::/");
        if (!unified)
                return -ENOENT;
        unified += strlen("0::");
        unified[strcspn(unified, "\n")] = '\0';

        r = str_printf(&procs, "/sys/fs/cgroup%s/cgroup.procs", unified);
        if (r < 0)
                return r;
        _cleanup_close_ int fd = open(procs, O_WRONLY | O_CLOEXEC);
        return fd < 0 ? -errno : fd_write_full(fd, "0", 1);
}

static bool same_namespace(pid_t leader, const char *kind) {
        char ours[64], theirs[64];
        struct stat a, b;

        (void) snprintf(ours, sizeof(ours), "/proc/self/ns/%s", kind);
        (void) snprintf(theirs, sizeof(theirs), "/proc/%d/ns/%s", leader, kind);
        return stat(ours, &a) >= 0 && stat(theirs, &b) >= 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static int enter(pid_t leader) {
        int flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS |
                    CLONE_NEWCGROUP;
        char path[64];

        (void) snprintf(path, sizeof(path), "/proc/%d/root", leader);
        _cleanup_close_ int root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (root < 0)
                return -errno;
        _cleanup_close_ int pidfd = syscall(SYS_pidfd_open, leader, 0);
        if (pidfd < 0)
                return -errno;

        /* From the moment this process is in the pod, the pod's root could look at it, and it has fds of the host. */
        if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
                return -errno;
        if (!same_namespace(leader, "user")) /* entering one's own is EINVAL */
                flags |= CLONE_NEWUSER;
        if (setns(pidfd, flags) < 0 || fchdir(root) < 0 || chroot(".") < 0)
                return -errno;
        if (flags & CLONE_NEWUSER)
                if (setgroups(0, NULL) < 0 || setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
                        return -errno;

        return 0;
}

/* Runs the command whose orders are on `config`. Returns its exit status. */
static int run_inside(int config) {
        pid_t pid = fork(); /* only a child is in the pod's PID namespace */
        if (pid < 0)
                return -errno;
        if (pid == 0) {
                if (dup2(config, 3) < 0 || (config == 3 && fd_keep_on_exec(3) < 0) ||
                    close_range(4, ~0U, 0) < 0)
                        _exit(EXIT_GANTRY);
                execv(INIT_PATH, (char *[]) { (char *) "gantry-init", (char *) "3", NULL });
                _exit(EXIT_GANTRY);
        }

        /* The terminal's signals are for the command. */
        signal(SIGINT, SIG_IGN);
        signal(SIGQUIT, SIG_IGN);
        return process_wait(pid);
}

static int find_app(const PodDir *p, const char *pod, char **ret) {
        _cleanup_strv_ char **apps = NULL;

        int r = pod_tool_apps(p, &apps);
        if (r < 0)
                return log_error_errno(r, "Cannot read the manifest of pod '%s': %m", pod);
        if (app && !strv_contains(apps, app))
                return log_error_errno(-ENOENT, "Cannot execute in '%s': pod '%s' has no such app", app,
                                       pod);

        return str_copy(app ? app : apps[0], ret);
}

static int find_running(const char *pod, PodDir *ret, pid_t *ret_leader) {
        _cleanup_(store_closep) Store *s = NULL;
        _cleanup_(manager_closep) Manager *m = NULL;
        _cleanup_pod_dir_ PodDir p = { .fd = -EBADF };
        _cleanup_free_ char *why = NULL;

        int r = pod_tool_open(&s);
        if (r >= 0)
                r = pod_tool_find(s, pod, &p);
        if (r < 0)
                return r;
        if (pod_dir_phase_now(&p) != POD_RUNNING)
                return log_error_errno(-ESRCH, "Cannot execute in pod '%s': it is not running", pod);

        r = manager_open(&m);
        if (r >= 0)
                r = machine_leader(m, p.name, ret_leader, &why);
        if (r < 0)
                return log_error_errno(r, "Cannot find the processes of pod '%s': %s", pod,
                                       why ? why : strerror(-r));

        *ret = p;
        p = (PodDir) { .fd = -EBADF };
        return 0;
}

static int run(int argc, char **argv) {
        _cleanup_pod_dir_ PodDir p = { .fd = -EBADF };
        _cleanup_free_ char *name = NULL;
        pid_t leader;
        char **args;

        int r = cli_parse(&program, argc, argv, &args);
        if (r <= 0)
                return r;
        const char *pod = args[0];
        char **command = pod && args[1] && streq(args[1], "--") ? args + 2 : pod ? args + 1 : args;
        if (!command[0]) {
                log_error("Which pod, and which command? See 'gantry exec --help'");
                return -EINVAL;
        }

        r = find_running(pod, &p, &leader);
        if (r >= 0)
                r = find_app(&p, pod, &name);
        if (r < 0)
                return r;

        _cleanup_close_ int config = make_config(&p, name, command);
        if (config < 0)
                return log_error_errno(config, "Cannot prepare the command for pod '%s': %m", pod);

        r = join_cgroup(leader);
        if (r >= 0)
                r = enter(leader);
        if (r < 0)
                return log_error_errno(r, "Cannot enter pod '%s': %m", pod);

        return run_inside(config);
}

int main(int argc, char **argv) {
        return cli_exit_status(run(argc, argv), EXIT_GANTRY);
}
