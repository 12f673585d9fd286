/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: new labels for what is on the host and is to be a pod's.
 * Never: follows a link, crosses into another file system, touches what the host needs for itself.
 * Follows: podman-run(1), ":z" and ":Z"; xattr(7). */

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "selinux/relabel.h"

#define LABEL "security.selinux"
#define CONTEXT_MAX 4096
#define DEPTH_MAX 512 /* an fd each */

static bool is_of_host(const char *path) {
        static const char *const places[] = { "/",     "/bin",   "/boot",  "/dev",     "/etc",    "/home",
                                              "/lib",  "/lib32", "/lib64", "/libx32",  "/mnt",    "/opt",
                                              "/proc", "/root",  "/run",   "/sbin",    "/srv",    "/sys",
                                              "/tmp",  "/usr",   "/var",   "/var/lib", "/var/log" };
        static const char *const trees[] = { "/boot/", "/dev/", "/etc/", "/proc/", "/sys/", "/usr/" };

        for (size_t i = 0; i < ELEMENTSOF(places); i++)
                if (streq(path, places[i]))
                        return true;
        for (size_t i = 0; i < ELEMENTSOF(trees); i++)
                if (startswith(path, trees[i]))
                        return true;

        return false;
}

static bool has_label(int fd, const char *context) {
        char now[CONTEXT_MAX];

        ssize_t n = getxattr(fd_path(fd).text, LABEL, now, sizeof(now) - 1);
        if (n < 0)
                return false;
        now[n] = '\0';
        return streq(now, context);
}

static int set_label(int fd, const char *context) {
        return setxattr(fd_path(fd).text, LABEL, context, strlen(context) + 1, 0) < 0 ? -errno : 0;
}

static int relabel(int fd, const char *context, unsigned depth);

static int open_below(int dir_fd, const char *name) {
        struct open_how how = {
                .flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
                .resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV,
        };

        int fd = syscall(SYS_openat2, dir_fd, name, &how, sizeof(how));
        return fd < 0 ? -errno : fd;
}

/* What has gone meanwhile, and what is mounted there, is no part of it. */
static int relabel_entries(int dir_fd, const char *context, unsigned depth) {
        _cleanup_closedir_ DIR *d = NULL;

        if (depth >= DEPTH_MAX)
                return -ELOOP;

        int r = dir_stream_at(dir_fd, ".", &d);
        for (struct dirent *entry; r >= 0 && (entry = readdir(d));) {
                if (streq(entry->d_name, ".") || streq(entry->d_name, ".."))
                        continue;
                _cleanup_close_ int fd = open_below(dirfd(d), entry->d_name);
                if (fd == -ENOENT || fd == -EXDEV)
                        continue;
                r = fd < 0 ? fd : relabel(fd, context, depth + 1);
        }

        return r;
}

static int relabel(int fd, const char *context, unsigned depth) {
        struct stat st;

        if (fstat(fd, &st) < 0)
                return -errno;
        int r = S_ISDIR(st.st_mode) ? relabel_entries(fd, context, depth) : 0;
        return r < 0 ? r : set_label(fd, context);
}

int relabel_tree(int fd, const char *context, char **reterr_why) {
        _cleanup_free_ char *path = NULL;

        int r = context ? fd_get_path(fd, &path) : 0;
        if (r < 0 || !context)
                return r;
        if (is_of_host(path))
                return refuse(reterr_why, -EPERM,
                              "the host itself needs its labels; leave z and Z out, or use a directory of its own");
        if (has_label(fd, context))
                return 0;

        fd_limit_raise();
        r = relabel(fd, context, 0);
        return r == -EOPNOTSUPP ? refuse(reterr_why, r, "its file system has no labels; leave z and Z out")
                                : r;
}
