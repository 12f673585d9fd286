/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the directories below /var/lib/gantry, their modes, and the quarantine.
 * Never: looks into what the quarantine holds; follows a link out of the tree.
 * Follows: docs/ARCHITECTURE.md, "The store". */

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/process.h"
#include "basic/str.h"
#include "store/lock.h"
#include "store/store.h"

struct Store {
        char *path;
        int root_fd, incoming_fd, images_fd, layers_fd, pods_fd;
};

Store *store_close(Store *s) {
        if (s) {
                fd_close(s->root_fd);
                fd_close(s->incoming_fd);
                fd_close(s->images_fd);
                fd_close(s->layers_fd);
                fd_close(s->pods_fd);
                free(s->path);
                free(s);
        }

        return NULL;
}

/* incoming/ can be passed by the unprivileged downloader on its way to a directory of its own; pods/
 * holds what apps wrote. */
static const struct {
        const char *name;
        mode_t mode;
        size_t offset;
} directories[] = {
        { "incoming", 0711, offsetof(Store, incoming_fd) },
        { "images", 0755, offsetof(Store, images_fd) },
        { "layers", 0755, offsetof(Store, layers_fd) },
        { "pods", 0700, offsetof(Store, pods_fd) },
};

static const char *const phases[] = { "preparing", "prepared", "running", "exited", "garbage" };

/* pods/ is made last, when the others are on the disk: whoever finds it finds them, whatever becomes of the power. */
static int settle_others(const Store *s) {
        _cleanup_close_ int refs_fd = dir_open_at(s->images_fd, "refs", 0755);
        if (refs_fd < 0)
                return refs_fd;
        if (faccessat(s->root_fd, "pods", F_OK, AT_SYMLINK_NOFOLLOW) >= 0)
                return 0;

        return syncfs(s->root_fd) < 0 ? -errno : 0;
}

static int make_phases(const Store *s) {
        for (size_t i = 0; i < ELEMENTSOF(phases); i++)
                if (mkdirat(s->pods_fd, phases[i], 0700) < 0 && errno != EEXIST)
                        return -errno;

        return 0;
}

static int open_directories(Store *s, StoreFlags flags) {
        bool create = flags & STORE_CREATE;

        for (size_t i = 0; i < ELEMENTSOF(directories); i++) {
                bool last = i + 1 == ELEMENTSOF(directories);

                int r = create && last ? settle_others(s) : 0;
                if (r < 0)
                        return r;
                int fd = dir_open_at(s->root_fd, directories[i].name, create ? directories[i].mode : 0);
                /* pods/ is closed to all but root, the rest is for everybody. */
                if (fd < 0 && (fd != -EACCES || create))
                        return fd;
                *(int *) ((char *) s + directories[i].offset) = fd;
        }

        return create ? make_phases(s) : 0;
}

static bool is_trusted_owner(uid_t uid) {
        return uid == 0 || uid == geteuid();
}

/* Whoever else may change it is believed in all that has been judged. */
static int check_owner(int root_fd) {
        struct stat st;

        if (fstat(root_fd, &st) < 0)
                return -errno;

        return !is_trusted_owner(st.st_uid) || (st.st_mode & S_IWOTH) ? -EPERM : 0;
}

StoreError store_strerror(const char *root, int error) {
        static const char advice[] = "name another one with --root=DIR, or change that";
        StoreError e;
        struct stat st;

        if (error != -EPERM || stat(root, &st) < 0)
                (void) snprintf(e.text, sizeof(e.text), "%s", strerror(-error));
        else if (is_trusted_owner(st.st_uid))
                (void) snprintf(e.text, sizeof(e.text), "others may write there; %s", advice);
        else
                (void) snprintf(e.text, sizeof(e.text), "it belongs to user %u; %s", st.st_uid, advice);

        return e;
}

int store_open(const char *root, StoreFlags flags, Store **ret) {
        int r;

        if (root[0] != '/')
                return -EINVAL;
        if (flags & STORE_CREATE) {
                r = mkdir_parents(root, 0755);
                if (r < 0)
                        return r;
        }

        _cleanup_close_ int root_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (root_fd < 0)
                return -errno;
        r = check_owner(root_fd);
        if (r < 0)
                return r;

        _cleanup_(store_closep) Store *s = malloc(sizeof(Store));
        if (!s)
                return -ENOMEM;
        *s = (Store) {
                .root_fd = TAKE_FD(root_fd),
                .incoming_fd = -EBADF,
                .images_fd = -EBADF,
                .layers_fd = -EBADF,
                .pods_fd = -EBADF,
        };

        r = str_copy(root, &s->path);
        if (r >= 0)
                r = open_directories(s, flags);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(s);
        return 0;
}

const char *store_path(const Store *s) {
        return s->path;
}

int store_root_fd(const Store *s) {
        return s->root_fd;
}

int store_incoming_fd(const Store *s) {
        return s->incoming_fd;
}

int store_images_fd(const Store *s) {
        return s->images_fd;
}

int store_layers_fd(const Store *s) {
        return s->layers_fd;
}

int store_pods_fd(const Store *s) {
        return s->pods_fd;
}

static int give_to(int fd, const char *user) {
        uid_t uid;
        gid_t gid;

        int r = user_find(user, &uid, &gid);
        return r < 0 ? r : fchown(fd, uid, gid) < 0 ? -errno : 0;
}

int store_incoming_new(Store *s, const char *user, char **ret_name) {
        _cleanup_free_ char *name = NULL;

        int r = str_printf(&name, "%016llx", str_random_u64());
        if (r < 0)
                return r;

        /* Until it is locked it looks like that of a process that has died. */
        _cleanup_close_ int lock = store_lock(s, STORE_SHARED);
        if (lock < 0)
                return lock;
        if (mkdirat(s->incoming_fd, name, 0700) < 0)
                return -errno;

        _cleanup_close_ int fd = dir_open_at(s->incoming_fd, name, 0);
        r = fd < 0 ? fd : 0;
        if (r >= 0 && flock(fd, LOCK_EX) < 0)
                r = -errno;
        if (r >= 0 && geteuid() == 0)
                r = give_to(fd, user);
        if (r < 0) {
                (void) unlinkat(s->incoming_fd, name, AT_REMOVEDIR);
                return r;
        }

        *ret_name = TAKE_PTR(name);
        return TAKE_FD(fd);
}

int store_incoming_remove(Store *s, const char *name) {
        return remove_tree_at(s->incoming_fd, name);
}
