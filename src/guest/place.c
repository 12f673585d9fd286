/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: an app's root, and the places in it that are taken.
 * Never: leaves the root when it looks for one; lets anything be mounted where it would hide what makes a pod one.
 * Follows: Documentation/filesystems/overlayfs.rst; mount_setattr(2), move_mount(2). */

#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <sys/mount.h>
#include <unistd.h>

#include "basic/array.h"
#include "basic/fd.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "basic/target.h"
#include "guest/disks.h"
#include "guest/place.h"

void place_done(Place *p) {
        for (size_t i = 0; i < p->n_binds; i++) {
                free(p->binds[i].source);
                free(p->binds[i].target);
        }
        free(p->binds);
        strv_free(p->targets);
        fd_close(p->view_fd);
        free(p->root);
        free(p->path);
}

/* The merged root shows the owner and mode of the upper directory: those of the topmost layer's root. */
static int make_upper(const GuestApp *app, const char *upper) {
        _cleanup_free_ char *top = NULL;
        struct stat st;

        int r = str_printf(&top, DISKS_DIRECTORY "/%s", app->layers[app->n_layers - 1]);
        if (r < 0)
                return r;
        if (stat(top, &st) < 0)
                return -errno;
        r = mkdir_parents(upper, 0755);
        if (r < 0)
                return r;

        return chmod(upper, st.st_mode & 07777) < 0 || chown(upper, st.st_uid, st.st_gid) < 0 ? -errno : 0;
}

static int overlay_options(const GuestApp *app, const char *upper, const char *work, char **ret) {
        char *text = NULL;
        size_t size;

        FILE *f = open_memstream(&text, &size);
        if (!f)
                return -ENOMEM;
        for (size_t i = app->n_layers; i > 0; i--)
                fprintf(f, "%s" DISKS_DIRECTORY "/%s", i == app->n_layers ? "lowerdir=" : ":",
                        app->layers[i - 1]);
        fprintf(f, ",upperdir=%s,workdir=%s", upper, work);
        if (fclose(f) == EOF) {
                free(text);
                return -ENOMEM;
        }

        *ret = text;
        return 0;
}

static int mount_root(const Place *p) {
        _cleanup_free_ char *upper = NULL, *work = NULL, *options = NULL;

        int r = str_printf(&upper, DISKS_WRITABLE "/apps/%s/upper", p->app->name);
        if (r >= 0)
                r = str_printf(&work, DISKS_WRITABLE "/apps/%s/work", p->app->name);
        if (r >= 0)
                r = make_upper(p->app, upper);
        if (r >= 0)
                r = mkdir_parents(work, 0700);
        if (r >= 0)
                r = overlay_options(p->app, upper, work, &options);
        if (r >= 0)
                r = mkdir_parents(p->root, 0755);
        if (r < 0)
                return r;

        return mount("overlay", p->root, "overlay", MS_NODEV, options) < 0 ? -errno : 0;
}

int place_make(const GuestApp *app, bool boots, Place *ret, char **reterr_why) {
        _cleanup_(place_done) Place p = { .app = app, .boots = boots, .view_fd = -EBADF };

        int r = str_printf(&p.path, PLACES "/%s", app->name);
        if (r >= 0)
                r = str_printf(&p.root, PLACES "/%s/root", app->name);
        if (r >= 0)
                r = mount_root(&p);
        if (r >= 0) {
                p.view_fd = open(p.root, O_PATH | O_DIRECTORY | O_CLOEXEC);
                r = p.view_fd < 0 ? -errno : 0;
        }
        if (r < 0)
                return refuse(reterr_why, r, "Cannot mount the root of app '%s': %s", app->name,
                              strerror(-r));

        *ret = p;
        p = PLACE_NULL;
        return 0;
}

int place_look_again(Place *p) {
        fd_close(p->view_fd);
        p->view_fd = open(p->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
        return p->view_fd < 0 ? -errno : 0;
}

/* What is mounted in it stays as it is. */
int place_make_read_only(const Place *p) {
        struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };

        return mount_setattr(p->view_fd, "", AT_EMPTY_PATH, &attr, sizeof(attr)) < 0 ? -errno : 0;
}

static int clone_mount(const char *path) {
        int fd = open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
        return fd < 0 ? -errno : fd;
}

