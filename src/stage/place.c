/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: where a stage mounts what a pod is made of: a mount namespace, a file system in memory, the pod's user ids.
 * Never: mounts anything in the host's namespace.
 * Follows: mount_setattr(2), user_namespaces(7). */

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "stage/labels.h"
#include "stage/place.h"

int place_unshare(void) {
        if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
                return -errno;

        return 0;
}

static int write_map(pid_t pid, const char *file, uid_t base) {
        char path[64], map[64];

        (void) snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
        (void) snprintf(map, sizeof(map), "0 %u 65536\n", base);
        _cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);
        return fd < 0 ? -errno : fd_write_full(fd, map, strlen(map));
}

static int wait_for_end(void *userdata) {
        while (pause() < 0)
                ;

        return 0;
}

/* A user namespace that maps the range, for MOUNT_ATTR_IDMAP. It needs a process only while it is made: one that has nothing else of its
 * own, so that nothing is copied for it. Returns an fd. */
static int open_user_namespace(uid_t base) {
        _Alignas(16) char stack[4096];
        char path[64];
        int fd = -EBADF;

        pid_t pid = clone(wait_for_end, stack + sizeof(stack), CLONE_VM | CLONE_NEWUSER | SIGCHLD, NULL);
        if (pid < 0)
                return -errno;

        int r = write_map(pid, "uid_map", base);
        if (r >= 0)
                r = write_map(pid, "gid_map", base);
        if (r >= 0) {
                (void) snprintf(path, sizeof(path), "/proc/%d/ns/user", pid);
                fd = open(path, O_RDONLY | O_CLOEXEC);
                r = fd < 0 ? -errno : fd;
        }

        (void) kill(pid, SIGKILL);
        (void) waitpid(pid, NULL, 0);
        return r;
}

int place_mount_memory(const Stage *s, const char *path, unsigned long flags, const char *options) {
        _cleanup_free_ char *all = NULL;

        int r = labels_mount_options(options, s->labels.file, &all);
        if (r < 0)
                return r;

        return mount("tmpfs", path, "tmpfs", flags, all) < 0 ? -errno : 0;
}

int place_make(Stage *s, const char **reterr_what) {
        *reterr_what = "make a place to mount at";
        _cleanup_close_ int directory = dir_open_at(s->pod.fd, "root", 0755);
        if (directory < 0)
                return directory;
        int r = fd_get_path(directory, &s->place);
        if (r >= 0)
                r = place_mount_memory(s, s->place, MS_NODEV | MS_NOSUID, "mode=0755");
        if (r < 0)
                return r;
        s->place_fd = open(s->place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (s->place_fd < 0)
                return -errno;

        *reterr_what = "make a user namespace for what is mounted";
        s->userns_fd = s->uid_base > 0 ? open_user_namespace(s->uid_base) : -EBADF;
        return s->uid_base > 0 && s->userns_fd < 0 ? s->userns_fd : 0;
}

int place_make_directory(const Stage *s, const char *directory, const char *name) {
        _cleanup_close_ int parent = dir_open_at(s->place_fd, directory, 0755);
        return parent < 0 ? parent : dir_open_at(parent, name, 0755);
}

const char *place_name(const StageApp *a) {
        return a->app ? a->app->name : "tools";
}

int place_make_app(StageApp *a) {
        a->place_fd = place_make_directory(a->stage, "apps", place_name(a));
        if (a->place_fd < 0)
                return a->place_fd;

        return str_printf(&a->place, "%s/apps/%s", a->stage->place, place_name(a));
}
