/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the way from the host into a pod.
 * Never: lets the pod look at a process that is not yet confined, or takes anything of the host along.
 * Follows: setns(2), pidfd_open(2), cgroups(7), proc_pid_limits(5), keyctl(2). */

#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <linux/keyctl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/limit.h"
#include "basic/str.h"
#include "pod-tool/enter.h"
#include "pod/init-config.h"
#include "selinux/label.h"

#define END_PATIENCE_MS                                                                                     \
        500 /* the kernel kills what is in a pod a moment before the pod's process 1 is gone */

/* A file of /proc/PID. Returns its fd or -errno. */
static int open_proc(pid_t pid, const char *name, int flags) {
        char path[64];

        (void) snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
        int fd = open(path, flags | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

static int read_proc(pid_t pid, const char *name, Blob *ret) {
        _cleanup_close_ int fd = open_proc(pid, name, O_RDONLY);
        return fd < 0 ? fd : fd_read_blob(fd, 64 * 1024, ret);
}

/* Is this a cgroup of the unit: "/machine.slice/gantry-web.service/payload"? What a pod calls its own cgroups comes behind its unit. */
static bool is_of_unit(const char *cgroup, const char *unit) {
        const char *end = strstr(cgroup, ".service/");

        if (!end)
                return false;
        end += strlen(".service");
        size_t n = strlen(unit);

        return (size_t) (end - cgroup) > n && end[-n - 1] == '/' && strncmp(end - n, unit, n) == 0;
}

static int open_cgroup(pid_t leader, const char *unit) {
        _cleanup_free_ char *path = NULL;
        _cleanup_blob_ Blob text = {};

        int r = read_proc(leader, "cgroup", &text);
        if (r < 0)
                return r;

        char *cgroup = strstr(text.data, "0::/");
        if (!cgroup)
                return -ENOENT;
        cgroup += strlen("0::");
        cgroup[strcspn(cgroup, "\n")] = '\0';
        if (!is_of_unit(cgroup, unit))
                return -ESRCH;

        r = str_printf(&path, "/sys/fs/cgroup%s/cgroup.procs", cgroup);
        if (r < 0)
                return r;
        int fd = open(path, O_WRONLY | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

/* Whatever the pod has put in its place would run before it is confined: it has to be what stage1 has bound there. */
static int open_init(int root) {
        struct stat st;

        _cleanup_close_ int fd = open_in_root_plain(root, INIT_PATH, O_PATH);
        if (fd < 0)
                return fd;
        if (fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode) || st.st_uid != 0 || (st.st_mode & 022))
                return -EPERM;

        return TAKE_FD(fd);
}

static rlim_t parse_limit(const char *text) {
        uint64_t value;
        return str_to_u64(text, &value) >= 0 ? value : RLIM_INFINITY; /* "unlimited" */
}

/* A heading, then a line each in the order of their numbers: 26 columns of its name, what it is, what it may be raised to. */
static int read_limits(pid_t leader, struct rlimit limits[static RLIM_NLIMITS]) {
        _cleanup_blob_ Blob text = {};
        char soft[32], hard[32];

        int r = read_proc(leader, "limits", &text);
        if (r < 0)
                return r;

        const char *line = text.data;
        for (size_t i = 0; i < RLIM_NLIMITS; i++) {
                line = strchr(line, '\n');
                if (!line || strlen(++line) < 26 || sscanf(line + 26, "%31s %31s", soft, hard) != 2)
                        return -EBADMSG;
                limits[i] = (struct rlimit) { .rlim_cur = parse_limit(soft), .rlim_max = parse_limit(hard) };
        }

        return 0;
}

static int read_oom_score(pid_t leader, int *ret) {
        _cleanup_blob_ Blob text = {};

        int r = read_proc(leader, "oom_score_adj", &text);
        if (r >= 0)
                *ret = atoi(text.data);
        return r;
}

static int has_own_user_namespace(pid_t leader, bool *ret) {
        _cleanup_close_ int ours = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);
        _cleanup_close_ int theirs = open_proc(leader, "ns/user", O_RDONLY);

        if (ours < 0 || theirs < 0)
                return theirs < 0 ? theirs : -EIO;
        *ret = !fd_is_same_file(ours, theirs);
        return 0;
}

void entrance_done(Entrance *e) {
        fd_close(e->pidfd);
        fd_close(e->root);
        fd_close(e->init);
        fd_close(e->cgroup);
        free(e->label);
}

static int read_label(pid_t leader, char **ret) {
        int r = label_of_process(leader, ret);
        return r == -EOPNOTSUPP ? 0 : r; /* SELinux is off */
}

int entrance_open(pid_t leader, const char *unit, bool labelled, Entrance *ret) {
        _cleanup_entrance_ Entrance e = {
                .pidfd = -EBADF, .root = -EBADF, .init = -EBADF, .cgroup = -EBADF
        };

        e.pidfd = syscall(SYS_pidfd_open, leader, 0);
        if (e.pidfd < 0)
                return -errno;

        int r = e.cgroup = open_cgroup(leader, unit);
        if (r >= 0)
                r = e.root = open_proc(leader, "root", O_PATH | O_DIRECTORY);
        if (r >= 0)
                r = e.init = open_init(e.root);
        if (r >= 0)
                r = has_own_user_namespace(leader, &e.has_user_namespace);
        if (r >= 0)
                r = read_limits(leader, e.limits);
        if (r >= 0)
                r = read_oom_score(leader, &e.oom_score_adj);
        if (r >= 0 && labelled)
                r = read_label(leader, &e.label);
        if (r >= 0)
                r = scheduling_read(leader, &e.scheduling);
        if (fd_is_readable(e.pidfd)) /* then some of this may be another's, who got its number */
                return -ESRCH;
        if (r < 0)
                return r;

        *ret = e;
        e = (Entrance) { .pidfd = -EBADF, .root = -EBADF, .init = -EBADF, .cgroup = -EBADF };
        return 0;
}

bool entrance_is_closed(const Entrance *e) {
        struct pollfd p = { .fd = e->pidfd, .events = POLLIN };
        return poll(&p, 1, END_PATIENCE_MS) > 0;
}

pid_t entrance_fork(const Entrance *e) {
        _cleanup_close_ int ours = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
        if (ours < 0)
                return -errno;

        /* The child is seen in the pod from its first moment, with the fds of its parent. */
        if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 || setns(e->pidfd, CLONE_NEWPID) < 0)
                return -errno;
        pid_t pid = fork();
        if (pid == 0) {
                (void) setsid();
                return 0;
        }
        int r = pid < 0 ? -errno : pid;

        return setns(ours, CLONE_NEWPID) < 0 ? -errno : r;
}

/* It lies in /proc as the host sees it, where this process has another number than it knows. */
static int take_oom_score(int value) {
        char text[16];

        _cleanup_close_ int fd = open("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC);
        ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
        if (n < 0)
                return -errno;
        text[n] = '\0';
        if (atoi(text) == value) /* to lower it takes a privilege */
                return 0;

        (void) snprintf(text, sizeof(text), "%d", value);
        return pwrite(fd, text, strlen(text), 0) < 0 ? -errno : 0;
}

int entrance_enter(const Entrance *e) {
        int flags = CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;

        /* Keys are found by who has them in his session, wherever he is. */
        if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 && errno != ENOSYS)
                return -errno;

        int r = fd_write_full(e->cgroup, "0", 1);
        if (r >= 0) /* while /proc is the host's */
                r = label_next_exec(e->label);
        if (r >= 0)
                r = limits_set(e->limits);
        if (r >= 0)
                r = take_oom_score(e->oom_score_adj);
        if (r >= 0)
                r = scheduling_take(&e->scheduling);
        if (r < 0)
                return r;

        if (e->has_user_namespace) /* entering one's own is EINVAL */
                flags |= CLONE_NEWUSER;
        if (setns(e->pidfd, flags) < 0 || fchdir(e->root) < 0 || chroot(".") < 0)
                return -errno;
        if (setgroups(0, NULL) < 0 || setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
                return -errno;

        return 0;
}

int entrance_execute(const Entrance *e, const int streams[static 3], int orders) {
        char number[16];

        (void) snprintf(number, sizeof(number), "%d", orders);
        for (int i = 0; i < 3; i++)
                if (dup2(streams[i], i) < 0)
                        return -errno;
        if (close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) < 0 || fd_keep_on_exec(orders) < 0)
                return -errno;

        (void) syscall(SYS_execveat, e->init, "", (char *[]) { (char *) "gantry-init", number, NULL },
                       (char *[]) { NULL }, AT_EMPTY_PATH);
        return -errno;
}
