/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the mounts that make an app's root: EROFS layers, idmapped, read-only; an overlay over them.
 * Never: mounts anything in the host's namespace; changes the owner of a layer's files (idmapped mounts do).
 * Follows: mount_setattr(2), user_namespaces(7), Documentation/filesystems/{erofs,overlayfs}.rst. */

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "selinux/relabel.h"
#include "stage/labels.h"
#include "stage/loop.h"
#include "stage/place.h"
#include "stage/root.h"

/* A detached mount. -ENOTBLK: this kernel wants a block device. */
static int mount_erofs(const char *source, const char *label) {
        _cleanup_close_ int context = fsopen("erofs", FSOPEN_CLOEXEC);
        if (context < 0)
                return -errno;

        if (fsconfig(context, FSCONFIG_SET_STRING, "source", source, 0) < 0 ||
            fsconfig(context, FSCONFIG_SET_FLAG, "ro", NULL, 0) < 0 ||
            (label && fsconfig(context, FSCONFIG_SET_STRING, "context", label, 0) < 0) ||
            fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
                return -errno;

        int fd = fsmount(context, FSMOUNT_CLOEXEC, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV);
        return fd < 0 ? -errno : fd;
}

static int mount_file(int layer_fd, const char *label) {
        return mount_erofs(fd_path(layer_fd).text, label);
}

static int mount_by_loop(int layer_fd, const char *label) {
        char source[LOOP_PATH_MAX];

        _cleanup_close_ int device = loop_open(layer_fd, source);
        return device < 0 ? device : mount_erofs(source, label);
}

static bool loop_is_wanted(void) {
        const char *e = secure_getenv("GANTRY_MOUNT");
        return e && streq(e, "loop");
}

static int attach_sealed(int fd, int userns_fd, const char *where) {
        struct mount_attr attr = {
                .attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV | (userns_fd >= 0 ? MOUNT_ATTR_IDMAP : 0),
                .userns_fd = userns_fd >= 0 ? userns_fd : 0,
        };
        if (mount_setattr(fd, "", AT_EMPTY_PATH, &attr, sizeof(attr)) < 0)
                return -errno;

        return move_mount(fd, "", AT_FDCWD, where, MOVE_MOUNT_F_EMPTY_PATH) < 0 ? -errno : 0;
}

/* Its label is that of all layers: a device that two pods have mounted cannot have two. */
static int mount_layer(const Stage *s, int layer_fd, const char *where) {
        const char *label = s->labels.sealed;

        _cleanup_close_ int fd = loop_is_wanted() ? -ENOTBLK : mount_file(layer_fd, label);
        if (fd == -ENOTBLK)
                fd = mount_by_loop(layer_fd, label);

        return fd < 0 ? fd : attach_sealed(fd, s->userns_fd, where);
}

int root_mount_shared(const Stage *s, int image_fd, const char *where) {
        const char *label = s->labels.sealed;

        _cleanup_close_ int fd = mount_by_loop(image_fd, label);
        if (fd < 0) /* a container has none */
                fd = mount_file(image_fd, label);

        return fd < 0 ? fd : attach_sealed(fd, s->userns_fd, where);
}

/* Makes a directory for the overlay, owned by the pod's root. Its label only shows where the overlay does not. Returns its fd. */
static int make_owned(const StageApp *a, const char *name, mode_t mode) {
        uid_t base = a->stage->uid_base;

        _cleanup_close_ int fd = dir_open_at(a->fd, name, 0700);
        if (fd < 0)
                return fd;
        if (fchown(fd, base, base) < 0 || fchmod(fd, mode) < 0)
                return -errno;
        int r = relabel_tree(fd, a->stage->labels.file, /* reterr_why= */ NULL);

        return r < 0 ? r : TAKE_FD(fd);
}

/* The merged root shows the owner and mode of the upper directory: those of the topmost layer's root. */
static int make_upper(const StageApp *a, size_t n_layers) {
        char top[24];
        struct stat st;

        (void) snprintf(top, sizeof(top), "%zu", n_layers - 1);
        if (stat(top, &st) < 0)
                return -errno;

        return make_owned(a, "upper", st.st_mode & 07777);
}

/* "lowerdir=2:1:0,upperdir=…,workdir=…"; the numbers are relative to the directory this process is in,
 * since mount(2) takes a page of options and no more. */
static int overlay_options(size_t n_layers, int upper_fd, int work_fd, char **ret) {
        char *text = NULL;
        size_t size;

        FILE *f = open_memstream(&text, &size);
        if (!f)
                return -ENOMEM;
        for (size_t i = n_layers; i > 0; i--)
                fprintf(f, "%s%zu", i == n_layers ? "lowerdir=" : ":", i - 1);
        fprintf(f, ",upperdir=%s,workdir=%s", fd_path(upper_fd).text, fd_path(work_fd).text);
        if (fclose(f) == EOF) {
                free(text);
                return -ENOMEM;
        }

        *ret = text;
        return 0;
}

static int mount_overlay(const StageApp *a, size_t n_layers) {
        _cleanup_free_ char *layers = NULL, *options = NULL;

        _cleanup_close_ int upper = make_upper(a, n_layers);
        if (upper < 0)
                return upper;
        _cleanup_close_ int work = make_owned(a, "work", 0700);
        if (work < 0)
                return work;

        int r = overlay_options(n_layers, upper, work, &layers);
        if (r >= 0)
                r = labels_mount_options(layers, a->stage->labels.file, &options);
        if (r < 0)
                return r;

        return mount("overlay", a->root, "overlay", MS_NODEV, options) < 0 ? -errno : 0;
}

/* nspawn takes only a directory with /usr for the root of an operating system; many an image has none. */
static int make_missing(const char *root, uid_t base) {
        _cleanup_close_ int root_fd = dir_open_at(AT_FDCWD, root, 0);
        if (root_fd < 0)
                return root_fd;
        if (mkdirat(root_fd, "usr", 0755) < 0)
                return errno == EEXIST ? 0 : -errno;

        return fchownat(root_fd, "usr", base, base, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

/* In the workshop. */
static int mount_stack(StageApp *a, const int *layer_fds, size_t n_layers, const char **reterr_what) {
        *reterr_what = "mount a layer";
        for (size_t i = 0; i < n_layers; i++) {
                char name[24];

                (void) snprintf(name, sizeof(name), "%zu", i);
                int r = mkdir(name, 0755) < 0 ? -errno : mount_layer(a->stage, layer_fds[i], name);
                if (r < 0)
                        return r;
        }

        *reterr_what = "mount the overlay";
        int r = mkdirat(a->place_fd, "root", 0755) < 0 ? -errno : mount_overlay(a, n_layers);
        if (r < 0)
                return r;

        *reterr_what = "make the directories that nspawn insists on";
        return a->stage->host ? 0 : make_missing(a->root, a->stage->uid_base);
}

int root_make_app_place(StageApp *a) {
        int r = place_make_app(a);
        if (r < 0)
                return r;
        a->workshop_fd = place_make_directory(a->stage, "workshops", place_name(a));
        if (a->workshop_fd < 0)
                return a->workshop_fd;

        return str_printf(&a->root, "%s/root", a->place);
}

int root_mount(StageApp *a, const int *layer_fds, size_t n_layers, const char **reterr_what) {
        *reterr_what = "enter the workshop";
        _cleanup_close_ int back = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (back < 0 || fchdir(a->workshop_fd) < 0)
                return -errno;

        int r = mount_stack(a, layer_fds, n_layers, reterr_what);
        if (fchdir(back) < 0 && r >= 0)
                r = -errno;

        return r;
}
