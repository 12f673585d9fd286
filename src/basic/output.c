/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the file that an image is exported to, until it is complete.
 * Never: replaces what is not a file.
 * Follows: rename(2). */

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/output.h"
#include "basic/str.h"

void output_done(Output *o) {
        if (o->temporary)
                (void) unlinkat(o->dir_fd, o->temporary, 0);

        free(o->temporary);
        fd_close(o->fd);
        fd_close(o->dir_fd);
        *o = OUTPUT_NULL;
}

static int open_standard_output(Output *ret) {
        int fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
        if (fd < 0)
                return -errno;

        *ret = (Output) { .fd = fd, .dir_fd = -EBADF };
        return 0;
}

/* The directory that `path` is in, and what it is called there. */
static int open_directory(const char *path, const char **ret_name) {
        const char *slash = strrchr(path, '/');
        _cleanup_free_ char *directory = strndup(slash ? path : "./", slash ? slash - path + 1 : 2);
        if (!directory)
                return -ENOMEM;

        int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return -errno;

        *ret_name = slash ? slash + 1 : path;
        return fd;
}

static int check_replaceable(int dir_fd, const char *name) {
        struct stat st;

        if (name[0] == '\0')
                return -EISDIR;
        if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return errno == ENOENT ? 0 : -errno;

        return S_ISREG(st.st_mode) ? 0 : S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
}

int output_open(const char *path, Output *ret) {
        _cleanup_output_ Output o = OUTPUT_NULL;

        if (streq(path, "-"))
                return open_standard_output(ret);

        o.dir_fd = open_directory(path, &o.name);
        int r = o.dir_fd < 0 ? o.dir_fd : check_replaceable(o.dir_fd, o.name);
        if (r >= 0)
                r = str_printf(&o.temporary, ".#%016llx", str_random_u64());
        if (r < 0)
                return r;

        o.fd = openat(o.dir_fd, o.temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (o.fd < 0) {
                r = -errno;
                free(TAKE_PTR(o.temporary));
                return r;
        }

        *ret = o;
        o = OUTPUT_NULL;
        return 0;
}

int output_publish(Output *o) {
        if (o->dir_fd < 0)
                return 0;
        if (fsync(o->fd) < 0 || renameat(o->dir_fd, o->temporary, o->dir_fd, o->name) < 0)
                return -errno;

        free(TAKE_PTR(o->temporary));
        return fsync(o->dir_fd) < 0 ? -errno : 0;
}
