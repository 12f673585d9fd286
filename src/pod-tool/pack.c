/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: a tree of files as a tar.
 * Never: follows a link; leaves the tree.
 * Follows: OCI image-spec, "Image Layer Filesystem Changeset"; Documentation/filesystems/overlayfs.rst. */

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <search.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "basic/copy-file.h"
#include "basic/fd.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "pod-tool/pack-entry.h"

#define WHITEOUT ".wh."
#define OPAQUE ".wh..wh..opq"

/* A file with several names, and the first of them. */
typedef struct Link {
        dev_t dev;
        ino_t ino;
        char *path;
} Link;

typedef struct Pack {
        TarWriter *writer;
        const PackOptions *options;
        void *links;
        unsigned depth;
        char **reterr_why;
} Pack;

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

/* 1 and the name that the file has already in the tar; 0: this is its first one. */
static int find_link(Pack *p, const struct stat *st, const char *path, const char **ret) {
        Link key = { .dev = st->st_dev, .ino = st->st_ino }, **known;

        if (!S_ISREG(st->st_mode) || st->st_nlink <= 1)
                return 0;

        known = tfind(&key, &p->links, compare_links);
        if (known) {
                *ret = (*known)->path;
                return 1;
        }

        _cleanup_free_ Link *link = malloc(sizeof(Link));
        _cleanup_free_ char *copy = strdup(path);
        if (!link || !copy)
                return -ENOMEM;
        *link = (Link) { st->st_dev, st->st_ino, copy };
        if (!tsearch(link, &p->links, compare_links))
                return -ENOMEM;

        TAKE_PTR(copy);
        TAKE_PTR(link);
        return 0;
}

static TarEntry make_entry(const Pack *p, const struct stat *st, const char *path, TarType type) {
        CopyOptions ids = { .from_base = p->options->base };

        return (TarEntry) {
                .path = path,
                .type = type,
                .mode = st->st_mode & 07777,
                .uid = copy_shift_id(st->st_uid, &ids),
                .gid = copy_shift_id(st->st_gid, &ids),
                .mtime_sec = st->st_mtim.tv_sec,
                .mtime_nsec = st->st_mtim.tv_nsec,
        };
}

/* An empty file whose name says it all. */
static int add_mark(const Pack *p, const struct stat *st, const char *directory, const char *mark,
                    const char *name) {
        _cleanup_free_ char *path = NULL;

        int r = str_printf(&path, "%s%s%s", directory, mark, name);
        if (r < 0)
                return r;

        TarEntry e = make_entry(p, st, path, TAR_FILE);
        return tar_writer_add(p->writer, &e);
}

/* The sorted names in a directory. */
static int list_names(int fd, char ***ret) {
        _cleanup_strv_ char **names = NULL;
        _cleanup_closedir_ DIR *d = NULL;

        int r = dir_stream_at(fd, ".", &d);
        for (const char *name; r >= 0 && (r = dir_next(d, &name)) > 0;)
                r = strv_add(&names, name);
        if (r < 0)
                return r;

        strv_sort(names);
        *ret = TAKE_PTR(names);
        return 0;
}

static int pack_entry(Pack *p, int dir_fd, const char *name, const char *directory);

static int pack_entries(Pack *p, int fd, const char *directory) {
        _cleanup_strv_ char **names = NULL;

        if (p->depth >= COPY_DEPTH_MAX)
                return -ELOOP;
        int r = copy_is_pseudo(fd) ? 0 : list_names(fd, &names);

        p->depth++;
        STRV_FOREACH(name, names) {
                if (r >= 0)
                        r = pack_entry(p, fd, *name, directory);
                if (r == -ENOENT)
                        r = 0; /* gone meanwhile */
        }
        p->depth--;

        return r;
}

static int pack_directory(Pack *p, int path_fd, const struct stat *st, const char *path) {
        _cleanup_pack_attributes_ PackAttributes a = {};
        _cleanup_free_ char *directory = NULL;
        const char *inside;

        _cleanup_close_ int fd = copy_reopen(path_fd, O_RDONLY | O_DIRECTORY);
        int r = fd < 0 ? fd : pack_attributes_read(fd, p->options, &a);
        if (r >= 0)
                r = str_printf(&directory, "%s/", path);
        if (r < 0)
                return r;

        inside = streq(path, ".") ? "" : directory;
        TarEntry e = make_entry(p, st, directory, TAR_DIRECTORY);
        e.xattrs = a.list;
        e.n_xattrs = a.n;
        r = tar_writer_add(p->writer, &e);
        if (r >= 0 && a.opaque)
                r = add_mark(p, st, inside, OPAQUE, "");

        return r < 0 ? r : pack_entries(p, fd, inside);
}

