/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: volumes in the guest: the host's, the pod's own, those in memory.
 * Never: changes the owner of a file of the host's.
 * Follows: pod/guest-config.h; appc "Volume Setup"; open_tree(2), mount_setattr(2). */

#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <sys/mount.h>
#include <unistd.h>

#include "basic/copy-tree.h"
#include "basic/fd.h"
#include "basic/memory-tree.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "basic/target.h"
#include "guest/disks.h"
#include "guest/volumes.h"
#include "pod/guest-config.h"

#define OF_HOST "/volumes"
#define OF_POD DISKS_WRITABLE "/volumes"
#define FILLING ".#filling" /* a volume that is not complete */

static const CopyOptions whole = { .keep_owner = true, .keep_set_id = true, .keep_fifos = true };

int volumes_open(const GuestConfig *c, char **reterr_why) {
        if (!c->volumes || (mkdir(OF_HOST, 0755) >= 0 &&
                            mount(GUEST_VOLUMES_TAG, OF_HOST, "virtiofs", MS_NOSUID | MS_NODEV, NULL) >= 0))
                return 0;

        int r = -errno;
        return refuse(reterr_why, r, "Cannot mount the volumes of the host: %s", strerror(-r));
}

static int fail(const GuestMount *m, int error, const char *why, char **reterr_why) {
        _cleanup_free_ char *path = str_escape(m->target, strlen(m->target), 256);

        return refuse(reterr_why, error, "Cannot mount a volume at '%s': %s", path ? path : "",
                      why ? why : strerror(-error));
}

static int explain_target(int error, char **reterr_why) {
        switch (-error) {
        case EACCES: return refuse(reterr_why, error, "this place is the pod's own");
        case EBUSY: return refuse(reterr_why, error, "something else is mounted there");
        case ENOTEMPTY: return refuse(reterr_why, error, "it would hide what is mounted below");
        case EISDIR: return refuse(reterr_why, error, "the one is a file, but the other a directory");
        case ENOTDIR: return refuse(reterr_why, error, "there is a file where a directory would have to be");
        default: return error;
        }
}

/* A mount of its own of what is at `path`. */
static int clone_tree(int dir_fd, const char *path) {
        struct mount_attr attr = { .attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV };

        _cleanup_close_ int tree =
                        open_tree(dir_fd, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW);
        if (tree < 0 || mount_setattr(tree, "", AT_EMPTY_PATH, &attr, sizeof(attr)) < 0)
                return -errno;

        return TAKE_FD(tree);
}

/* What the image has where it is to be mounted; -EBADF if that is not wanted. */
static int open_content(const Place *p, const GuestMount *m, const char *target) {
        return m->copy ? target_open(p->view_fd, target, O_RDONLY | O_DIRECTORY) : -EBADF;
}

/* Once more after a crash in the middle of it: what is there already is replaced. */
static int fill_host(int tree, int content_fd) {
        return content_fd < 0 ? 0 : copy_tree(content_fd, ".", tree, ".", &whole);
}

static int mount_host(Place *p, const GuestMount *m, char **reterr_why) {
        _cleanup_free_ char *path = NULL, *target = NULL;
        struct stat st;

        int r = str_printf(&path, OF_HOST "/%s", m->source);
        if (r < 0)
                return r;
        _cleanup_close_ int tree = clone_tree(AT_FDCWD, path);
        if (tree < 0 || fstat(tree, &st) < 0)
                return tree < 0 ? tree : -errno;
        r = place_find_target(p, m->target, S_ISDIR(st.st_mode) ? S_IFDIR : S_IFREG, &target);
        if (r < 0)
                return explain_target(r, reterr_why);

        _cleanup_close_ int content = S_ISDIR(st.st_mode) ? open_content(p, m, target) : -EBADF;
        r = fill_host(tree, content);
        return r < 0 ? r : place_mount(p, tree, target, m->read_only);
}

static int set_owner(int parent_fd, const GuestMount *m) {
        mode_t mode = m->mode ? strtoul(m->mode, NULL, 8) : 0755;

        _cleanup_close_ int fd = dir_open_at(parent_fd, FILLING, 0700);
        if (fd < 0)
                return fd;

        return fchown(fd, m->uid, m->gid) < 0 || fchmod(fd, mode) < 0 ? -errno : 0;
}

/* It has its name when it is complete. */
static int make_empty(int parent_fd, const GuestMount *m, int content_fd) {
        int r = remove_tree_at(parent_fd, FILLING);
        if (r >= 0 && content_fd >= 0)
                r = copy_tree(content_fd, ".", parent_fd, FILLING, &whole);
        if (r >= 0 && (content_fd < 0 || m->mode))
                r = set_owner(parent_fd, m);
        if (r < 0)
                return r;

        return renameat(parent_fd, FILLING, parent_fd, m->source) < 0 ? -errno : 0;
}

static int open_empty(const GuestMount *m, int content_fd) {
        int r = mkdir_parents(OF_POD, 0700);
        if (r < 0)
                return r;
        _cleanup_close_ int parent = open(OF_POD, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (parent < 0)
                return -errno;
        if (faccessat(parent, m->source, F_OK, AT_SYMLINK_NOFOLLOW) < 0) {
                r = make_empty(parent, m, content_fd);
                if (r < 0)
                        return r;
        }

        return clone_tree(parent, m->source);
}

static int mount_own(Place *p, const GuestMount *m, char **reterr_why) {
        _cleanup_free_ char *target = NULL;

        int r = place_find_target(p, m->target, S_IFDIR, &target);
        if (r < 0)
                return explain_target(r, reterr_why);

        _cleanup_close_ int content = open_content(p, m, target);
        if (m->copy && content < 0)
                return content;
        _cleanup_close_ int tree =
                        m->kind == MOUNT_TMPFS ? memory_tree(0, /* label= */ NULL, m->options, reterr_why)
                                               : open_empty(m, content);
        return tree < 0 ? tree : place_mount(p, tree, target, m->read_only);
}

int volumes_mount(Place *p, char **reterr_why) {
        for (size_t i = 0; i < p->app->n_mounts; i++) {
                const GuestMount *m = &p->app->mounts[i];
                _cleanup_free_ char *why = NULL;

                int r = m->kind == MOUNT_VOLUME ? mount_host(p, m, &why) : mount_own(p, m, &why);
                if (r < 0)
                        return fail(m, r, why, reterr_why);
        }

        return 0;
}
