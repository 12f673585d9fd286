/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: where in the unit's cgroup stage1 is, and what it reads of others there.
 * Never: sets a limit: systemd does.
 * Follows: https://systemd.io/CGROUP_DELEGATION, "no inner processes"; Documentation/admin-guide/cgroup-v2.rst, "memory.events". */

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "stage/cgroup.h"

/* nspawn's own name for it. */
#define SUPERVISOR "supervisor"

static int find_path(pid_t pid, const char *file, char **ret) {
        _cleanup_blob_ Blob text = {};
        char path[32];

        (void) snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
        int r = file_read_at(AT_FDCWD, path, 4096, &text);
        if (r < 0)
                return r;

        const char *own = strstr(text.data, "0::/");
        if (!own)
                return -ENODATA;
        own += strlen("0::");
        return str_printf(ret, "/sys/fs/cgroup%.*s/%s", (int) strcspn(own, "\n"), own, file);
}

int cgroup_open(void) {
        _cleanup_free_ char *path = NULL;

        int r = find_path(getpid(), "", &path);
        if (r < 0)
                return r;
        int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

static int move_to(int cgroup_fd, const char *processes) {
        if (cgroup_fd < 0)
                return 0;

        _cleanup_close_ int fd = openat(cgroup_fd, processes, O_WRONLY | O_CLOEXEC);
        return fd < 0 ? -errno : fd_write_full(fd, "0", 1);
}

int cgroup_leave(int cgroup_fd) {
        if (cgroup_fd >= 0 && mkdirat(cgroup_fd, SUPERVISOR, 0755) < 0 && errno != EEXIST)
                return -errno;

        return move_to(cgroup_fd, SUPERVISOR "/cgroup.procs");
}

int cgroup_enter(int cgroup_fd) {
        return move_to(cgroup_fd, "cgroup.procs");
}

int cgroup_open_memory_events(pid_t pid) {
        _cleanup_free_ char *path = NULL;

        int r = find_path(pid, "memory.events", &path);
        if (r < 0)
                return r;
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

bool cgroup_memory_ran_out(int events_fd) {
        char text[1024];
        uint64_t n = 0;

        ssize_t size = events_fd < 0 ? -1 : pread(events_fd, text, sizeof(text) - 1, 0);
        if (size <= 0)
                return false;
        text[size] = '\0';

        const char *count = strstr(text, "\noom_kill ");
        return count && sscanf(count, " oom_kill %" SCNu64, &n) == 1 && n > 0;
}
