/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: loop devices of files that nobody changes. Pods share one, and with it the pages of what is mounted from it.
 * Never: leaves one behind: they clear themselves.
 * Follows: loop(4), <linux/loop.h>. */

#include <dirent.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "stage/loop.h"

#define ATTEMPTS 64 /* at a free one that somebody else may take first */

/* While it is open here it does not clear itself. */
static bool is_of(int device, const struct stat *file) {
        struct loop_info64 info;

        return ioctl(device, LOOP_GET_STATUS64, &info) >= 0 && info.lo_device == file->st_dev &&
               info.lo_inode == file->st_ino && info.lo_offset == 0 && info.lo_sizelimit == 0 &&
               (info.lo_flags & LO_FLAGS_READ_ONLY);
}

static int open_device(const char *name, char ret_path[static LOOP_PATH_MAX]) {
        if (snprintf(ret_path, LOOP_PATH_MAX, "/dev/%s", name) >= LOOP_PATH_MAX)
                return -ENAMETOOLONG;

        int fd = open(ret_path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        return fd < 0 ? -errno : fd;
}

/* Only one that has a file has this directory. */
static bool is_taken(int directory, const char *name) {
        char path[LOOP_PATH_MAX];

        return startswith(name, "loop") &&
               snprintf(path, sizeof(path), "%s/loop", name) < (int) sizeof(path) &&
               faccessat(directory, path, F_OK, 0) >= 0;
}

/* -ENOENT: there is none. */
static int find(const struct stat *file, char ret_path[static LOOP_PATH_MAX]) {
        _cleanup_closedir_ DIR *d = NULL;

        int r = dir_stream_at(AT_FDCWD, "/sys/block", &d);
        if (r < 0)
                return r;
        for (struct dirent *entry; (entry = readdir(d));) {
                _cleanup_close_ int fd = is_taken(dirfd(d), entry->d_name)
                                                         ? open_device(entry->d_name, ret_path)
                                                         : -EBADF;
                if (fd >= 0 && is_of(fd, file))
                        return TAKE_FD(fd);
        }

        return -ENOENT;
}

static int make(int file_fd, char ret_path[static LOOP_PATH_MAX]) {
        const struct loop_config config = {
                .fd = file_fd,
                .info = { .lo_flags = LO_FLAGS_READ_ONLY | LO_FLAGS_AUTOCLEAR },
        };
        char name[LOOP_PATH_MAX - sizeof("/dev")];

        _cleanup_close_ int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
        if (control < 0)
                return -errno;
        for (unsigned i = 0; i < ATTEMPTS; i++) {
                int n = ioctl(control, LOOP_CTL_GET_FREE);
                if (n < 0)
                        return -errno;
                (void) snprintf(name, sizeof(name), "loop%d", n);
                _cleanup_close_ int fd = open_device(name, ret_path);
                if (fd < 0)
                        return fd;
                if (ioctl(fd, LOOP_CONFIGURE, &config) >= 0)
                        return TAKE_FD(fd);
                if (errno != EBUSY)
                        return -errno;
        }

        return -EBUSY;
}

int loop_open(int file_fd, char ret_path[static LOOP_PATH_MAX]) {
        struct stat st;

        if (fstat(file_fd, &st) < 0)
                return -errno;
        int fd = find(&st, ret_path);

        return fd >= 0 ? fd : make(file_fd, ret_path);
}
