/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: where in a root something is to be mounted.
 * Never: leaves the root; follows what somebody puts there while it looks.
 * Follows: path_resolution(7), openat2(2); appc "Volume Setup". */

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "basic/target.h"

#define LINKS_MAX 40u

/* A path half of which has been looked up. */
typedef struct Walk {
        int root_fd;
        char *done; /* "" for the root, else "/…" without links */
        char *todo;
        unsigned links;
        mode_t kind; /* of what it leads to */
} Walk;

static void walk_done(Walk *w) {
        free(w->done);
        free(w->todo);
}

int target_open(int root_fd, const char *resolved, int flags) {
        return open_in_root_plain(root_fd, resolved[0] ? resolved : "/", flags);
}

bool target_is_below(const char *resolved, const char *directory) {
        const char *rest = startswith(resolved, directory);
        return rest && (rest[0] == '\0' || rest[0] == '/' || streq(directory, "/"));
}

/* Takes the next name from what is to be done; NULL on lack of memory, "" if nothing is left. */
static char *take_name(Walk *w) {
        const char *p = w->todo + strspn(w->todo, "/");
        size_t n = strcspn(p, "/");
        char *name = strndup(p, n);

        memmove(w->todo, p + n, strlen(p + n) + 1);
        return name;
}

static bool is_last(const Walk *w) {
        return w->todo[strspn(w->todo, "/")] == '\0';
}

static int go_down(Walk *w, const char *name) {
        _cleanup_free_ char *before = TAKE_PTR(w->done);
        return str_printf(&w->done, "%s/%s", before, name);
}

static void go_up(Walk *w) {
        char *slash = strrchr(w->done, '/');

        if (slash)
                *slash = '\0';
}

static int go_along(Walk *w, const char *link) {
        _cleanup_free_ char *rest = TAKE_PTR(w->todo);

        if (++w->links > LINKS_MAX)
                return -ELOOP;
        if (link[0] == '/')
                w->done[0] = '\0';

        return str_printf(&w->todo, "%s/%s", link, rest);
}

static int make(const Walk *w, int parent, const char *name) {
        if (!is_last(w) || S_ISDIR(w->kind))
                return mkdirat(parent, name, 0755) < 0 && errno != EEXIST ? -errno : 0;

        int r = file_create_at(parent, name, "", 0, 0644);
        return r == -EEXIST ? 0 : r;
}

static int check_kind(const Walk *w, const struct stat *st) {
        if (!is_last(w) || S_ISDIR(w->kind))
                return S_ISDIR(st->st_mode) ? 0 : -ENOTDIR;

        return S_ISDIR(st->st_mode) ? -EISDIR : 0;
}

static int step(Walk *w, const char *name) {
        char link[PATH_MAX];
        struct stat st;

        if (streq(name, "..")) {
                go_up(w);
                return 0;
        }

        _cleanup_close_ int parent = target_open(w->root_fd, w->done, O_PATH | O_DIRECTORY);
        if (parent < 0)
                return parent;

        ssize_t n = readlinkat(parent, name, link, sizeof(link) - 1);
        if (n >= 0) {
                link[n] = '\0';
                return go_along(w, link);
        }
        int r = errno == EINVAL ? 0 : errno == ENOENT ? make(w, parent, name) : -errno;
        if (r >= 0)
                r = fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : check_kind(w, &st);

        return r < 0 ? r : go_down(w, name);
}

int target_resolve(int root_fd, const char *path, mode_t kind, char **ret) {
        _cleanup_(walk_done) Walk w = { .root_fd = root_fd, .kind = kind };

        int r = str_copy("", &w.done);
        if (r >= 0)
                r = str_copy(path, &w.todo);
        while (r >= 0) {
                _cleanup_free_ char *name = take_name(&w);
                if (!name)
                        return -ENOMEM;
                if (name[0] == '\0')
                        break;
                if (!streq(name, "."))
                        r = step(&w, name);
        }
        if (r < 0)
                return r;

        return str_copy(w.done[0] ? w.done : "/", ret);
}
