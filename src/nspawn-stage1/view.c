/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the places in the pod's root that are taken.
 * Never: lets anything be mounted where it would hide what makes a pod one.
 * Follows: mount_setattr(2), open_tree(2); systemd-nspawn(1), "--bind=". */

#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/process.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "basic/target.h"
#include "nspawn-stage1/view.h"

/* Where nspawn mounts something of its own, and the image's files are not to be seen. */
typedef struct Cover {
        const char *name;
        mode_t mode;
} Cover;

static const Cover covers[] = { { "dev", 0755 }, { "run", 0755 }, { "tmp", 01777 } };

/* A mount of its own of something that is mounted in the place. Returns an fd. */
static int clone_mount(int dir_fd, const char *path) {
        int fd = open_tree(dir_fd, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
        return fd < 0 ? -errno : fd;
}

static int attach(int tree, int dir_fd, const char *path) {
        return move_mount(tree, "", dir_fd, path, MOVE_MOUNT_F_EMPTY_PATH) < 0 ? -errno : 0;
}

static int show(int tree, int view_fd, const char *target) {
        _cleanup_close_ int fd = target_open(view_fd, target, O_PATH);
        if (fd < 0)
                return fd;

        return move_mount(tree, "", fd, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0 ? -errno
                                                                                                   : 0;
}

static int resolve(const StageApp *a, const char *path, mode_t kind, char **ret) {
        int r = process_make_files_as(a->stage->uid_base);
        if (r >= 0)
                r = target_resolve(a->view_fd, path, kind, ret);
        int back = process_make_files_as(0);

        return r < 0 ? r : back;
}

/* An empty directory of the workshop takes the place of what nspawn will mount. */
static int cover(const StageApp *a, const Cover *c) {
        uid_t root = a->stage->uid_base;
        _cleanup_free_ char *target = NULL;
        char path[16];

        (void) snprintf(path, sizeof(path), "covers/%s", c->name);
        if (mkdirat(a->workshop_fd, path, 0700) < 0 || fchownat(a->workshop_fd, path, root, root, 0) < 0 ||
            fchmodat(a->workshop_fd, path, c->mode, 0) < 0)
                return -errno;
        int r = resolve(a, c->name, S_IFDIR, &target);
        if (r < 0)
                return r;

        _cleanup_close_ int tree = clone_mount(a->workshop_fd, path);
        return tree < 0 ? tree : show(tree, a->view_fd, target);
}

int view_open(StageApp *a) {
        static const char *const directories[] = { "view", "covers" };

        for (size_t i = 0; i < ELEMENTSOF(directories); i++)
                if (mkdirat(a->workshop_fd, directories[i], 0755) < 0)
                        return -errno;

        _cleanup_close_ int tree = clone_mount(AT_FDCWD, a->root);
        int r = tree < 0 ? tree : attach(tree, a->workshop_fd, "view");
        if (r < 0)
                return r;
        a->view_fd = openat(a->workshop_fd, "view", O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (a->view_fd < 0 || mkdirat(a->place_fd, "mounts", 0755) < 0)
                return -errno;

        for (size_t i = 0; r >= 0 && i < ELEMENTSOF(covers); i++)
                r = cover(a, &covers[i]);
        return r;
}

/* What is mounted there by nspawn, and what stage1 and gantry-init speak through. */
static bool is_reserved(const char *target) {
        static const char *const below[] = { "/proc", "/sys", "/run/gantry", "/run/host" };
        static const char *const itself[] = { "/", "/dev", "/run", "/dev/pts", "/dev/mqueue" };

        for (size_t i = 0; i < ELEMENTSOF(below); i++)
                if (target_is_below(target, below[i]))
                        return true;
        for (size_t i = 0; i < ELEMENTSOF(itself); i++)
                if (streq(target, itself[i]))
                        return true;

        return false;
}

int view_find_target(StageApp *a, const char *path, mode_t kind, char **ret) {
        _cleanup_free_ char *target = NULL;

        int r = resolve(a, path, kind, &target);
        if (r < 0)
                return r;
        if (is_reserved(target))
                return -EACCES;
        STRV_FOREACH(taken, a->targets) {
                if (streq(*taken, target))
                        return -EBUSY;
                if (target_is_below(*taken, target))
                        return -ENOTEMPTY;
        }

        r = strv_add(&a->targets, target);
        if (r >= 0)
                *ret = TAKE_PTR(target);
        return r;
}

/* An empty one to mount it on: file or directory as it is one itself. */
static int make_mount_point(const StageApp *a, int tree, const char *name) {
        struct stat st;

        if (fstat(tree, &st) < 0)
                return -errno;
        if (S_ISDIR(st.st_mode))
                return mkdirat(a->place_fd, name, 0755) < 0 ? -errno : 0;

        return file_create_at(a->place_fd, name, "", 0, 0644);
}

int view_bind(StageApp *a, bool read_only, const char *name, const char *target) {
        _cleanup_close_ int tree = clone_mount(a->place_fd, name);
        int r = tree < 0 ? tree : show(tree, a->view_fd, target);

        return r < 0 ? r : stage_bind(a, read_only, name, target);
}

int view_mount(StageApp *a, int tree, const char *target) {
        _cleanup_free_ char *name = NULL;

        int r = str_printf(&name, "mounts/%zu", strv_length(a->targets));
        if (r >= 0)
                r = make_mount_point(a, tree, name);
        if (r >= 0)
                r = attach(tree, a->place_fd, name);

        return r < 0 ? r : view_bind(a, /* read_only= */ false, name, target);
}
