/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the file systems of the kernel in a root.
 * Never: shows a device of the guest's: its disks and its link are the agent's.
 * Follows: systemd-nspawn(1), so that a root looks as in a container; https://systemd.io/CONTAINER_INTERFACE. */

#include <fcntl.h>
#include <linux/mount.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/target.h"
#include "guest/api.h"

#define QUIET (MS_NOSUID | MS_NODEV | MS_NOEXEC)

static const struct {
        const char *path, *type;
        unsigned long flags;
        const char *options;
} mounts[] = {
        { "/sys", "sysfs", QUIET | MS_RDONLY, NULL },
        { "/dev", "tmpfs", MS_NOSUID | MS_STRICTATIME, "mode=0755,size=4m,nr_inodes=64k" },
        { "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "ptmxmode=0666,mode=0620,gid=5" },
        { "/dev/mqueue", "mqueue", QUIET, NULL },
        { "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777,size=10%" },
        { "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=20%,nr_inodes=800k" },
        { "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777,size=10%" },
};

static const struct {
        const char *name;
        unsigned major, minor;
} nodes[] = {
        { "null", 1, 3 },   { "zero", 1, 5 },    { "full", 1, 7 },
        { "random", 1, 8 }, { "urandom", 1, 9 }, { "tty", 5, 0 },
};

static const struct {
        const char *name, *target;
} links[] = {
        { "fd", "/proc/self/fd" },       { "stdin", "/proc/self/fd/0" }, { "stdout", "/proc/self/fd/1" },
        { "stderr", "/proc/self/fd/2" }, { "core", "/proc/kcore" },      { "ptmx", "pts/ptmx" },
};

static int fill_dev(const Place *p) {
        _cleanup_free_ char *target = NULL;

        int r = target_resolve(p->view_fd, "/dev", S_IFDIR, &target);
        if (r < 0)
                return r;
        _cleanup_close_ int fd = target_open(p->view_fd, target, O_RDONLY | O_DIRECTORY);
        if (fd < 0)
                return fd;

        for (size_t i = 0; i < ELEMENTSOF(nodes); i++)
                if (mknodat(fd, nodes[i].name, S_IFCHR | 0666, makedev(nodes[i].major, nodes[i].minor)) < 0)
                        return -errno;
        for (size_t i = 0; i < ELEMENTSOF(links); i++)
                if (symlinkat(links[i].target, fd, links[i].name) < 0)
                        return -errno;

        return 0;
}

int api_mount(const Place *p) {
        _cleanup_free_ char *proc = NULL;

        int r = target_resolve(p->view_fd, "/proc", S_IFDIR, &proc);
        for (size_t i = 0; r >= 0 && i < ELEMENTSOF(mounts); i++)
                r = place_mount_kernel(p, mounts[i].path, mounts[i].type, mounts[i].flags,
                                       mounts[i].options);

        return r < 0 ? r : fill_dev(p);
}

/* As nspawn has them, from which gantry-init goes on. */
static int restrict_proc(const Place *p) {
        static const char *const read_only[] = { "/proc/sys", "/proc/bus", "/proc/fs", "/proc/irq" };
        struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };

        for (size_t i = 0; i < ELEMENTSOF(read_only); i++) {
                _cleanup_close_ int target = target_open(p->view_fd, read_only[i], O_PATH);
                if (target == -ENOENT)
                        continue;
                if (target < 0)
                        return target;
                _cleanup_close_ int tree =
                                open_tree(target, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
                if (tree < 0 || mount_setattr(tree, "", AT_EMPTY_PATH, &attr, sizeof(attr)) < 0 ||
                    move_mount(tree, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
                        return -errno;
        }

        return 0;
}

int api_mount_own(const Place *p, bool may_change_cgroups) {
        int r = place_mount_kernel(p, "/proc", "proc", QUIET, NULL);
        if (r >= 0)
                r = restrict_proc(p);

        return r < 0 ? r
                     : place_mount_kernel(p, "/sys/fs/cgroup", "cgroup2",
                                          QUIET | (may_change_cgroups ? 0 : MS_RDONLY), "nsdelegate");
}