static int pack_regular(Pack *p, int path_fd, const struct stat *st, const char *path) {
        _cleanup_pack_attributes_ PackAttributes a = {};
        const char *link;

        int r = find_link(p, st, path, &link);
        if (r < 0)
                return r;
        TarEntry e = make_entry(p, st, path, r > 0 ? TAR_HARD_LINK : TAR_FILE);
        if (r > 0) {
                e.link = link;
                return tar_writer_add(p->writer, &e);
        }

        _cleanup_close_ int fd = copy_reopen(path_fd, O_RDONLY);
        r = fd < 0 ? fd : pack_attributes_read(fd, p->options, &a);
        if (r < 0)
                return r;

        e.size = st->st_size;
        e.xattrs = a.list;
        e.n_xattrs = a.n;
        return pack_file(p->writer, fd, &e);
}

static int pack_symlink(Pack *p, int path_fd, const struct stat *st, const char *path) {
        _cleanup_free_ char *target = calloc(1, PATH_MAX);
        if (!target)
                return -ENOMEM;
        if (readlinkat(path_fd, "", target, PATH_MAX - 1) < 0)
                return -errno;

        TarEntry e = make_entry(p, st, path, TAR_SYMLINK);
        e.link = target;
        return tar_writer_add(p->writer, &e);
}

static int pack_special(Pack *p, const struct stat *st, const char *path, TarType type) {
        TarEntry e = make_entry(p, st, path, type);

        if (type != TAR_FIFO) {
                e.major = major(st->st_rdev);
                e.minor = minor(st->st_rdev);
        }
        return tar_writer_add(p->writer, &e);
}

static int explain(Pack *p, int error, const char *path) {
        _cleanup_free_ char *escaped = NULL;

        if (error != -EOPNOTSUPP || *p->reterr_why)
                return error;
        escaped = str_escape(path, strlen(path), 256);
        return refuse(p->reterr_why, error, "'%s' is something that no layer can say", escaped);
}

static int pack_one(Pack *p, int fd, const struct stat *st, const char *path) {
        switch (st->st_mode & S_IFMT) {
        case S_IFREG: return pack_regular(p, fd, st, path);
        case S_IFDIR: return pack_directory(p, fd, st, path);
        case S_IFLNK: return pack_symlink(p, fd, st, path);
        case S_IFCHR: return pack_special(p, st, path, TAR_CHARACTER);
        case S_IFBLK: return pack_special(p, st, path, TAR_BLOCK);
        case S_IFIFO: return pack_special(p, st, path, TAR_FIFO);
        default: return 0; /* a socket, which is nobody's any more */
        }
}

static int pack_entry(Pack *p, int dir_fd, const char *name, const char *directory) {
        _cleanup_free_ char *path = NULL;
        struct stat st;

        _cleanup_close_ int fd = openat(dir_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0 || fstat(fd, &st) < 0)
                return -errno;
        if (p->options->is_changes && S_ISCHR(st.st_mode) && st.st_rdev == 0)
                return add_mark(p, &st, directory, WHITEOUT, name);

        int r = str_printf(&path, "%s%s", directory, name);
        if (r >= 0)
                r = p->options->is_changes && startswith(name, WHITEOUT) ? -EOPNOTSUPP
                                                                         : pack_one(p, fd, &st, path);

        return r < 0 ? explain(p, r, path ? path : name) : r;
}

int pack_tree(TarWriter *w, int dir_fd, const char *name, const char *path, const PackOptions *o,
              char **reterr_why) {
        Pack p = { .writer = w, .options = o, .reterr_why = reterr_why };
        struct stat st;

        _cleanup_close_ int fd = openat(dir_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0 || fstat(fd, &st) < 0)
                return -errno;

        fd_limit_raise();
        int r = pack_one(&p, fd, &st, path);
        tdestroy(p.links, free_link);

        return r;
}