static int attach(int tree, int root_fd, const char *target) {
        _cleanup_close_ int fd = target_open(root_fd, target, O_PATH);
        if (fd < 0)
                return fd;

        return move_mount(tree, "", fd, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0 ? -errno
                                                                                                   : 0;
}

int place_mount_kernel(const Place *p, const char *path, const char *type, unsigned long flags,
                       const char *options) {
        _cleanup_free_ char *target = NULL;

        int r = target_resolve(p->view_fd, path, S_IFDIR, &target);
        if (r < 0)
                return r;
        _cleanup_close_ int fd = target_open(p->view_fd, target, O_PATH);
        if (fd < 0)
                return fd;

        return mount(type, fd_path(fd).text, type, flags, options) < 0 ? -errno : 0;
}

int place_show(const Place *p, const char *source, const char *path, bool read_only) {
        struct mount_attr attr = { .attr_set = MOUNT_ATTR_NOSUID | (read_only ? MOUNT_ATTR_RDONLY : 0) };
        _cleanup_free_ char *target = NULL;
        struct stat st;

        _cleanup_close_ int tree = clone_mount(source);
        if (tree < 0)
                return tree;
        if (mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof(attr)) < 0 ||
            fstat(tree, &st) < 0)
                return -errno;
        int r = target_resolve(p->view_fd, path, S_ISDIR(st.st_mode) ? S_IFDIR : S_IFREG, &target);

        return r < 0 ? r : attach(tree, p->view_fd, target);
}

int place_view(Place *p) {
        static const struct {
                const char *path, *options;
        } covers[] = { { "/dev", "mode=0755" }, { "/run", "mode=0755" }, { "/tmp", "mode=1777" } };
        _cleanup_free_ char *path = NULL;

        _cleanup_close_ int tree = clone_mount(p->root);
        int r = tree < 0 ? tree : str_printf(&path, "/views/%s", p->app->name);
        if (r >= 0)
                r = mkdir_parents(path, 0755);
        if (r < 0)
                return r;
        if (move_mount(tree, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH) < 0)
                return -errno;

        fd_close(p->view_fd);
        p->view_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        r = p->view_fd < 0 ? -errno : 0;
        for (size_t i = 0; r >= 0 && i < ELEMENTSOF(covers); i++)
                r = place_mount_kernel(p, covers[i].path, "tmpfs", 0, covers[i].options);

        return r;
}

/* What is mounted there by the agent or the systemd, and what they and gantry-init speak through. */
static bool is_reserved(const char *target) {
        static const char *const below[] = { "/proc", "/sys", "/run/gantry", "/run/host",
                                             "/run/systemd/journal" };
        static const char *const itself[] = { "/", "/dev", "/run", "/dev/pts", "/dev/mqueue" };

        for (size_t i = 0; i < ELEMENTSOF(below); i++)
                if (target_is_below(target, below[i]))
                        return true;
        for (size_t i = 0; i < ELEMENTSOF(itself); i++)
                if (streq(target, itself[i]))
                        return true;

        return false;
}

int place_find_target(Place *p, const char *path, mode_t kind, char **ret) {
        _cleanup_free_ char *target = NULL;

        int r = target_resolve(p->view_fd, path, kind, &target);
        if (r < 0)
                return r;
        if (is_reserved(target))
                return -EACCES;
        STRV_FOREACH(taken, p->targets) {
                if (streq(*taken, target))
                        return -EBUSY;
                if (target_is_below(*taken, target))
                        return -ENOTEMPTY;
        }

        r = strv_add(&p->targets, target);
        if (r >= 0)
                *ret = TAKE_PTR(target);
        return r;
}

/* An empty one to mount it on: file or directory as it is one itself. */
static int make_mount_point(int tree, const char *path) {
        struct stat st;

        if (fstat(tree, &st) < 0)
                return -errno;
        if (S_ISDIR(st.st_mode))
                return mkdir_parents(path, 0755);

        return file_create_at(AT_FDCWD, path, "", 0, 0644);
}

/* Where the systemd finds it. Takes the tree's place in the view by another mount of the same. */
static int offer(Place *p, int tree, const char *target, bool read_only) {
        _cleanup_free_ char *directory = NULL, *source = NULL, *copy = NULL;
        size_t allocated = p->n_binds;

        int r = str_printf(&directory, "%s/mounts", p->path);
        if (r >= 0)
                r = mkdir_parents(directory, 0755);
        if (r >= 0)
                r = str_printf(&source, "%s/%zu", directory, p->n_binds);
        if (r >= 0)
                r = str_copy(target, &copy);
        if (r >= 0)
                r = make_mount_point(tree, source);
        if (r >= 0)
                r = array_reserve(&p->binds, &allocated, p->n_binds, sizeof(PlaceBind));
        if (r < 0)
                return r;
        if (move_mount(tree, "", AT_FDCWD, source, MOVE_MOUNT_F_EMPTY_PATH) < 0)
                return -errno;

        _cleanup_close_ int again = clone_mount(source);
        p->binds[p->n_binds++] = (PlaceBind) { .source = TAKE_PTR(source),
                                               .target = TAKE_PTR(copy),
                                               .read_only = read_only };
        return again < 0 ? again : attach(again, p->view_fd, target);
}

int place_mount(Place *p, int tree, const char *target, bool read_only) {
        struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };

        if (read_only && mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof(attr)) < 0)
                return -errno;

        return p->boots ? offer(p, tree, target, read_only) : attach(tree, p->view_fd, target);
}
