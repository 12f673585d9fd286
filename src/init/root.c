/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the root of an app of several, and what is mounted in it.
 * Never: leaves anything else of the pod to be seen; follows a link out of the app's root.
 * Follows: pod/init-config.h; open_tree(2), move_mount(2), pivot_root(2); appc "File system". */

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "basic/array.h"
#include "basic/fd.h"
#include "basic/str.h"
#include "basic/target.h"
#include "init/records.h"
#include "init/root.h"
#include "pod/init-config.h"

typedef struct Bind {
        const char *source, *target; /* of the orders' text */
        bool read_only;
} Bind;

typedef struct Orders {
        Records records;
        bool own_devices, read_only;
        Bind *binds;
        size_t n, allocated;
} Orders;

static void orders_done(Orders *o) {
        records_done(&o->records);
        free(o->binds);
}

static int add_bind(Orders *o, const char *source, bool read_only) {
        int r = array_reserve(&o->binds, &o->allocated, o->n, sizeof(Bind));
        if (r >= 0)
                o->binds[o->n++] = (Bind) { .source = source, .read_only = read_only };

        return r;
}

/* One that is not known might have been a restriction. */
static int parse_record(Orders *o, const char *key, const char *value) {
        Bind *last = o->n > 0 ? &o->binds[o->n - 1] : NULL;

        if (streq(key, INIT_BIND) || streq(key, INIT_BIND_READ_ONLY))
                return add_bind(o, value, streq(key, INIT_BIND_READ_ONLY));
        if (streq(key, INIT_BIND_TARGET) && last)
                last->target = value;
        else if (streq(key, INIT_OWN_DEVICES))
                o->own_devices = true;
        else if (streq(key, INIT_READ_ONLY_ROOT))
                o->read_only = true;
        else
                return -EBADMSG;

        return 0;
}

static int read_orders(int place_fd, Orders *o) {
        char *key, *value;

        _cleanup_close_ int fd = openat(place_fd, "gantry/" INIT_ROOT_ORDERS, O_RDONLY | O_CLOEXEC);
        int r = fd < 0 ? -errno : records_read(fd, &o->records);
        while (r >= 0 && (r = records_next(&o->records, &key, &value)) > 0)
                r = parse_record(o, key, value);

        return r;
}

static int set_attributes(int tree, uint64_t attributes, unsigned flags) {
        struct mount_attr attr = { .attr_set = attributes };
        return mount_setattr(tree, "", AT_EMPTY_PATH | flags, &attr, sizeof(attr)) < 0 ? -errno : 0;
}

