/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the loop device of a layer; the only user of libmount.
 * Never: leaves a loop device behind: it is one that clears itself.
 * Follows: libmount's documentation, open_tree(2). */

#include <errno.h>
#include <fcntl.h>
#include <libmount.h>
#include <stdio.h>
#include <sys/mount.h>

#include "basic/macro.h"
#include "nspawn-stage1/loop-mount.h"

static int mount_at(const char *source, const char *where) {
        struct libmnt_context *c = mnt_new_context();
        if (!c)
                return -ENOMEM;

        int r = mnt_context_set_fstype(c, "erofs");
        if (r == 0)
                r = mnt_context_set_source(c, source);
        if (r == 0)
                r = mnt_context_set_target(c, where);
        if (r == 0)
                r = mnt_context_set_options(c, "ro,nodev,loop");
        if (r == 0)
                r = mnt_context_mount(c);
        if (r > 0) /* the system call's errno, or a status of its helpers */
                r = mnt_context_get_syscall_errno(c) > 0 ? -mnt_context_get_syscall_errno(c) : -EIO;

        mnt_free_context(c);
        return r;
}

int loop_mount(int layer_fd, const char *where) {
        char source[64];

        (void) snprintf(source, sizeof(source), "/proc/self/fd/%d", layer_fd);
        int r = mount_at(source, where);
        if (r < 0)
                return r;

        int fd = open_tree(AT_FDCWD, where, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
        r = fd < 0 ? -errno : fd;
        (void) umount2(where, MNT_DETACH);

        return r;
}
