/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: that an app of several in a pod sees its own processes only.
 * Never: leaves the old /proc below the new one.
 * Follows: pid_namespaces(7), clone(2), fsmount(2). */

#include <errno.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init/pids.h"

pid_t pids_fork(bool in_my_place) {
        struct clone_args args = {
                .flags = CLONE_NEWPID | (in_my_place ? CLONE_PARENT : 0),
                .exit_signal = in_my_place ? 0 : SIGCHLD, /* as this process's own */
        };

        pid_t pid = syscall(SYS_clone3, &args, sizeof(args));
        return pid < 0 ? -errno : pid;
}

static int make_proc(void) {
        int context = fsopen("proc", FSOPEN_CLOEXEC);
        if (context < 0)
                return -errno;

        int fd = fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0
                                 ? -1
                                 : fsmount(context, FSMOUNT_CLOEXEC,
                                           MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
        if (fd < 0)
                fd = -errno;
        close(context);
        return fd;
}

/* The kernel makes one only as long as another one is to be seen. */
int pids_show(void) {
        int fd = make_proc();
        if (fd < 0)
                return fd;

        int r = umount2("/proc", MNT_DETACH) < 0 || move_mount(fd, "", AT_FDCWD, "/proc",
                                                               MOVE_MOUNT_F_EMPTY_PATH) < 0
                                ? -errno
                                : 0;
        close(fd);
        return r;
}
