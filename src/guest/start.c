/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the start of an app that is alone: mapping A, as nspawn would carry it out.
 * Never: applies the app's identity: gantry-init does.
 * Follows: pod/init-config.h; docs/ARCHITECTURE.md. */

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/refuse.h"
#include "guest/api.h"
#include "guest/host-directory.h"
#include "guest/limits.h"
#include "guest/namespaces.h"
#include "guest/start.h"
#include "guest/streams.h"
#include "pod/init-config.h"

/* In the child, which has mounts of its own by now. */
static int enter(App *a, const char **reterr_what) {
        *reterr_what = "mount the kernel's file systems";
        int r = unshare(CLONE_NEWCGROUP) < 0 ? -errno : place_look_again(&a->place);
        if (r >= 0)
                r = api_mount_own(&a->place, /* may_change_cgroups= */ false);
        if (r >= 0 && a->config->read_only)
                r = place_make_read_only(&a->place);
        if (r < 0)
                return r;

        *reterr_what = "limit it";
        r = limits_take(a->config);
        if (r < 0)
                return r;

        *reterr_what = "enter its root";
        return namespaces_change_root(a->place.root);
}

_noreturn_ static void become_init(App *a, const int streams[static STREAMS], int status) {
        const InitStatus failed = { .event = INIT_FAILED, .value = EXIT_GANTRY };
        char *argv[] = { (char *) INIT_PATH, NULL }, *environment[] = { host_directory_credentials(), NULL };
        const char *what;

        int r = enter(a, &what);
        if (r >= 0) {
                what = "execute gantry-init";
                r = streams_place(streams, status);
        }
        if (r >= 0) {
                (void) execve(INIT_PATH, argv, environment);
                r = -errno;
        }

        (void) dprintf(streams[STDERR_FILENO], "Cannot start app '%s': cannot %s: %s\n", a->config->name,
                       what, strerror(-r));
        (void) !write(status, &failed, sizeof(failed));
        _exit(EXIT_GANTRY);
}

int start_alone(App *a, int cgroup_fd, Link *l, char **reterr_why) {
        int streams[STREAMS] = { -EBADF, -EBADF, -EBADF }, fds[2];

        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
                return refuse(reterr_why, -errno, "Cannot start app '%s': %m", a->config->name);
        _cleanup_close_ int ours = fds[0], theirs = fds[1];
        int r = app_begin(a, l, streams);
        pid_t pid = r < 0 ? r : namespaces_fork_init(cgroup_fd);
        if (pid == 0)
                become_init(a, streams, theirs);

        streams_close(streams);
        if (pid < 0)
                return refuse(reterr_why, pid, "Cannot start app '%s': %s", a->config->name, strerror(-pid));
        app_set_leader(a, pid, TAKE_FD(ours));
        return 0;
}
