/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: which files of the host a pod's machine gets at, and by whom.
 * Never: leaves it to virtiofsd what may be written to: a mount says that.
 * Follows: virtiofsd(1); docs/SECURITY.md. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/local-socket.h"
#include "basic/log.h"
#include "basic/str.h"
#include "kvm-stage1/cage-root.h"
#include "kvm-stage1/caged-child.h"
#include "kvm-stage1/exports.h"
#include "pod/machine-tools.h"
#include "stage/volume-tree.h"
#include "store/volume.h"

#define ROOT "virtiofsd" /* in the place */

void exports_done(Exports *e) {
        free(e->root);
        *e = (Exports) {};
}

static bool is_new(Store *store, const char *name) {
        _cleanup_close_ int fd = volume_open(store, name);
        return fd >= 0 && faccessat(fd, "new", F_OK, AT_SYMLINK_NOFOLLOW) >= 0;
}

/* Returns a detached mount. A volume that is new gets what the image has there by the guest, which sees that. */
static int open_tree_of(const Stage *s, Store *store, const Mount *m, bool *ret_new, char **reterr_why) {
        _cleanup_free_ char *name = NULL;
        size_t n = 0;

        *ret_new = false;
        if (mount_is_of_host(m, store)) {
                _cleanup_close_ int source = volume_open_source(&m->volume, reterr_why);
                return source < 0 ? source : volume_tree_of_host(s, source, m, reterr_why);
        }

        const char *begin = volume_of_source(store, m->volume.source, &n);
        name = begin ? strndup(begin, n) : NULL;
        if (!name)
                return -ENOMEM;
        *ret_new = is_new(store, name);
        return volume_tree_by_name(s, store, m, name, /* content_fd= */ -EBADF, reterr_why);
}

static int make_root(Exports *e, const Stage *s) {
        int r = cage_root_make(s, ROOT, &e->root);
        if (r < 0)
                return r;

        _cleanup_close_ int root = dir_open_at(s->place_fd, ROOT, 0);
        return root < 0 ? root : mkdirat(root, EXPORTS_DIRECTORY, 0755) < 0 ? -errno : 0;
}

static int attach(const Stage *s, int tree, int number) {
        char name[64];
        struct stat st;

        (void) snprintf(name, sizeof(name), ROOT "/" EXPORTS_DIRECTORY "/%d", number);
        if (fstat(tree, &st) < 0)
                return -errno;
        int r = !S_ISDIR(st.st_mode)                   ? file_create_at(s->place_fd, name, "", 0, 0644)
                : mkdirat(s->place_fd, name, 0755) < 0 ? -errno
                                                       : 0;
        if (r < 0)
                return r;

        return move_mount(tree, "", s->place_fd, name, MOVE_MOUNT_F_EMPTY_PATH) < 0 ? -errno : 0;
}

int exports_add(Exports *e, const Stage *s, Store *store, const Mount *m, bool *ret_new, char **reterr_why) {
        _cleanup_close_ int tree = open_tree_of(s, store, m, ret_new, reterr_why);
        int r = tree < 0 ? tree : e->root ? 0 : make_root(e, s);
        if (r >= 0)
                r = attach(s, tree, (int) e->n);

        return r < 0 ? r : (int) e->n++;
}

/* It listens at a socket that nobody else can reach, and qemu is connected already. */
static int make_sockets(const Stage *s, int *ret_listening, int *ret_connected) {
        static const char name[] = "virtiofsd.socket";

        _cleanup_close_ int listening = local_socket_bind(s->place_fd, name, SOCK_STREAM);
        if (listening < 0 || listen(listening, 1) < 0)
                return listening < 0 ? listening : -errno;
        _cleanup_close_ int connected = local_socket_connect(s->place_fd, name, SOCK_STREAM);
        if (connected < 0)
                return connected;
        (void) unlinkat(s->place_fd, name, 0);

        *ret_listening = TAKE_FD(listening);
        *ret_connected = TAKE_FD(connected);
        return 0;
}

/* As the pod's root and no more. The root that it changes to is the directory of the volumes, in which nothing else is. */
static int start(const Exports *e, const Stage *s, const char *program, int err, pid_t *ret_pid,
                 int *ret_socket) {
        _cleanup_close_ int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
        _cleanup_close_ int listening = -EBADF, connected = -EBADF;

        int r = nothing < 0 ? -errno : make_sockets(s, &listening, &connected);
        if (r >= 0)
                r = caged_child_start(
                                &(CagedChild) {
                                                .argv = (char *[]) { (char *) program, (char *) "--fd=3",
                                                                     (char *) "-o",
                                                                     (char *) "source=/" EXPORTS_DIRECTORY,
                                                                     (char *) "-o",
                                                                     (char *) "sandbox=chroot",
                                                                     (char *) "-o", (char *) "xattr",
                                                                     (char *) "-o", (char *) "log_level=err",
                                                                     (char *) "--rlimit-nofile=0", NULL },
                                                .root = e->root,
                                                .in = nothing,
                                                .out = err,
                                                .err = err,
                                                .pass = &listening,
                                                .n_pass = 1,
                                                .userns_fd = s->userns_fd,
                                                .network_fd = -EBADF,
                                                .label = s->labels.process,
                                },
                                ret_pid);
        if (r < 0)
                return r;

        *ret_socket = TAKE_FD(connected);
        return 0;
}

int exports_start(const Exports *e, const Stage *s, int err, pid_t *ret_pid, int *ret_socket) {
        _cleanup_free_ char *program = NULL, *why = NULL;

        int r = machine_tool_find(MACHINE_VIRTIOFSD, &program, &why);
        if (r >= 0)
                r = start(e, s, program, err, ret_pid, ret_socket);
        if (r < 0)
                return log_error_errno(r, "Cannot start virtiofsd for the volumes of pod '%s': %s",
                                       s->pod.name, why ? why : strerror(-r));

        return 0;
}
