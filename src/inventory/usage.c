/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: how many bytes of the disk a tree takes.
 * Never: follows a link; goes where the tree was moved to while it is counted.
 * Follows: du(1). */

#include <fcntl.h>
#include <search.h>
#include <unistd.h>

#include "basic/array.h"
#include "basic/fd.h"
#include "basic/str.h"
#include "inventory/usage.h"

#define BLOCK 512U /* of st_blocks */

typedef struct Seen {
        dev_t dev;
        ino_t ino;
} Seen;

void usage_done(Usage *u) {
        tdestroy(u->seen, free);
        *u = (Usage) {};
}

static int compare(const void *a, const void *b) {
        const Seen *x = a, *y = b;

        if (x->dev != y->dev)
                return x->dev < y->dev ? -1 : 1;
        return x->ino < y->ino ? -1 : x->ino > y->ino;
}

/* 1 if it was not counted yet. */
static int note(Usage *u, const struct stat *st) {
        _cleanup_free_ Seen *seen = malloc(sizeof(Seen));
        if (!seen)
                return -ENOMEM;

        *seen = (Seen) { st->st_dev, st->st_ino };
        Seen **found = tsearch(seen, &u->seen, compare);
        if (!found)
                return -ENOMEM;
        if (*found != seen)
                return 0;

        TAKE_PTR(seen);
        return 1;
}

int usage_add(Usage *u, const struct stat *st, uint64_t *total) {
        int r = S_ISDIR(st->st_mode) || st->st_nlink <= 1 ? 1 : note(u, st);
        if (r > 0)
                *total += (uint64_t) st->st_blocks * BLOCK;

        return MIN(r, 0);
}

/* A directory that is being counted: those in it that are not, as names one behind the other, each with its
 * NUL. An app may nest directories deeper than there are fds to hold them open, and than a stack is. */
typedef struct Level {
        ino_t ino;
        dev_t dev;
        char *names;
        size_t size, next, allocated;
} Level;

typedef struct Walk {
        Usage *usage;
        uint64_t *total;
        int fd; /* of the last level */
        Level *levels;
        size_t n, allocated;
} Walk;

static void walk_done(Walk *w) {
        while (w->n > 0)
                free(w->levels[--w->n].names);
        free(w->levels);
        fd_close(w->fd);
}

static int remember(Level *l, const char *name) {
        size_t n = strlen(name) + 1;

        int r = array_reserve(&l->names, &l->allocated, l->size + n, 1);
        if (r < 0)
                return r;

        memcpy(l->names + l->size, name, n);
        l->size += n;
        return 0;
}

static int count_entry(Walk *w, Level *l, int dir_fd, const char *name) {
        struct stat st;

        if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return errno == ENOENT ? 0 : -errno;

        return S_ISDIR(st.st_mode) ? remember(l, name) : usage_add(w->usage, &st, w->total);
}

static int count_files(Walk *w, Level *l) {
        _cleanup_closedir_ DIR *d = NULL;

        int r = dir_stream_at(w->fd, ".", &d);
        if (r < 0)
                return r;

        for (;;) {
                const char *name;

                r = dir_next(d, &name);
                if (r <= 0)
                        return r;
                r = count_entry(w, l, w->fd, name);
                if (r < 0)
                        return r;
        }
}

/* Goes down into a directory and counts what is in it but directories. */
static int enter(Walk *w, int dir_fd, const char *name) {
        struct stat st;

        _cleanup_close_ int fd = dir_open_at(dir_fd, name, 0);
        if (fd < 0)
                return fd;
        if (fstat(fd, &st) < 0)
                return -errno;

        int r = array_reserve(&w->levels, &w->allocated, w->n, sizeof(Level));
        if (r >= 0)
                r = usage_add(w->usage, &st, w->total);
        if (r < 0)
                return r;

        Level *l = &w->levels[w->n++];
        *l = (Level) { .dev = st.st_dev, .ino = st.st_ino };
        fd_close(w->fd);
        w->fd = TAKE_FD(fd);
        return count_files(w, l);
}

/* Goes up. If the directory is in another one by now, that is none of ours: -ESTALE. */
static int leave(Walk *w) {
        struct stat st;

        free(w->levels[--w->n].names);
        if (w->n == 0)
                return 0;

        int fd = dir_open_at(w->fd, "..", 0);
        if (fd < 0)
                return fd;
        fd_close(w->fd);
        w->fd = fd;
        if (fstat(fd, &st) < 0)
                return -errno;

        const Level *l = &w->levels[w->n - 1];
        return st.st_dev == l->dev && st.st_ino == l->ino ? 0 : -ESTALE;
}

static int walk(Walk *w) {
        int r = 0;

        while (r >= 0 && w->n > 0) {
                Level *l = &w->levels[w->n - 1];

                if (l->next == l->size) {
                        r = leave(w);
                        continue;
                }
                const char *name = l->names + l->next;
                l->next += strlen(name) + 1;
                r = enter(w, w->fd, name);
                if (r == -ENOENT || r == -ENOTDIR || r == -ELOOP)
                        r = 0; /* gone, or something else by now */
        }

        return r;
}

int usage_add_tree(Usage *u, int dir_fd, const char *name, uint64_t *total) {
        _cleanup_(walk_done) Walk w = { .usage = u, .total = total, .fd = -EBADF };
        struct stat st;

        if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return -errno;
        if (!S_ISDIR(st.st_mode))
                return usage_add(u, &st, total);

        int r = enter(&w, dir_fd, name);
        if (r >= 0)
                r = walk(&w);

        return r == -ESTALE ? 0 : r;
}
