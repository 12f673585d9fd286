/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: copies of whole trees between directories that are given as fds.
 * Never: follows a link, opens what is no file, leaves either tree, whatever is done to them meanwhile.
 * Follows: openat2(2), path_resolution(7). */

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <search.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "basic/copy-file.h"
#include "basic/fd.h"
#include "basic/str.h"

/* A file with several names, and where the first of them is in the copy. */
typedef struct Link {
        dev_t dev;
        ino_t ino;
        char *path; /* below the top */
} Link;

typedef struct Copy {
        const CopyOptions *options;
        void *links;
        int top;                           /* where the copy goes … */
        const char *parts[COPY_DEPTH_MAX]; /* … and the names below it that lead to where it is at work */
        unsigned depth;
} Copy;

/* One thing that is being copied. */
typedef struct Item {
        int fd; /* O_PATH */
        struct stat st;
        int to_dir;
        const char *to_name;
} Item;

static int compare_links(const void *a, const void *b) {
        const Link *x = a, *y = b;

        if (x->dev != y->dev)
                return x->dev < y->dev ? -1 : 1;
        return x->ino < y->ino ? -1 : x->ino > y->ino;
}

static void free_link(void *p) {
        free(((Link *) p)->path);
        free(p);
}

/* Takes its name only when it is complete, whatever had the name before. */
static int publish(const Item *item, const char *temporary, int r) {
        if (r >= 0 && renameat(item->to_dir, temporary, item->to_dir, item->to_name) < 0)
                r = -errno;
        if (r < 0)
                (void) unlinkat(item->to_dir, temporary, 0);

        return r;
}

static void name_temporary(char ret[24]) {
        (void) snprintf(ret, 24, ".#%016llx", str_random_u64());
}

static int fill_file(const Copy *c, const Item *item, int to) {
        _cleanup_close_ int from = copy_reopen(item->fd, O_RDONLY);
        if (from < 0)
                return from;

        int r = copy_data(from, to, item->st.st_size);
        if (r >= 0)
                r = copy_metadata(to, &item->st, c->options);
        return r < 0 ? r : copy_xattrs(from, to, c->options);
}

