/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: volumes as mounts: of the host's files, the pod's own, named ones.
 * Never: changes the owner of a file; follows a link to a source.
 * Follows: appc "Volume Setup"; open_tree(2), mount_setattr(2). */

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "basic/copy-tree.h"
#include "basic/fd.h"
#include "basic/process.h"
#include "basic/refuse.h"
#include "selinux/relabel.h"
#include "stage/shared-tree.h"
#include "stage/volume-tree.h"
#include "store/volume.h"

#define FILLING ".#filling" /* a volume that is not complete */

/* Returns the fd of a mount of its own. */
static int clone_tree(int fd, bool recursive) {
        int tree = open_tree(fd, "",
                             AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC |
                                             (recursive ? AT_RECURSIVE : 0));
        return tree < 0 ? -errno : tree;
}

/* What is mounted on the host from now on, below the source, does not come along: nobody would restrict it. Who has the rights of the host
 * has nothing to be restricted in, and sees it. */
static int restrict_tree(const Stage *s, int tree, bool read_only, uint64_t propagation) {
        struct mount_attr attr = {
                .attr_set = (s->host ? 0 : MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV) |
                            (read_only ? MOUNT_ATTR_RDONLY : 0) | (s->userns_fd >= 0 ? MOUNT_ATTR_IDMAP : 0),
                .propagation = propagation,
                .userns_fd = s->userns_fd >= 0 ? s->userns_fd : 0,
        };

        return mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof(attr)) < 0 ? -errno : 0;
}

static int make_tree(const Stage *s, int fd, bool recursive, bool read_only) {
        _cleanup_close_ int tree = clone_tree(fd, recursive);
        int r = tree < 0 ? tree : restrict_tree(s, tree, read_only, s->host ? MS_SLAVE : MS_PRIVATE);

        return r < 0 ? r : TAKE_FD(tree);
}

/* Not every file system can show its files as another's. */
static int explain_mapping(const Stage *s, int fd, bool recursive, int error, char **reterr_why) {
        if (s->userns_fd < 0 || (error != -EINVAL && error != -EPERM))
                return error;

        _cleanup_close_ int alone = recursive ? make_tree(s, fd, false, true) : -EBADF;
        return alone < 0 ? refuse(reterr_why, error,
                                  "its file system cannot be mapped to the pod's user ids; use another one, or --userns=host")
                         : refuse(reterr_why, error,
                                  "a file system that is mounted in it cannot be mapped to the pod's user ids; leave those out by the option norbind");
}

static int make_mapped_tree(const Stage *s, int fd, bool recursive, bool read_only, char **reterr_why) {
        int tree = make_tree(s, fd, recursive, read_only);
        return tree < 0 ? explain_mapping(s, fd, recursive, tree, reterr_why) : tree;
}

int volume_open_source(const AppcVolume *v, char **reterr_why) {
        struct open_how how = {
                .flags = O_PATH | O_CLOEXEC,
                .resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
        };

        int fd = syscall(SYS_openat2, AT_FDCWD, v->source, &how, sizeof(how));
        if (fd >= 0)
                return fd;
        if (errno == ELOOP)
                return refuse(reterr_why, -ELOOP,
                              "its source leads through a symbolic link; give the path that this leads to");
        if (errno == ENOENT)
                return refuse(reterr_why, -ENOENT, "its source is not there");

        return -errno;
}

/* Its propagation stays what it is. */
static int open_shared_tree(const Stage *s, const AppcVolume *v, char **reterr_why) {
        _cleanup_close_ int tree = shared_tree_open(s, v, reterr_why);
        int r = tree < 0 ? tree : restrict_tree(s, tree, v->read_only, /* propagation= */ 0);

        return r < 0 ? r : TAKE_FD(tree);
}

int volume_tree_of_host(const Stage *s, int source_fd, const Mount *m, char **reterr_why) {
        const AppcVolume *v = &m->volume;

        int r = relabel_tree(source_fd, m->label, reterr_why);
        if (r < 0)
                return r;

        return m->shared ? open_shared_tree(s, v, reterr_why)
                         : make_mapped_tree(s, source_fd, !v->not_recursive, v->read_only, reterr_why);
}

