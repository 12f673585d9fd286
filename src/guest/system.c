/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the systemd of a pod that boots.
 * Never: says what an app's unit says, but for what is mounted in its root.
 * Follows: docs/STAGE1.md; https://systemd.io/CONTAINER_INTERFACE; systemd(1), "Signals". */

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/local-socket.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "guest/api.h"
#include "guest/cgroup.h"
#include "guest/disk-limits.h"
#include "guest/disks.h"
#include "guest/host-directory.h"
#include "guest/journal.h"
#include "guest/namespaces.h"
#include "guest/streams.h"
#include "guest/system.h"
#include "pod/guest-config.h"
#include "pod/init-config.h"
#include "pod/init-root.h"

#define PROGRAM "/usr/lib/systemd/systemd"
#define MACHINE_ID "/gantry/machine-id"

static int make_binds(const Place *p, Blob *ret) {
        _cleanup_free_ InitBind *binds = calloc(p->n_binds, sizeof(InitBind));

        if (!binds)
                return -ENOMEM;
        for (size_t i = 0; i < p->n_binds; i++)
                binds[i] = (InitBind) { p->binds[i].source, p->binds[i].target, p->binds[i].read_only };

        return init_root_orders(&(InitRoot) { .binds = binds, .n_binds = p->n_binds }, ret);
}

/* What the host could not say: where in the app's root things are, only who has looked at it knows. */
static int add_binds(const Place *p) {
        _cleanup_blob_ Blob orders = {};
        _cleanup_free_ char *path = NULL;

        if (p->n_binds == 0)
                return 0;
        int r = make_binds(p, &orders);
        if (r >= 0)
                r = str_printf(&path, "%s/gantry/" INIT_ROOT_ORDERS, p->path);
        if (r < 0)
                return r;

        _cleanup_close_ int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
        return fd < 0 ? -errno : fd_write_full(fd, orders.data, orders.size);
}

static int write_machine_id(const char *id) {
        _cleanup_free_ char *text = NULL;

        int r = str_printf(&text, "%s\n", id);
        return r < 0 ? r : file_create_at(AT_FDCWD, MACHINE_ID, text, strlen(text), 0444);
}

static int listen_for_ready(System *s) {
        _cleanup_close_ int directory = dir_open_at(AT_FDCWD, HOST_DIRECTORY, 0);
        if (directory < 0)
                return directory;

        s->notify = local_socket_bind(directory, HOST_NOTIFY, SOCK_DGRAM | SOCK_NONBLOCK);
        return s->notify < 0 ? s->notify : 0;
}

/* Where it complains, of which the host hears by the guest's console. */
static int make_kmsg(void) {
        return mknod(DISKS_DIRECTORY "/" GUEST_STAGE1_DISK "/dev/kmsg", S_IFCHR | 0600, makedev(1, 11)) < 0
                               ? -errno
                               : 0;
}

static int show(const Place *p) {
        static const struct {
                const char *source, *path;
                bool read_only;
        } shown[] = {
                { PLACES, "/apps", false },
                { GUEST_UNITS, "/etc/systemd/system", true },
                { MACHINE_ID, "/etc/machine-id", true },
                { JOURNAL_DIRECTORY, "/run/systemd/journal", true },
        };
        int r = host_directory_show(p);

        for (size_t i = 0; r >= 0 && i < ELEMENTSOF(shown); i++)
                r = place_show(p, shown[i].source, shown[i].path, shown[i].read_only);

        return r;
}

int system_make(const GuestConfig *c, const App *apps, System *ret, char **reterr_why) {
        System s = SYSTEM_NULL;

        int r = str_copy(DISKS_DIRECTORY "/" GUEST_STAGE1_DISK, &s.place.root);
        if (r >= 0)
                r = place_look_again(&s.place);
        for (size_t i = 0; r >= 0 && i < c->n_apps; i++)
                r = add_binds(&apps[i].place);
        for (size_t i = 0; r >= 0 && i < c->n_apps; i++)
                r = disk_limits_write(c, &c->apps[i]);
        if (r >= 0)
                r = write_machine_id(c->machine_id);
        if (r >= 0)
                r = listen_for_ready(&s);
        if (r >= 0)
                r = api_mount(&s.place);
        if (r >= 0)
                r = make_kmsg();
        if (r >= 0)
                r = show(&s.place);
        if (r < 0)
                return refuse(reterr_why, r, "Cannot prepare the systemd of the pod: %s", strerror(-r));

        *ret = s;
        return 0;
}

static int enter(System *s) {
        int r = unshare(CLONE_NEWCGROUP) < 0 ? -errno : place_look_again(&s->place);
        if (r >= 0)
                r = api_mount_own(&s->place, /* may_change_cgroups= */ true);

        return r < 0 ? r : namespaces_change_root(s->place.root);
}

/* Its complaints are in the kernel's log. */
_noreturn_ static void become_systemd(System *s) {
        char *argv[] = { (char *) PROGRAM, NULL }, *environment[] = {
                (char *) "container=gantry",
                (char *) "NOTIFY_SOCKET=" HOST_SHOWN "/" HOST_NOTIFY,
                (char *) "SYSTEMD_UNIT_PATH=/etc/systemd/system:/usr/lib/systemd/system",
                host_directory_credentials(),
                NULL,
        };

        int r = enter(s);
        if (r >= 0) {
                (void) execve(PROGRAM, argv, environment);
                r = -errno;
        }

        (void) dprintf(STDERR_FILENO, "Cannot execute the systemd of the pod: %s\n", strerror(-r));
        _exit(EXIT_FAILURE);
}

int system_start(System *s, char **reterr_why) {
        _cleanup_close_ int cgroup = cgroup_make_system();
        pid_t pid = cgroup < 0 ? cgroup : namespaces_fork_init(cgroup);

        if (pid == 0)
                become_systemd(s);
        if (pid < 0)
                return refuse(reterr_why, pid, "Cannot start the systemd of the pod: %s", strerror(-pid));
        s->pid = pid;
        s->pidfd = pidfd_open(pid, 0);

        return 0;
}

void system_stop(const System *s) {
        if (s->pid > 0)
                (void) kill(s->pid, SIGRTMIN + 4); /* power off */
}

bool system_hear(const System *s) {
        char text[4096 + 1];

        ssize_t n = recv(s->notify, text, sizeof(text) - 1, MSG_DONTWAIT);
        if (n <= 0)
                return false;

        text[n] = '\0';
        for (char *rest = text, *line; (line = strsep(&rest, "\n"));)
                if (streq(line, "READY=1"))
                        return true;
        return false;
}
