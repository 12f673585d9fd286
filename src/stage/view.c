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
#include "stage/view.h"

/* Where something is mounted in any case, and the image's files are not to be seen. */
typedef struct Cover {
        const char *path;
        mode_t mode; /* of an empty directory; 0: what the host has there */
} Cover;

/* In place of what nspawn will mount there. */
static const Cover covers_of_nspawn[] = { { "/dev", 0755 }, { "/run", 0755 }, { "/tmp", 01777 }, {} };

/* What there really is, on the host. What an app logs by itself arrives in the host's journal. */
static const Cover covers_of_host[] = {
        { "/dev" }, { "/proc" }, { "/sys" }, { "/run", 0755 }, { "/tmp", 01777 }, { "/run/systemd/journal" },
        {},
};

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
        _cleanup_free_ char *target = NULL;

        int r = process_make_files_as(a->stage->uid_base);
        if (r >= 0)
                r = target_resolve(a->view_fd, path, kind, &target);
        int back = process_make_files_as(0);
        if (r < 0 || back < 0)
                return r < 0 ? r : back;

        STRV_FOREACH(shared, a->shared)
                if (target_is_below(target, *shared))
                        return -EXDEV;
        *ret = TAKE_PTR(target);
        return 0;
}

/* A directory of the workshop. */
static int make_empty(const StageApp *a, const Cover *c) {
        uid_t root = a->stage->uid_base;
        char path[16];

        (void) snprintf(path, sizeof(path), "covers%s", c->path);
        if (mkdirat(a->workshop_fd, path, 0700) < 0 || fchownat(a->workshop_fd, path, root, root, 0) < 0 ||
            fchmodat(a->workshop_fd, path, c->mode, 0) < 0)
                return -errno;

        return clone_mount(a->workshop_fd, path);
}

static int cover(const StageApp *a, const Cover *c) {
        _cleanup_free_ char *target = NULL;

        _cleanup_close_ int tree = c->mode > 0 ? make_empty(a, c) : clone_mount(AT_FDCWD, c->path);
        if (tree == -ENOENT) /* a host without journal */
                return 0;
        int r = tree < 0 ? tree : resolve(a, c->path, S_IFDIR, &target);

        return r < 0 ? r : show(tree, a->view_fd, target);
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

        for (const Cover *c = a->stage->host ? covers_of_host : covers_of_nspawn; r >= 0 && c->path; c++)
                r = cover(a, c);
        return r;
}

/* Where nothing may be mounted: what nspawn mounts, or the host has mounted, and what stage1 and gantry-init speak through. */
typedef struct Reserved {
        const char *below[5], *itself[6];
} Reserved;

static const Reserved reserved_of_nspawn = {
        { "/proc", "/sys", "/run/gantry", "/run/host" },
        { "/", "/dev", "/run", "/dev/pts", "/dev/mqueue" },
};
static const Reserved reserved_of_host = { { "/dev", "/proc", "/sys", "/run/gantry" }, { "/" } };

static bool is_reserved(const StageApp *a, const char *target) {
        const Reserved *reserved = a->stage->host ? &reserved_of_host : &reserved_of_nspawn;

        for (const char *const *p = reserved->below; *p; p++)
                if (target_is_below(target, *p))
                        return true;
        for (const char *const *p = reserved->itself; *p; p++)
                if (streq(target, *p))
                        return true;

        return false;
}

int view_find_target(StageApp *a, const char *path, mode_t kind, char **ret) {
        _cleanup_free_ char *target = NULL;

        int r = resolve(a, path, kind, &target);
        if (r < 0)
                return r;
        if (is_reserved(a, target))
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

static int make_read_only(int tree) {
        struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };
        return mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof(attr)) < 0 ? -errno : 0;
}

int view_bind(StageApp *a, bool read_only, const char *name, const char *target) {
        _cleanup_close_ int tree = clone_mount(a->place_fd, name);
        int r = tree < 0 ? tree : read_only ? make_read_only(tree) : 0;
        if (r >= 0)
                r = show(tree, a->view_fd, target);

        return r < 0 ? r : stage_bind(a, read_only, name, target);
}

/* nspawn mounts over whatever is there; on the host it may be the host's own. */
int view_bind_reserved(StageApp *a, const char *name, const char *target) {
        _cleanup_free_ char *resolved = NULL;

        if (!a->stage->host)
                return stage_bind(a, /* read_only= */ true, name, target);

        int r = resolve(a, target, S_IFDIR, &resolved);
        return r < 0 ? r : view_bind(a, /* read_only= */ true, name, resolved);
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
