/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the root of a command that brings its own tools.
 * Never: shows the other processes of the pod any of it.
 * Follows: mount_namespaces(7), open_tree(2), move_mount(2). */

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "basic/cli.h"
#include "basic/fd-pass.h"
#include "basic/fd.h"
#include "basic/log.h"
#include "basic/process.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "pod-tool/exec-tools.h"
#include "pod/tools.h"

int exec_tools_mount(const PodDir *p, const char *image) {
        _cleanup_strv_ char **argv = NULL;
        int fds[2];
        pid_t pid;

        int r = program_command(&argv, "mount-tools", cli_root, p->uuid, image, NULL);
        if (r >= 0)
                r = socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0 ? -errno : 0;
        if (r < 0)
                return log_error_errno(r, "Cannot mount image '%s': %m", image);

        _cleanup_close_ int ours = fds[0];
        r = process_spawn(
                        &(Spawn) {
                                        .argv = argv,
                                        .in = -EBADF,
                                        .out = -EBADF,
                                        .err = -EBADF,
                                        .pass = &fds[1],
                                        .n_pass = 1,
                        },
                        &pid);
        fd_close(fds[1]);
        if (r < 0)
                return log_error_errno(r, "Cannot mount image '%s': %m", image);

        int tools = fd_take(ours); /* -ENODATA: it has said why */
        (void) process_wait(pid);

        return tools;
}

/* A copy of a mount and all below it, or of a file. */
static int copy_mount(const char *path) {
        int fd = open_tree(AT_FDCWD, path,
                           OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE | AT_SYMLINK_NOFOLLOW);
        return fd < 0 ? -errno : fd;
}

/* Moves it into the image, over what is there; an image may have a link there. */
static int show(int root, int mount, const char *name) {
        _cleanup_close_ int target = open_in_root_plain(root, name, O_PATH);
        if (target < 0)
                return target;
        return move_mount(mount, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0
                               ? -errno
                               : 0;
}

/* How names are looked up in the pod's network. The image need not have such a file, nor the pod. */
static void show_file(int root, const char *name) {
        _cleanup_free_ char *path = NULL;

        if (str_printf(&path, "/%s", name) < 0)
                return;
        _cleanup_close_ int mount = copy_mount(path);
        if (mount < 0)
                return;
        (void) mkdirat(root, "etc", 0755);
        fd_close(openat(root, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
        (void) show(root, mount, name);
}

int exec_tools_attach(int tools) {
        static const char *const directories[] = { TOOLS_DIRECTORIES };
        static const char *const files[] = { "etc/hosts", "etc/resolv.conf" };
        int mounts[ELEMENTSOF(directories)];

        if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
                return -errno;

        /* All copies first: the image must not be in them. */
        for (size_t i = 0; i < ELEMENTSOF(directories); i++) {
                _cleanup_free_ char *path = NULL;

                int r = str_printf(&path, "/%s", streq(directories[i], TOOLS_POD) ? "" : directories[i]);
                if (r < 0)
                        return r;
                mounts[i] = copy_mount(path);
                if (mounts[i] < 0)
                        return mounts[i];
        }

        if (move_mount(tools, "", AT_FDCWD, TOOLS_DIRECTORY, MOVE_MOUNT_F_EMPTY_PATH) < 0)
                return -errno;
        _cleanup_close_ int root = open(TOOLS_DIRECTORY, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (root < 0)
                return -errno;
        for (size_t i = 0; i < ELEMENTSOF(directories); i++) {
                int r = show(root, mounts[i], directories[i]);
                if (r < 0)
                        return r;
        }
        for (size_t i = 0; i < ELEMENTSOF(files); i++)
                show_file(root, files[i]);

        return 0;
}
