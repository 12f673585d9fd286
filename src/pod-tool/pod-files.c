/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the way to the files of a pod, whether it runs or not.
 * Never: enters the pod; lets a path lead out of its root.
 * Follows: openat2(2), RESOLVE_IN_ROOT; proc(5), /proc/PID/root; pod-root(8). */

#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "basic/cli.h"
#include "basic/fd-pass.h"
#include "basic/fd.h"
#include "basic/log.h"
#include "basic/process.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "image/appc-pod.h"
#include "pod-tool/leader.h"
#include "pod-tool/pod-files.h"
#include "pod-tool/pod-tool.h"
#include "pod/annotations.h"
#include "pod/machine.h"
#include "pod/pod-manifest.h"

void pod_files_done(PodFiles *f) {
        fd_close(f->root_fd);
        free(f->app);
        pod_dir_done(&f->dir);
}

int pod_files_at(const PodFiles *f, const char *path, int flags) {
        return open_in_root(f->root_fd, path, flags);
}

/* Those of a virtual machine only it can read: while it runs they are its own, and then its disk has gone or is as it was left. */
static int read_base(const PodDir *p, uid_t *ret) {
        _cleanup_(appc_pod_freep) AppcPod *pod = NULL;

        int r = pod_manifest_read(p, &pod, NULL);
        if (r < 0)
                return log_error_errno(r, "Cannot read the manifest of pod '%s': %m", p->name);
        if (pod_is_virtual_machine(pod))
                return log_error_errno(
                                -EOPNOTSUPP,
                                "Cannot look into pod '%s': its files are in a virtual machine; use 'gantry exec %s tar …', or a volume",
                                p->name, p->name);

        const char *userns = pairs_get(&pod->annotations, ANNOTATION_USER_NAMESPACE);
        if (userns && streq(userns, "host")) {
                *ret = 0;
                return 0;
        }

        r = pod_dir_uid_base(p, ret);
        return r < 0 ? log_error_errno(r, "Cannot read the ids of pod '%s': %m", p->name) : 0;
}

static int open_running(PodFiles *f) {
        char path[64];
        pid_t leader;

        int r = pod_tool_leader(&f->dir, f->app, &leader);
        if (r < 0)
                return r;

        (void) snprintf(path, sizeof(path), "/proc/%d/root", leader);
        f->root_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (f->root_fd < 0)
                return log_error_errno(errno, "Cannot open the root of pod '%s': %m", f->dir.name);

        return 0;
}

static int ask_for_root(const PodDir *p, const char *app, int *ret) {
        _cleanup_strv_ char **argv = NULL;
        int sockets[2];

        int r = program_command(&argv, "pod-root", cli_root, p->uuid, app, NULL);
        if (r < 0)
                return r;
        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) < 0)
                return -errno;

        _cleanup_close_ int ours = sockets[0], theirs = sockets[1];
        r = process_run(&(Spawn) {
                        .argv = argv,
                        .in = -EBADF,
                        .out = theirs,
                        .err = -EBADF,
        });
        if (r != 0)
                return r < 0 ? r : -EREMOTEIO; /* it has said why */

        r = fd_take(ours);
        if (r >= 0)
                *ret = r;
        return r < 0 ? r : 0;
}

static int open_resting(PodFiles *f) {
        int r = pod_dir_lock(&f->dir);
        if (r == -EWOULDBLOCK)
                return log_error_errno(r, "Cannot open pod '%s': somebody is at work on it", f->dir.name);
        if (r >= 0)
                r = ask_for_root(&f->dir, f->app, &f->root_fd);
        if (r < 0 && r != -EREMOTEIO)
                return log_error_errno(r, "Cannot open the root of pod '%s': %m", f->dir.name);

        return r;
}

int pod_files_find(const char *name, const char *app, PodFiles *ret) {
        _cleanup_pod_files_ PodFiles f = POD_FILES_NULL;
        _cleanup_(store_closep) Store *s = NULL;

        int r = pod_tool_open(&s);
        if (r >= 0)
                r = pod_tool_find(s, name, &f.dir);
        if (r >= 0)
                r = pod_tool_choose_app(&f.dir, app, &f.app);
        if (r < 0)
                return r;
        r = read_base(&f.dir, &f.base);
        if (r < 0)
                return r;

        f.running = pod_dir_phase_now(&f.dir) == POD_RUNNING;
        *ret = f;
        f = POD_FILES_NULL;
        return 0;
}

int pod_files_open(const char *name, const char *app, PodFiles *ret) {
        _cleanup_pod_files_ PodFiles f = POD_FILES_NULL;

        int r = pod_files_find(name, app, &f);
        if (r >= 0)
                r = f.running ? open_running(&f) : open_resting(&f);
        if (r < 0)
                return r;

        *ret = f;
        f = POD_FILES_NULL;
        return 0;
}
