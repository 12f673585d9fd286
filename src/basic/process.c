/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: children: fork, place fds, drop privileges, exec, wait.
 * Never: runs a shell; lets a child inherit an fd that was not passed on purpose.
 * Follows: execve(2), close_range(2), prctl(2). */

#include <assert.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "basic/capability.h"
#include "basic/clock.h"
#include "basic/fd.h"
#include "basic/process.h"
#include "basic/str.h"
#include "basic/strv.h"
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

int process_make_files_as(uid_t id) {
        struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
        struct __user_cap_data_struct data[2];

        (void) setfsgid(id);
        (void) setfsuid(id);
        if ((uid_t) setfsuid(-1) != id)
                return -EPERM;

        /* The change has taken those away that are about files. */
        if (syscall(SYS_capget, &header, data) < 0)
                return -errno;
        for (size_t i = 0; i < ELEMENTSOF(data); i++)
                data[i].effective = data[i].permitted;

        return syscall(SYS_capset, &header, data) < 0 ? -errno : 0;
}

int privilege_drop(const char *user) {
        uid_t uid;
        gid_t gid;

        if (geteuid() == 0) {
                int r = user_find(user, &uid, &gid);
                if (r >= 0)
                        r = capability_bound(0);
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
                sigemptyset(&none);
                sigprocmask(SIG_SETMASK, &none, NULL);
                execvpe(s->argv[0], s->argv, s->environment ? s->environment : environ);
                r = -errno;
        }

        (void) fd_write_full(report, &r, sizeof(r));
        _exit(127);
}

/* Copying this process for one that only executes would take longer than the rest. Whoever looks up a user first needs memory of his
 * own, and no handler of this process's may run in the child. */
static pid_t spawn(const Spawn *s, int report) {
        sigset_t all, before;

        sigfillset(&all);
        sigprocmask(SIG_SETMASK, &all, &before);
        pid_t pid = s->user ? fork() : vfork();
        if (pid == 0)
                child(s, report);

        int error = -errno;
        sigprocmask(SIG_SETMASK, &before, NULL);
        return pid < 0 ? error : pid;
}

int process_spawn(const Spawn *s, pid_t *ret) {
        int report[2], error;

        if (pipe2(report, O_CLOEXEC) < 0)
                return -errno;

        pid_t pid = spawn(s, report[1]);
        fd_close(report[1]);
        _cleanup_close_ int fd = report[0];
        if (pid < 0)
                return pid;

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

static int64_t now_ms(void) {
        return now_usec(CLOCK_MONOTONIC) / 1000;
}

/* Waits until there is something to read, or to reap. `deadline` is in milliseconds, 0 for none. */
static int await(int fd, int64_t deadline) {
        for (;;) {
                struct pollfd p = { .fd = fd, .events = POLLIN };
                int64_t left = deadline == 0 ? -1 : MAX(deadline - now_ms(), 0);

                int r = poll(&p, 1, MIN(left, INT_MAX));
                if (r < 0 && errno == EINTR)
                        continue;
                return r < 0 ? -errno : r == 0 ? -ETIMEDOUT : 0;
        }
}

/* As fd_read_blob(), from somebody who may never come to an end. */
static int read_blob_until(int fd, int64_t deadline, size_t limit, Blob *ret) {
        _cleanup_blob_ Blob b = {};

        for (;;) {
                char *grown = realloc(b.data, b.size + BUFSIZ + 1);
                if (!grown)
                        return -ENOMEM;
                b.data = grown;

                int r = await(fd, deadline);
                if (r < 0)
                        return r;
                ssize_t n = read(fd, grown + b.size, BUFSIZ);
                if (n < 0 && errno != EINTR)
                        return -errno;
                if (n == 0)
                        break;
                b.size += MAX(n, 0);
                if (b.size > limit)
                        return -EFBIG;
        }

        ((char *) b.data)[b.size] = '\0';
        *ret = TAKE_BLOB(b);
        return 0;
}

/* Sees to it that waiting for it will not take longer. -ETIMEDOUT if it had to be killed. */
static int end_until(pid_t pid, int64_t deadline) {
        if (deadline == 0)
                return 0;

        _cleanup_close_ int fd = syscall(SYS_pidfd_open, pid, 0);
        int r = fd < 0 ? -errno : await(fd, deadline);
        if (r < 0)
                (void) kill(pid, SIGKILL);
        return r;
}

int process_capture(const Spawn *s, size_t limit, char **ret) {
        int64_t deadline = s->timeout > 0 ? now_ms() + s->timeout * 1000LL : 0;
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

        int read_result = read_blob_until(fd, deadline, limit, &output);
        fd = fd_close(fd);
        int end_result = end_until(pid, deadline);
        r = process_wait(pid);
        if (r < 0 || read_result < 0 || end_result < 0)
                return r < 0 ? r : read_result < 0 ? read_result : end_result;

        *ret = TAKE_PTR(output.data);
        return r;
}

static bool runs_in_pod(const char *name) {
        return streq(name, "gantry-init") || streq(name, "gantry-guest");
}

int program_path(const char *name, char **ret) {
        const char *dir = secure_getenv("GANTRY_EXEC_DIR");

        if (!dir)
                dir = startswith(name, "gantry-") && !runs_in_pod(name) ? GANTRY_BIN_DIR
                                                                        : GANTRY_LIBEXEC_DIR;

        return str_printf(ret, "%s/%s", dir, name);
}

static int add_words(char ***argv, va_list words) {
        int r = 0;

        for (const char *word; r >= 0 && (word = va_arg(words, const char *));)
                r = strv_add(argv, word);

        return r;
}

int program_command(char ***ret, const char *name, const char *root, ...) {
        _cleanup_free_ char *path = NULL;
        _cleanup_strv_ char **argv = NULL;
        va_list words;

        int r = program_path(name, &path);
        if (r >= 0)
                r = strv_add(&argv, path);
        if (r >= 0)
                r = strv_addf(&argv, "--root=%s", root);
        va_start(words, root);
        if (r >= 0)
                r = add_words(&argv, words);
        va_end(words);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(argv);
        return 0;
}
