/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what of one layer goes into another.
 * Never: believes that a layer is sound because it was sealed here.
 * Follows: App Container spec 0.8.11, aci.md, pathWhitelist. */

#include <search.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "basic/array.h"
#include "basic/str.h"
#include "erofs/path.h"
#include "prepare/layer-copy.h"
#include "prepare/xattr-list.h"

#define BUFFER_SIZE (256U * 1024U)

/* The first name of a file that has several. */
typedef struct Link {
        uint64_t nid;
        char path[];
} Link;

typedef struct Directory {
        uint64_t nid;
        char *path;
} Directory;

typedef struct Copy {
        ErofsReader *from;
        const AppcWhitelist *kept;
        ErofsWriter *to;
        uint64_t entries;
        Directory *directories; /* that something is kept of */
        size_t n_directories, directories_allocated, next;
        void *links; /* tsearch(3) */
        XattrList xattrs;
        uint8_t *buffer;
} Copy;

static void copy_done(Copy *c) {
        for (size_t i = 0; i < c->n_directories; i++)
                free(c->directories[i].path);
        free(c->directories);
        tdestroy(c->links, free);
        xattr_list_done(&c->xattrs);
        free(c->buffer);
}

/* How many pieces of data a file has between holes; 0 if it has no holes. */
static int count_pieces(const Copy *c, const ErofsStat *st, uint32_t *ret) {
        bool has_holes = false, in_data = false;
        uint32_t pieces = 0;
        uint64_t size;

        for (uint64_t offset = 0; offset < st->size; offset += size) {
                int r = erofs_reader_extent(c->from, st, offset, &size);
                if (r < 0)
                        return r;
                pieces += r > 0 && !in_data;
                in_data = r > 0;
                has_holes = has_holes || r == 0;
        }

        *ret = has_holes ? MAX(pieces, 1U) : 0;
        return 0;
}

static int copy_extent(Copy *c, const ErofsStat *st, uint64_t offset, uint64_t size) {
        while (size > 0) {
                size_t n = MIN(size, BUFFER_SIZE);

                int r = erofs_reader_data(c->from, st, offset, c->buffer, n);
                if (r >= 0)
                        r = erofs_writer_data(c->to, offset, c->buffer, n);
                if (r < 0)
                        return r;
                offset += n;
                size -= n;
        }

        return 0;
}

static int copy_data(Copy *c, const ErofsStat *st) {
        uint64_t size;

        for (uint64_t offset = 0; offset < st->size; offset += size) {
                int r = erofs_reader_extent(c->from, st, offset, &size);
                if (r > 0)
                        r = copy_extent(c, st, offset, size);
                if (r < 0)
                        return r;
        }

        return 0;
}

static int copy_inode(Copy *c, const char *path, const ErofsStat *st) {
        _cleanup_free_ char *symlink = NULL;
        ErofsEntry entry = {
                .path = path,
                .mode = st->mode,
                .uid = st->uid,
                .gid = st->gid,
                .mtime_sec = st->mtime_sec,
                .mtime_nsec = st->mtime_nsec,
                .size = st->size,
                .rdev = st->rdev,
        };

        int r = xattr_list_read(&c->xattrs, c->from, st);
        if (r >= 0 && S_ISLNK(st->mode))
                r = erofs_reader_symlink(c->from, st, &symlink);
        if (r >= 0 && S_ISREG(st->mode))
                r = count_pieces(c, st, &entry.pieces);
        if (r >= 0 && S_ISDIR(st->mode))
                r = erofs_reader_is_implied(c->from, st->nid);
        if (r < 0)
                return r;

        entry.implied = S_ISDIR(st->mode) && r > 0;
        entry.symlink = symlink;
        entry.xattrs = c->xattrs.items;
        entry.n_xattrs = c->xattrs.n;
        r = erofs_writer_add(c->to, &entry, /* reterr_why= */ NULL);
        return r < 0 || !S_ISREG(st->mode) ? r : copy_data(c, st);
}

