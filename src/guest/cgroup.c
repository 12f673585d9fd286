/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the cgroups that the agent makes.
 * Never: has a process of the pod beside itself.
 * Follows: Documentation/admin-guide/cgroup-v2.rst. */

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "guest/cgroup.h"

#define CGROUPS "/sys/fs/cgroup"

static int write_at(int directory, const char *name, const char *text) {
        _cleanup_close_ int fd = openat(directory, name, O_WRONLY | O_CLOEXEC);
        return fd < 0 ? -errno : fd_write_full(fd, text, strlen(text));
}

static int open_root(void) {
        int fd = open(CGROUPS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

static int make(int root, const char *name) {
        return mkdirat(root, name, 0755) < 0 ? -errno : dir_open_at(root, name, 0);
}

/* Memory is counted in any case, so that it is known what somebody was killed for. */
static const struct {
        const char *file, *controller;
        size_t offset;
} limits[] = {
        { "memory.max", "+memory", offsetof(GuestApp, memory_max) },
        { "memory.high", "+memory", offsetof(GuestApp, memory_high) },
        { "memory.swap.max", "+memory", offsetof(GuestApp, memory_swap_max) },
        { "pids.max", "+pids", offsetof(GuestApp, tasks_max) },
        { "cpu.max", "+cpu", offsetof(GuestApp, cpu_max) },
};

static const char *limit_of(const GuestApp *app, size_t i) {
        return *(const char *const *) ((const char *) app + limits[i].offset);
}

static int enable(int root, const GuestApp *app) {
        int r = write_at(root, "cgroup.subtree_control", "+memory");

        for (size_t i = 0; r >= 0 && i < ELEMENTSOF(limits); i++)
                if (limit_of(app, i) && !streq(limits[i].controller, "+memory"))
                        r = write_at(root, "cgroup.subtree_control", limits[i].controller);

        return r;
}

int cgroup_make_app(const GuestApp *app, char **reterr_why) {
        _cleanup_close_ int root = open_root();
        int r = root < 0 ? root : enable(root, app);
        _cleanup_close_ int fd = r < 0 ? r : make(root, "app");
        if (fd < 0)
                return refuse(reterr_why, fd, "Cannot make a cgroup for app '%s': %s", app->name,
                              strerror(-fd));

        for (size_t i = 0; i < ELEMENTSOF(limits); i++) {
                const char *limit = limit_of(app, i);

                r = limit ? write_at(fd, limits[i].file, limit) : 0;
                if (r == -ENOENT && streq(limits[i].file, "memory.swap.max"))
                        continue; /* this kernel does not count what is swapped out, and has nowhere to */
                if (r < 0)
                        return refuse(reterr_why, r, "Cannot limit app '%s' to %s=%s: %s", app->name,
                                      limits[i].file, limit, strerror(-r));
        }

        return TAKE_FD(fd);
}

int cgroup_make_system(void) {
        static const char *const controllers[] = { "+memory", "+pids", "+cpu", "+cpuset", "+io" };

        _cleanup_close_ int root = open_root();
        if (root < 0)
                return root;
        for (size_t i = 0; i < ELEMENTSOF(controllers); i++) /* one by one: not every kernel has them all */
                (void) write_at(root, "cgroup.subtree_control", controllers[i]);

        return make(root, "system");
}

static int find_path(pid_t pid, const char *file, char **ret) {
        _cleanup_blob_ Blob text = {};
        char path[32];

        (void) snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
        int r = file_read_at(AT_FDCWD, path, 4096, &text);
        if (r < 0)
                return r;

        const char *own = startswith(text.data, "0::");
        return own ? str_printf(ret, CGROUPS "%.*s/%s", (int) strcspn(own, "\n"), own, file) : -ENODATA;
}

int cgroup_find_app(const GuestConfig *c, pid_t pid) {
        _cleanup_free_ char *path = NULL;

        int r = find_path(pid, "", &path);
        for (size_t i = 0; r >= 0 && i < c->n_apps; i++) {
                _cleanup_free_ char *service = NULL;

                r = str_printf(&service, "/app-%s.service/", c->apps[i].name);
                if (r >= 0 && strstr(path, service))
                        return (int) i;
        }

        return -ESRCH;
}

int cgroup_open(pid_t pid) {
        _cleanup_free_ char *path = NULL;

        int r = find_path(pid, "", &path);
        return r < 0 ? r : dir_open_at(AT_FDCWD, path, 0);
}

int cgroup_open_memory_events(pid_t pid) {
        _cleanup_free_ char *path = NULL;

        int r = find_path(pid, "memory.events", &path);
        if (r < 0)
                return r;
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

uint64_t cgroup_count_kills(int events_fd) {
        _cleanup_close_ int all = events_fd < 0 ? open("/proc/vmstat", O_RDONLY | O_CLOEXEC) : -EBADF;
        char text[16 * 1024];
        uint64_t n = 0;

        ssize_t size = pread(events_fd < 0 ? all : events_fd, text, sizeof(text) - 1, 0);
        if (size <= 0)
                return 0;
        text[size] = '\0';

        const char *count = strstr(text, "\noom_kill ");
        return count && sscanf(count, " oom_kill %" SCNu64, &n) == 1 ? n : 0;
}