static int copy_file(Copy *c, const Item *item) {
        char temporary[24];

        name_temporary(temporary);
        _cleanup_close_ int to = openat(item->to_dir, temporary,
                                        O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (to < 0)
                return -errno;

        return publish(item, temporary, fill_file(c, item, to));
}

/* Of what has no contents to be opened for. */
static int set_metadata_at(const Copy *c, const Item *item, const char *name) {
        const CopyOptions *o = c->options;

        if (o->keep_owner && fchownat(item->to_dir, name, copy_shift_id(item->st.st_uid, o),
                                      copy_shift_id(item->st.st_gid, o), AT_SYMLINK_NOFOLLOW) < 0)
                return -errno;

        return utimensat(item->to_dir, name, (struct timespec[]) { item->st.st_atim, item->st.st_mtim },
                         AT_SYMLINK_NOFOLLOW) < 0
                               ? -errno
                               : 0;
}

static int copy_symlink(Copy *c, const Item *item) {
        _cleanup_free_ char *target =
                        calloc(1, PATH_MAX); /* not on the stack, which is as deep as the tree */
        char temporary[24];

        if (!target)
                return -ENOMEM;
        if (readlinkat(item->fd, "", target, PATH_MAX - 1) < 0)
                return -errno;

        name_temporary(temporary);
        if (symlinkat(target, item->to_dir, temporary) < 0)
                return -errno;

        return publish(item, temporary, set_metadata_at(c, item, temporary));
}

static int copy_fifo(Copy *c, const Item *item) {
        char temporary[24];

        name_temporary(temporary);
        if (mknodat(item->to_dir, temporary, S_IFIFO | (item->st.st_mode & 0777), 0) < 0)
                return -errno;

        return publish(item, temporary, set_metadata_at(c, item, temporary));
}

/* Opens the directory of an earlier copy, which somebody may have moved, or put a link in its place. */
static int open_parent(int top, const char *path, const char **ret_name) {
        struct open_how how = {
                .flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
                .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
        };
        const char *slash = strrchr(path, '/');
        _cleanup_free_ char *directory = slash ? strndup(path, slash - path) : strdup(".");
        if (!directory)
                return -ENOMEM;

        int fd = syscall(SYS_openat2, top, directory, &how, sizeof(how));
        if (fd < 0)
                return -errno;

        *ret_name = slash ? slash + 1 : path;
        return fd;
}

static int link_to(const Copy *c, const Item *item, const char *path) {
        char temporary[24];
        const char *name = NULL;

        _cleanup_close_ int parent = open_parent(c->top, path, &name);
        if (parent < 0)
                return parent;

        name_temporary(temporary);
        if (linkat(parent, name, item->to_dir, temporary, 0) < 0)
                return -errno;

        int r = publish(item, temporary, 0);
        (void) unlinkat(item->to_dir, temporary,
                        0); /* a rename to another name of the same file does nothing */
        return r;
}

static int note_link(Copy *c, const Item *item) {
        _cleanup_free_ Link *link = malloc(sizeof(Link));
        _cleanup_free_ char *path = NULL;

        if (!link)
                return -ENOMEM;
        int r = str_copy(item->to_name, &path);
        for (unsigned i = c->depth; r >= 0 && i > 0; i--) {
                _cleanup_free_ char *tail = TAKE_PTR(path);
                r = str_printf(&path, "%s/%s", c->parts[i - 1], tail);
        }
        if (r < 0)
                return r;

        *link = (Link) { item->st.st_dev, item->st.st_ino, path };
        if (!tsearch(link, &c->links, compare_links))
                return -ENOMEM;

        TAKE_PTR(path);
        TAKE_PTR(link);
        return 0;
}

/* A file with further names is copied when the first of them is met. */
static int copy_or_link(Copy *c, const Item *item) {
        if (item->st.st_nlink <= 1)
                return copy_file(c, item);

        Link key = { .dev = item->st.st_dev, .ino = item->st.st_ino };
        Link **known = tfind(&key, &c->links, compare_links);
        if (known)
                return link_to(c, item, (*known)->path);

        int r = copy_file(c, item);
        return r < 0 ? r : note_link(c, item);
}

static int copy_entry(Copy *c, int from_dir, const char *name, int to_dir, const char *to_name);

static int copy_entries(Copy *c, int from, int to) {
        _cleanup_closedir_ DIR *d = NULL;

        int r = dir_stream_at(from, ".", &d);
        for (const char *name; r >= 0 && (r = dir_next(d, &name)) > 0;) {
                r = copy_entry(c, dirfd(d), name, to, name);
                if (r == -ENOENT)
                        r = 0; /* gone meanwhile */
        }

        return r;
}

/* Goes down a level; the names in between are for what is linked. "." is none. */
static int descend(Copy *c, const Item *item, int from, int to) {
        bool named = !streq(item->to_name, ".");

        if (c->depth >= COPY_DEPTH_MAX)
                return -ELOOP;

        if (named)
                c->parts[c->depth++] = item->to_name;
        int r = copy_entries(c, from, to);
        if (named)
                c->depth--;

        return r;
}

static int copy_directory(Copy *c, const Item *item) {
        bool made = mkdirat(item->to_dir, item->to_name, 0700) >= 0;
        if (!made && errno != EEXIST)
                return -errno;

        _cleanup_close_ int to = dir_open_at(item->to_dir, item->to_name, 0);
        if (to < 0)
                return to;
        _cleanup_close_ int from = copy_reopen(item->fd, O_RDONLY | O_DIRECTORY);
        if (from < 0)
                return from;

        int r = copy_is_pseudo(from) ? 0 : descend(c, item, from, to);
        if (r >= 0 && made)
                r = copy_metadata(to, &item->st, c->options);
        if (r >= 0 && made)
                r = copy_xattrs(from, to, c->options);

        return r;
}

static int skip(const Copy *c) {
        if (c->options->ret_skipped)
                ++*c->options->ret_skipped;

        return 0;
}

static int copy_entry(Copy *c, int from_dir, const char *name, int to_dir, const char *to_name) {
        Item item = { .to_dir = to_dir, .to_name = to_name };

        _cleanup_close_ int fd = openat(from_dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0 || fstat(fd, &item.st) < 0)
                return -errno;

        item.fd = fd;
        switch (item.st.st_mode & S_IFMT) {
        case S_IFREG: return copy_or_link(c, &item);
        case S_IFDIR: return copy_directory(c, &item);
        case S_IFLNK: return copy_symlink(c, &item);
        case S_IFIFO: return c->options->keep_fifos ? copy_fifo(c, &item) : skip(c);
        default: return skip(c);
        }
}

int copy_tree(int from_dir, const char *name, int to_dir, const char *to_name, const CopyOptions *o) {
        Copy c = { .options = o, .top = to_dir };

        fd_limit_raise(); /* two a level */
        if (o->ret_skipped)
                *o->ret_skipped = 0;
        int r = copy_entry(&c, from_dir, name, to_dir, to_name);
        tdestroy(c.links, free_link);

        return r;
}