static int attach(int tree, int root_fd, const char *path) {
        _cleanup_free_ char *target = NULL;
        struct stat st;

        if (fstat(tree, &st) < 0)
                return -errno;
        int r = target_resolve(root_fd, path, S_ISDIR(st.st_mode) ? S_IFDIR : S_IFREG, &target);
        if (r < 0)
                return r;
        _cleanup_close_ int fd = target_open(root_fd, target, O_PATH);
        if (fd < 0)
                return fd;

        return move_mount(tree, "", fd, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0 ? -errno
                                                                                                   : 0;
}

static int show(const char *source, int root_fd, const char *path, bool read_only) {
        _cleanup_close_ int tree =
                        open_tree(AT_FDCWD, source, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
        if (tree < 0)
                return -errno;
        int r = read_only ? set_attributes(tree, MOUNT_ATTR_RDONLY, AT_RECURSIVE) : 0;

        return r < 0 ? r : attach(tree, root_fd, path);
}

/* A host may have no journal, a pod no such device. */
static int show_if_there(const char *source, int root_fd, bool read_only) {
        int r = show(source, root_fd, source, read_only);
        return r == -ENOENT ? 0 : r;
}

static int open_place(int root_fd, const char *path) {
        _cleanup_free_ char *target = NULL;

        int r = target_resolve(root_fd, path, S_IFDIR, &target);
        return r < 0 ? r : target_open(root_fd, target, O_PATH);
}

static int mount_new(int root_fd, const char *path, const char *type, unsigned long flags,
                     const char *options) {
        _cleanup_close_ int fd = open_place(root_fd, path);
        if (fd < 0)
                return fd;

        return mount(type, fd_path(fd).text, type, flags, options) < 0 ? -errno : 0;
}

static int make_read_only(int root_fd, const char *path) {
        _cleanup_close_ int fd = open_place(root_fd, path);
        return fd < 0 ? fd : set_attributes(fd, MOUNT_ATTR_RDONLY, 0);
}

static int make_links(int root_fd) {
        static const struct {
                const char *name, *target;
        } links[] = {
                { "ptmx", "pts/ptmx" },          { "fd", "/proc/self/fd" },
                { "stdin", "/proc/self/fd/0" },  { "stdout", "/proc/self/fd/1" },
                { "stderr", "/proc/self/fd/2" }, { "log", "/run/systemd/journal/dev-log" },
        };

        _cleanup_close_ int dev = open_place(root_fd, "/dev");
        if (dev < 0)
                return dev;
        for (size_t i = 0; i < ELEMENTSOF(links); i++)
                if (symlinkat(links[i].target, dev, links[i].name) < 0)
                        return -errno;

        return 0;
}

/* The pod's, of which nobody can make more. */
static int make_devices(int root_fd) {
        static const char *const shown[] = {
                "/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom",
                "/dev/tty",  "/dev/pts",  "/dev/shm",  "/dev/mqueue",
        };

        int r = mount_new(root_fd, "/dev", "tmpfs", MS_NOSUID | MS_NOEXEC | MS_STRICTATIME,
                          "mode=0755,size=4m,nr_inodes=64k");
        for (size_t i = 0; r >= 0 && i < ELEMENTSOF(shown); i++)
                r = show_if_there(shown[i], root_fd, /* read_only= */ false);

        return r < 0 ? r : make_links(root_fd);
}

/* The console is one that nobody hears. The pod's cgroups are its root's, who could lift the limits of his own. */
static int show_kernel(int root_fd, bool own_devices) {
        int r = mount_new(root_fd, "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
        if (r >= 0)
                r = show("/sys", root_fd, "/sys", /* read_only= */ false);
        if (r >= 0)
                r = make_read_only(root_fd, "/sys/fs/cgroup");
        if (r >= 0)
                r = own_devices ? make_devices(root_fd)
                                : show("/dev", root_fd, "/dev", /* read_only= */ false);

        return r < 0 ? r : show("/dev/null", root_fd, "/dev/console", /* read_only= */ true);
}

/* What the app and gantry-init speak to, and their credentials if there are some. */
static int show_systemd(int root_fd) {
        const char *notify = getenv("NOTIFY_SOCKET"), *credentials = getenv("CREDENTIALS_DIRECTORY");

        int r = mount_new(root_fd, "/run", "tmpfs", MS_NOSUID | MS_NODEV | MS_STRICTATIME,
                          "mode=0755,size=20%,nr_inodes=800k");
        if (r >= 0)
                r = show_if_there("/run/systemd/journal", root_fd, /* read_only= */ true);
        if (r >= 0 && notify)
                r = show(notify, root_fd, notify, /* read_only= */ true);
        if (r >= 0 && credentials)
                r = show(credentials, root_fd, credentials, /* read_only= */ true);

        return r;
}

static int show_binds(int root_fd, const Orders *o) {
        int r = 0;

        for (size_t i = 0; r >= 0 && i < o->n; i++)
                r = o->binds[i].target ? show(o->binds[i].source, root_fd, o->binds[i].target,
                                              o->binds[i].read_only)
                                       : -EBADMSG;
        return r;
}

/* To begin with, all that is missing can be made. */
static int fill(int root_fd, const Orders *o) {
        int r = show_kernel(root_fd, o->own_devices);
        if (r >= 0)
                r = show_systemd(root_fd);
        if (r >= 0)
                r = show_binds(root_fd, o);
        if (r >= 0 && o->own_devices)
                r = make_read_only(root_fd, "/dev");

        return r < 0 || !o->read_only ? r : make_read_only(root_fd, "/");
}

static int become_root(int root_fd) {
        if (fchdir(root_fd) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 || umount2(".", MNT_DETACH) < 0 ||
            chdir("/") < 0)
                return -errno;

        return 0;
}

/* By a mount that is not locked to where it is, as those are which a more privileged namespace has made. Returns an fd. */
static int open_root(int place_fd) {
        _cleanup_close_ int tree =
                        open_tree(place_fd, "root", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
        if (tree < 0 || move_mount(tree, "", place_fd, "root", MOVE_MOUNT_F_EMPTY_PATH) < 0)
                return -errno;

        int fd = openat(place_fd, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

int root_enter(const char *place) {
        _cleanup_(orders_done) Orders orders = {};

        if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
                return -errno;
        _cleanup_close_ int place_fd = open(place, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (place_fd < 0)
                return -errno;
        _cleanup_close_ int root_fd = open_root(place_fd);
        if (root_fd < 0)
                return root_fd;

        umask(0022);
        int r = read_orders(place_fd, &orders);
        if (r >= 0)
                r = fill(root_fd, &orders);

        return r < 0 ? r : become_root(root_fd);
}
