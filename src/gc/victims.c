/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: removal in two steps: out of sight while others wait, deletion when they need not.
 * Never: brings it to the disk file by file: what comes back after a power cut is rubbish as before.
 * Follows: store/lock.h. */

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "basic/array.h"
#include "basic/fd.h"
#include "basic/log.h"
#include "basic/str.h"
#include "gc/victims.h"

void victims_done(Victims *v) {
        for (size_t i = 0; i < v->n; i++) {
                free(v->items[i].path);
                fd_close(v->items[i].fd);
        }
        free(v->items);
        *v = (Victims) { .root_fd = -EBADF };
}

/* Opens the directory that `path` is in; *ret_name is its name there. */
static int open_parent(int root_fd, const char *path, const char **ret_name) {
        const char *slash = strrchr(path, '/');
        if (!slash) {
                *ret_name = path;
                return dir_open_at(root_fd, ".", 0);
        }

        _cleanup_free_ char *parent = strndup(path, slash - path);
        if (!parent)
                return -ENOMEM;

        *ret_name = slash + 1;
        return open_beneath(root_fd, parent, O_RDONLY | O_DIRECTORY);
}

/* Files need not stay open, and there may be many of them. */
static int add(Victims *v, const char *path, const char *name, const char *hidden, int fd) {
        _cleanup_free_ char *where = NULL;
        struct stat st;

        int r = str_printf(&where, "%.*s%s", (int) (name - path), path, hidden);
        if (r >= 0)
                r = array_reserve(&v->items, &v->allocated, v->n, sizeof(Victim));
        if (r < 0)
                return r;

        bool keep = fd >= 0 && fstat(fd, &st) >= 0 && S_ISDIR(st.st_mode);
        v->items[v->n++] = (Victim) { TAKE_PTR(where), keep ? fcntl(fd, F_DUPFD_CLOEXEC, 3) : -EBADF };
        return 1;
}

int victims_hide(Victims *v, const char *path, bool polite) {
        const char *name, *hidden;
        char fresh[24];

        _cleanup_close_ int dir_fd = open_parent(v->root_fd, path, &name);
        if (dir_fd < 0)
                return dir_fd == -ENOENT ? 0 : dir_fd;

        /* What cannot be opened, as a link, has no lock either. */
        _cleanup_close_ int fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0 && polite)
                return errno == EWOULDBLOCK ? 0 : -errno;

        (void) snprintf(fresh, sizeof(fresh), ".#%016llx", str_random_u64());
        hidden = startswith(name, ".#") ? name : fresh;
        if (hidden == fresh && renameat(dir_fd, name, dir_fd, hidden) < 0)
                return errno == ENOENT ? 0 : -errno;

        return add(v, path, name, hidden, fd);
}

int victims_delete(Victims *v) {
        int result = 0;

        for (size_t i = 0; i < v->n; i++) {
                const char *path = v->items[i].path, *name;

                _cleanup_close_ int dir_fd = open_parent(v->root_fd, path, &name);
                int r = dir_fd < 0 ? dir_fd : remove_tree_at(dir_fd, name);
                if (r < 0 && r != -ENOENT)
                        result = log_error_errno(r, "Cannot remove '%s': %m", path);
                v->items[i].fd = fd_close(v->items[i].fd);
        }

        return result;
}
