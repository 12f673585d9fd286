/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what the pod does not see, and what it sees but cannot change.
 * Never: makes anything: a path that is not there needs no cover.
 * Follows: mount_setattr(2), open_tree(2); OCI runtime-spec, "Masked Paths", "Readonly Paths". */

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "basic/fd.h"
#include "init/mounts.h"

/* On what has been looked at, whatever its path leads to by now. */
static int cover(int fd) {
        FdPath target = fd_path(fd);
        struct stat st;

        if (fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISDIR(st.st_mode))
                return mount("/dev/null", target.text, NULL, MS_BIND, NULL) < 0 ? -errno : 0;

        return mount("tmpfs", target.text, "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC,
                     "mode=0555,nr_inodes=2") < 0
                               ? -errno
                               : 0;
}

static int make_read_only(int fd) {
        struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };

        int tree = open_tree(fd, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | AT_RECURSIVE);
        if (tree < 0)
                return -errno;
        int r = mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof(attr)) < 0 ||
                                                move_mount(tree, "", fd, "",
                                                           MOVE_MOUNT_F_EMPTY_PATH |
                                                                           MOVE_MOUNT_T_EMPTY_PATH) < 0
                                ? -errno
                                : 0;
        close(tree);
        return r;
}

static int change(const char *path, int (*how)(int fd)) {
        int fd = open(path, O_PATH | O_CLOEXEC);
        if (fd < 0)
                return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;

        int r = how(fd);
        close(fd);
        return r;
}

static int change_all(char *const *paths, int (*how)(int fd), const char **reterr_path) {
        for (; paths && *paths; paths++) {
                *reterr_path = *paths;
                int r = change(*paths, how);
                if (r < 0)
                        return r;
        }

        return 0;
}

/* What is not mounted over is uncovered already. */
static int uncover_all(char *const *paths, const char **reterr_path) {
        for (; paths && *paths; paths++) {
                *reterr_path = *paths;
                if (umount2(*paths, MNT_DETACH | UMOUNT_NOFOLLOW) < 0 && errno != EINVAL && errno != ENOENT)
                        return -errno;
        }

        return 0;
}

int mounts_apply(const AppConfig *c, const char **reterr_path) {
        int r = uncover_all(c->unmasks, reterr_path);
        if (r >= 0)
                r = change_all(c->masks, cover, reterr_path);

        return r < 0 ? r : change_all(c->read_only, make_read_only, reterr_path);
}
