/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: children: fork, place fds, drop privileges, exec, wait.
 * Never: runs a shell; lets a child inherit an fd that was not passed on purpose.
 * Follows: execve(2), close_range(2), prctl(2). */

#include <assert.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/process.h"
#include "basic/str.h"
#include "config.h"

int user_find(const char *user, uid_t *ret_uid, gid_t *ret_gid) {
        errno = 0;
        struct passwd *pw = getpwnam(user);
        if (!pw)
                return errno > 0 && errno != ENOENT ? -errno : -ESRCH;

        *ret_uid = pw->pw_uid;
        *ret_gid = pw->pw_gid;
        return 0;
}

const char *user_strerror(int r) {
        return r == -ESRCH ? "a system user of gantry's is missing; run systemd-sysusers" : strerror(-r);
}

int privilege_drop(const char *user) {
        uid_t uid;
        gid_t gid;

        if (geteuid() == 0) {
                int r = user_find(user, &uid, &gid);
                if (r < 0)
                        return r;
                if (setgroups(0, NULL) < 0 || setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0)
                        return -errno;
        }

        return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : 0;
}

/* Lifts `fd` above all targets, then what is wanted goes down to its number; so no placing overwrites a
 * later source. */
static int lift(int fd, int floor) {
        int lifted = fcntl(fd, F_DUPFD_CLOEXEC, floor);
        return lifted < 0 ? -errno : lifted;
}

static int place_fds(const Spawn *s) {
        int floor = 3 + s->n_pass, standard[] = { s->in, s->out, s->err }, r;

        assert(s->n_pass <= SPAWN_PASS_MAX);

        if (standard[0] < 0) {
                standard[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
                if (standard[0] < 0)
                        return -errno;
        }

        int lifted[3 + SPAWN_PASS_MAX];
        for (int i = 0; i < floor; i++) {
                int fd = i < 3 ? standard[i] : s->pass[i - 3];
                lifted[i] = fd < 0 ? -EBADF : lift(fd, floor);
                if (fd >= 0 && lifted[i] < 0)
                        return lifted[i];
        }
        for (int i = 0; i < floor; i++) {
                r = lifted[i] < 0 ? 0 : dup2(lifted[i], i);
                if (r < 0)
                        return -errno;
        }

        return close_range(floor, ~0U, CLOSE_RANGE_CLOEXEC) < 0 ? -errno : 0;
}

_noreturn_ static void child(const Spawn *s, int report) {
        sigset_t none;

        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        signal(SIGPIPE, SIG_DFL);

        /* The report fd must stay clear of the numbers that are about to be placed; close-on-exec keeps
         * it private. */
        int r = lift(report, 3 + s->n_pass);
        if (r >= 0) {
                report = r;
                r = place_fds(s);
        }
        if (r >= 0 && s->user)
                r = privilege_drop(s->user);
        if (r >= 0) {
                execvp(s->argv[0], s->argv);
                r = -errno;
        }

        (void) fd_write_full(report, &r, sizeof(r));
        _exit(127);
}

int process_spawn(const Spawn *s, pid_t *ret) {
        int report[2], error;

        if (pipe2(report, O_CLOEXEC) < 0)
                return -errno;

        pid_t pid = fork();
        if (pid == 0)
                child(s, report[1]);

        int fork_error = -errno;
        fd_close(report[1]);
        _cleanup_close_ int fd = report[0];
        if (pid < 0)
                return fork_error;

        /* Closed without a word by a successful exec. */
        if (fd_read_full(fd, &error, sizeof(error)) == sizeof(error)) {
                (void) process_wait(pid);
                return error;
        }

        *ret = pid;
        return 0;
}

int process_wait(pid_t pid) {
        int status;

        while (waitpid(pid, &status, 0) < 0)
                if (errno != EINTR)
                        return -errno;

        return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int process_run(const Spawn *s) {
        pid_t pid;

        int r = process_spawn(s, &pid);
        return r < 0 ? r : process_wait(pid);
}

int process_capture(const Spawn *s, size_t limit, char **ret) {
        _cleanup_blob_ Blob output = {};
        int fds[2];
        pid_t pid;

        if (pipe2(fds, O_CLOEXEC) < 0)
                return -errno;

        Spawn with_pipe = *s;
        with_pipe.out = fds[1];
        int r = process_spawn(&with_pipe, &pid);
        fd_close(fds[1]);
        _cleanup_close_ int fd = fds[0];
        if (r < 0)
                return r;

        int read_result = fd_read_blob(fd, limit, &output);
        fd = fd_close(fd);
        r = process_wait(pid);
        if (r < 0 || read_result < 0)
                return r < 0 ? r : read_result;

        *ret = TAKE_PTR(output.data);
        return r;
}

int program_path(const char *name, char **ret) {
        const char *dir = secure_getenv("GANTRY_EXEC_DIR");

        if (!dir)
                dir = startswith(name, "gantry-") && !streq(name, "gantry-init") ? GANTRY_BIN_DIR
                                                                                 : GANTRY_LIBEXEC_DIR;

        return str_printf(ret, "%s/%s", dir, name);
}
