/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: removal in two steps: out of sight while others wait, deletion when they need not.
 * Never: brings it to the disk file by file: what comes back after a power cut is rubbish as before.
 * Follows: store/lock.h. */

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

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

static int add(Victims *v, char *taken_path, int *fd) {
        _cleanup_free_ char *path = taken_path;

        int r = array_reserve(&v->items, &v->allocated, v->n, sizeof(Victim));
        if (r < 0)
                return r;

        v->items[v->n++] = (Victim) { TAKE_PTR(path), TAKE_FD(*fd) };
        return 1;
}

/* What was hidden once, by a gc that died, has such a name already. */
static int hide_directory(int dir_fd, const char *path, const char *name, char **ret_path) {
        _cleanup_free_ char *hidden = NULL;

        if (startswith(name, ".#"))
                return str_copy(path, ret_path);

        int r = str_printf(&hidden, "%.*s.#%016llx", (int) (name - path), path, str_random_u64());
        if (r < 0)
                return r;
        if (renameat(dir_fd, name, dir_fd, hidden + (name - path)) < 0)
                return -errno;

        *ret_path = TAKE_PTR(hidden);
        return 0;
}

int victims_hide(Victims *v, const char *path, bool polite) {
        char *hidden = NULL;
        const char *name;

        _cleanup_close_ int dir_fd = open_parent(v->root_fd, path, &name);
        if (dir_fd < 0)
                return dir_fd == -ENOENT ? 0 : dir_fd;

        /* What cannot be opened, as a link, has no lock either, and takes no time to delete. */
        _cleanup_close_ int fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0 && polite)
                return errno == EWOULDBLOCK ? 0 : -errno;

        if (unlinkat(dir_fd, name, 0) < 0) {
                int r = errno == EISDIR ? hide_directory(dir_fd, path, name, &hidden) : -errno;
                if (r < 0)
                        return r == -ENOENT ? 0 : r;
        }

        return add(v, hidden, &fd);
}

static int delete_directory(int root_fd, const char *path) {
        const char *name;

        _cleanup_close_ int dir_fd = open_parent(root_fd, path, &name);
        int r = dir_fd < 0 ? dir_fd : remove_tree_at(dir_fd, name);
        return r < 0 && r != -ENOENT ? log_error_errno(r, "Cannot remove '%s': %m", path) : 0;
}

int victims_delete(Victims *v) {
        int result = 0;

        for (size_t i = 0; i < v->n; i++) {
                int r = v->items[i].path ? delete_directory(v->root_fd, v->items[i].path) : 0;
                if (r < 0)
                        result = r;
                v->items[i].fd = fd_close(v->items[i].fd);
        }

        return result;
}