/* The image's files are copied as the pod sees them, so that all that belongs to them keeps its meaning: through the
 * same mapping. */
static int copy_content(const Stage *s, int parent_fd, int content_fd, char **reterr_why) {
        static const CopyOptions options = { .keep_owner = true, .keep_set_id = true, .keep_fifos = true };

        _cleanup_close_ int mapped = make_mapped_tree(s, parent_fd, false, false, reterr_why);
        if (mapped < 0)
                return mapped;

        int r = process_make_files_as(s->uid_base);
        if (r >= 0)
                r = copy_tree(content_fd, ".", mapped, FILLING, &options);
        int back = process_make_files_as(0);

        return r < 0 ? r : back;
}

static int set_owner(int parent_fd, const AppcVolume *v) {
        mode_t mode = v->mode ? strtoul(v->mode, NULL, 8) : 0755;

        _cleanup_close_ int fd = dir_open_at(parent_fd, FILLING, 0700);
        if (fd < 0)
                return fd;

        return fchown(fd, v->uid, v->gid) < 0 || fchmod(fd, mode) < 0 ? -errno : 0;
}

/* It has its name when it is complete. -ENOTEMPTY: somebody has filled it by himself. */
static int make_volume(const Stage *s, int parent_fd, const char *name, const AppcVolume *v, int content_fd,
                       char **reterr_why) {
        int r = remove_tree_at(parent_fd, FILLING);
        if (r >= 0 && content_fd >= 0)
                r = copy_content(s, parent_fd, content_fd, reterr_why);
        if (r >= 0 && (content_fd < 0 || v->mode))
                r = set_owner(parent_fd, v);
        if (r < 0)
                return r;

        return renameat(parent_fd, FILLING, parent_fd, name) < 0 ? -errno : 0;
}

int volume_tree_of_pod(const Stage *s, const AppcVolume *v, int content_fd, char **reterr_why) {
        _cleanup_close_ int parent = dir_open_at(s->pod.fd, "volumes", 0700);
        if (parent < 0)
                return parent;

        _cleanup_close_ int fd = dir_open_at(parent, v->name, 0);
        if (fd == -ENOENT) {
                int r = make_volume(s, parent, v->name, v, content_fd, reterr_why);
                if (r < 0)
                        return r;
                fd = dir_open_at(parent, v->name, 0);
        }

        int r = fd < 0 ? fd : relabel_tree(fd, s->labels.file, reterr_why);
        return r < 0 ? r : make_mapped_tree(s, fd, false, v->read_only, reterr_why);
}

/* The first pod that uses it fills it; whoever comes at the same time waits. */
static int begin_use(const Stage *s, int volume_fd, const AppcVolume *v, int content_fd, char **reterr_why) {
        int r = 0;

        if (flock(volume_fd, LOCK_EX) < 0)
                return -errno;
        if (faccessat(volume_fd, "new", F_OK, AT_SYMLINK_NOFOLLOW) < 0)
                return errno == ENOENT ? 0 : -errno;

        if (content_fd >= 0) {
                r = make_volume(s, volume_fd, "data", v, content_fd, reterr_why);
                if (r == -ENOTEMPTY || r == -EEXIST)
                        r = remove_tree_at(volume_fd, FILLING);
                if (r >= 0 && syncfs(volume_fd) < 0)
                        r = -errno;
        }
        if (r >= 0 && (unlinkat(volume_fd, "new", 0) < 0 || fsync(volume_fd) < 0))
                r = -errno;

        return r;
}

int volume_tree_by_name(const Stage *s, Store *store, const Mount *m, const char *name, int content_fd,
                        char **reterr_why) {
        const AppcVolume *v = &m->volume;

        _cleanup_close_ int volume = volume_open(store, name);
        if (volume == -ENOENT)
                return refuse(reterr_why, volume, "there is no such volume any more; prepare the pod anew");
        int r = volume < 0 ? volume : begin_use(s, volume, v, content_fd, reterr_why);
        if (r < 0)
                return r;

        _cleanup_close_ int data = dir_open_at(volume, "data", 0);
        r = data < 0 ? data : relabel_tree(data, m->label ? m->label : s->labels.shared, reterr_why);
        return r < 0 ? r : make_mapped_tree(s, data, false, v->read_only, reterr_why);
}