static int compare(const void *a, const void *b) {
        uint64_t x = ((const Link *) a)->nid, y = ((const Link *) b)->nid;
        return x < y ? -1 : x > y;
}

/* The link's first name, or NULL after this has been noted as the first. */
static int enter_link(Copy *c, uint64_t nid, const char *path, const char **ret) {
        size_t size = strlen(path) + 1;
        _cleanup_free_ Link *link = malloc(sizeof(Link) + size);
        if (!link)
                return -ENOMEM;
        link->nid = nid;
        memcpy(link->path, path, size);

        Link **slot = tsearch(link, &c->links, compare);
        if (!slot)
                return -ENOMEM;

        *ret = *slot == link ? NULL : (*slot)->path;
        if (*slot == link)
                TAKE_PTR(link);
        return 0;
}

static int copy_entry(Copy *c, const char *path, const ErofsStat *st) {
        const char *first = NULL;
        int r = 0;

        c->entries++;
        if (!S_ISDIR(st->mode) && st->nlink > 1)
                r = enter_link(c, st->nid, path, &first);
        if (r < 0)
                return r;

        return first ? erofs_writer_link(c->to, path, first, /* reterr_why= */ NULL)
                     : copy_inode(c, path, st);
}

static int add_directory(Copy *c, uint64_t nid, const char *path) {
        int r = array_reserve(&c->directories, &c->directories_allocated, c->n_directories,
                              sizeof(Directory));
        if (r < 0)
                return r;

        Directory d = { .nid = nid };
        r = str_copy(path, &d.path);
        if (r < 0)
                return r;

        c->directories[c->n_directories++] = d;
        return 0;
}

static int on_name(const char *name, uint64_t nid, mode_t type, void *userdata) {
        Copy *c = userdata;
        const char *parent = c->directories[c->next].path;
        char path[EROFS_PATH_MAX];
        ErofsStat st;

        int n = snprintf(path, sizeof(path), "%s%s%s", parent, parent[0] != '\0' ? "/" : "", name);
        if (n >= (int) sizeof(path))
                return -EUCLEAN;

        bool kept = appc_whitelist_has(c->kept, path);
        bool below = S_ISDIR(type) && appc_whitelist_reaches(c->kept, path);
        if (!kept && !below)
                return 0;

        int r = erofs_reader_inode(c->from, nid, &st);
        if (r < 0)
                return r;
        if ((st.mode & S_IFMT) != (type & S_IFMT))
                return -EUCLEAN;

        r = kept ? copy_entry(c, path, &st) : 0;
        return r >= 0 && below ? add_directory(c, nid, path) : r;
}

static int copy_names(Copy *c) {
        ErofsStat st;

        int r = erofs_reader_inode(c->from, c->directories[c->next].nid, &st);
        return r < 0 ? r : erofs_reader_list(c->from, &st, on_name, c);
}

static int copy_root(Copy *c) {
        ErofsStat st;

        int r = erofs_reader_inode(c->from, erofs_reader_root(c->from), &st);
        if (r >= 0 && !S_ISDIR(st.mode))
                r = -EUCLEAN;
        if (r >= 0)
                r = copy_inode(c, "", &st);

        return r < 0 ? r : add_directory(c, st.nid, "");
}

int layer_copy(ErofsReader *from, const AppcWhitelist *kept, ErofsWriter *to, uint64_t *ret_entries) {
        _cleanup_(copy_done) Copy c = { .from = from, .kept = kept, .to = to };

        c.buffer = malloc(BUFFER_SIZE);
        if (!c.buffer)
                return -ENOMEM;

        /* One after the other: a layer may be deeper than a stack. */
        int r = copy_root(&c);
        for (; r >= 0 && c.next < c.n_directories; c.next++)
                r = copy_names(&c);
        if (r < 0)
                return r;

        *ret_entries = c.entries;
        return 0;
}
