/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the file systems of qemu and virtiofsd.
 * Never: shows them anything that tells of the host, or that can be written to.
 * Follows: mount_setattr(2), open_tree(2); file-hierarchy(7). */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "kvm-stage1/cage-root.h"

static int attach(int tree, int dir_fd, const char *path, bool read_only) {
        struct mount_attr attr = {
                .attr_set = MOUNT_ATTR_NOSUID | (read_only ? MOUNT_ATTR_RDONLY : 0),
                .propagation = MS_PRIVATE,
        };

        if (mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof(attr)) < 0 ||
            move_mount(tree, "", dir_fd, path, MOVE_MOUNT_F_EMPTY_PATH) < 0)
                return -errno;

        return 0;
}

static int show_directory(int root, const char *name) {
        char path[64];

        (void) snprintf(path, sizeof(path), "/%s", name);
        _cleanup_close_ int tree =
                        open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
        if (tree < 0 || mkdirat(root, name, 0755) < 0)
                return -errno;

        return attach(tree, root, name, /* read_only= */ true);
}

/* /lib and the like: links to what is in /usr, or directories beside it. */
static int show_libraries(int root) {
        static const char *const names[] = { "lib", "lib32", "lib64", "libx32" };

        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                char path[16], target[PATH_MAX] = "";
                struct stat st;

                (void) snprintf(path, sizeof(path), "/%s", names[i]);
                if (lstat(path, &st) < 0)
                        continue;
                bool link = S_ISLNK(st.st_mode);
                if (link && readlink(path, target, sizeof(target) - 1) < 0)
                        return -errno;
                int r = !link                                   ? show_directory(root, names[i])
                        : symlinkat(target, root, names[i]) < 0 ? -errno
                                                                : 0;
                if (r < 0)
                        return r;
        }

        return 0;
}

int cage_root_make(const Stage *s, const char *name, char **ret) {
        static const char *const directories[] = { "proc", "dev" };

        _cleanup_close_ int root = dir_open_at(s->place_fd, name, 0755);
        if (root < 0)
                return root;
        for (size_t i = 0; i < ELEMENTSOF(directories); i++)
                if (mkdirat(root, directories[i], 0755) < 0)
                        return -errno;

        int r = show_directory(root, "usr");
        if (r >= 0)
                r = show_libraries(root);

        return r < 0 ? r : str_printf(ret, "%s/%s", s->place, name);
}

int cage_root_show(const char *root, const char *path, int fd, bool read_only) {
        _cleanup_close_ int root_fd = dir_open_at(AT_FDCWD, root, 0);
        int r = root_fd < 0 ? root_fd : file_create_at(root_fd, path, "", 0, 0444);
        if (r < 0)
                return r;

        _cleanup_close_ int tree = open_tree(fd, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
        return tree < 0 ? -errno : attach(tree, root_fd, path, read_only);
}

int cage_root_add_device(const char *root, const char *name) {
        char path[32];

        (void) snprintf(path, sizeof(path), "/dev/%s", name);
        _cleanup_close_ int fd = open(path, O_PATH | O_CLOEXEC);
        return fd < 0 ? -errno : cage_root_show(root, path + 1, fd, /* read_only= */ false);
}
