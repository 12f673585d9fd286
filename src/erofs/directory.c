/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the bytes of directories and where they lie.
 * Never: sorts; knows files.
 * Follows: EROFS core on-disk format, "Directories". */

#include <string.h>
#include <sys/stat.h>

#include "erofs/directory.h"
#include "erofs/meta.h"
#include "erofs/xattr.h"

typedef struct Work {
        Tree *tree;
        Output *out;
        const DirectoryContext *context;
        uint32_t ino;
} Work;

static const mode_t types[] = { 0, S_IFREG, S_IFDIR, S_IFCHR, S_IFBLK, S_IFIFO, S_IFSOCK, S_IFLNK };

uint8_t directory_type(mode_t mode) {
        for (uint8_t i = 1; i < ELEMENTSOF(types); i++)
                if (types[i] == (mode & S_IFMT))
                        return i;

        return 0;
}

mode_t directory_mode(uint8_t type) {
        return type < ELEMENTSOF(types) ? types[type] : 0;
}

/* Goes through a directory's entries; "." and ".." sort among the others. */
typedef struct EntryCursor {
        const Directory *directory;
        uint32_t child, dots; /* how many of both kinds are done */
} EntryCursor;

static const char *const dots[] = { ".", ".." };

static bool next_is_dots(const EntryCursor *c) {
        if (c->dots == ELEMENTSOF(dots))
                return false;

        return c->child == c->directory->n_children ||
               strcmp(dots[c->dots], c->directory->children[c->child]->name) < 0;
}

/* NULL at the end. */
static const char *next_name(const EntryCursor *c) {
        if (next_is_dots(c))
                return dots[c->dots];

        return c->child < c->directory->n_children ? c->directory->children[c->child]->name : NULL;
}

static DirectoryTarget next_target(const Work *w, const EntryCursor *c) {
        const Directory *d = c->directory;

        if (next_is_dots(c)) {
                if (c->dots > 0)
                        d = tree_directory(w->tree, d->parent);
        } else {
                const Node *node = d->children[c->child];
                if (node->kind != NODE_DIRECTORY)
                        return w->context->resolve(node, w->context->userdata);
                d = tree_directory(w->tree, node->index);
        }

        return (DirectoryTarget) { d->nid, directory_type(S_IFDIR) };
}

static void advance(EntryCursor *c) {
        if (next_is_dots(c))
                c->dots++;
        else
                c->child++;
}

/* Moves on by as many entries as fit into a block. Returns how many there are and what they take. */
static size_t measure_block(EntryCursor *c, size_t *ret_size) {
        size_t n = 0, size = 0;

        for (const char *name = next_name(c); name; name = next_name(c)) {
                size_t more = sizeof(ErofsDirent) + strlen(name);
                if (size + more > EROFS_BLOCK_SIZE)
                        break;
                size += more;
                n++;
                advance(c);
        }

        *ret_size = size;
        return n;
}

/* Makes the next block and moves on. Returns how much of it is used. */
static size_t make_block(const Work *w, EntryCursor *c, uint8_t ret[static EROFS_BLOCK_SIZE]) {
        EntryCursor ahead = *c;
        size_t size, n = measure_block(&ahead, &size), name_offset = n * sizeof(ErofsDirent);

        memset(ret, 0, EROFS_BLOCK_SIZE);
        for (size_t i = 0; i < n; i++) {
                const char *name = next_name(c);
                size_t name_size = strlen(name);
                DirectoryTarget target = next_target(w, c);
                ErofsDirent entry = {
                        .nid = htole64(target.nid),
                        .name_offset = htole16(name_offset),
                        .type = target.type,
                };

                memcpy(ret + i * sizeof(entry), &entry, sizeof(entry));
                memcpy(ret + name_offset, name, name_size);
                name_offset += name_size;
                advance(c);
        }

        return size;
}

static int append_opaque(Directory *d) {
        Blob encoded = { d->xattrs, d->xattrs_size };
        int r;

        r = xattrs_append(&encoded, &(ErofsXattr) { "trusted.overlay.opaque", "y", 1 });
        if (r < 0)
                return r;

        d->xattrs = encoded.data;
        d->xattrs_size = encoded.size;
        return 0;
}

static size_t tail_size(const Directory *d) {
        return d->size % EROFS_BLOCK_SIZE;
}

/* Whether the last, not full block follows the inode, which then fit into one block together. */
static bool is_inlined(const Directory *d, size_t room) {
        return tail_size(d) > 0 && inode_size(d->format) + d->xattrs_size + tail_size(d) <= room;
}

/* All of it but where its entries are. */
static ErofsInode make_inode(const Work *w, const Directory *d) {
        ErofsInode inode = {
                .format = htole16(EROFS_FORMAT_PLAIN),
                .xattr_count = htole16(xattrs_count(d->xattrs_size)),
                .mode = htole16(S_IFDIR | d->mode),
                .size = htole64(d->size),
                .uid = htole32(d->uid),
                .gid = htole32(d->gid),
                .mtime = htole64(d->mtime),
                .mtime_nsec = htole32(d->mtime_nsec),
                .nlink = htole32(d->nlink),
        };

        inode_choose(&inode, d->size, &w->context->time);
        return inode;
}

/* The size of the entries, and the block they begin at if they get blocks from `*block` on. */
static int lay_out_entries(const Work *w, Directory *d, size_t room, uint64_t *block) {
        EntryCursor c = { .directory = d };
        size_t used;
        int r;

        if (d->opaque) {
                r = append_opaque(d);
                if (r < 0)
                        return r;
        }

        d->size = 0;
        while (measure_block(&c, &used) > 0)
                d->size += next_name(&c) ? EROFS_BLOCK_SIZE : used;
        d->format = le16toh(make_inode(w, d).format);

        if (*block + d->size / EROFS_BLOCK_SIZE >= UINT32_MAX)
                return -EFBIG;
        d->block = *block;
        *block += d->size / EROFS_BLOCK_SIZE + (tail_size(d) > 0 && !is_inlined(d, room));
        return 0;
}

/* Puts the inode at `*position`, or behind it, if its parts must not be torn. */
static void lay_out_inode(Directory *d, uint64_t *position) {
        size_t extra = is_inlined(d, EROFS_BLOCK_SIZE) ? tail_size(d) : 0;
        size_t size = inode_size(d->format) + d->xattrs_size + extra;

        if (!meta_fits(*position % EROFS_BLOCK_SIZE, d->format, extra > 0 ? d->xattrs_size + extra : 0))
                *position = (*position + EROFS_BLOCK_SIZE - 1) & -(uint64_t) EROFS_BLOCK_SIZE;

        d->nid = *position / EROFS_SLOT_SIZE;
        *position += (size + EROFS_SLOT_SIZE - 1) & -EROFS_SLOT_SIZE;
}

static int lay_out(Work *w, size_t root_offset) {
        uint64_t block = output_block(w->out);
        size_t n = tree_directories(w->tree), root_room = EROFS_BLOCK_SIZE - root_offset;

        for (size_t i = 0; i < n; i++) {
                Directory *d = tree_directory(w->tree, i);
                if (!d->alive)
                        continue;

                int r = lay_out_entries(w, d, i == 0 ? root_room : EROFS_BLOCK_SIZE, &block);
                if (r < 0)
                        return r;
        }

        tree_directory(w->tree, 0)->nid = root_offset / EROFS_SLOT_SIZE;
        uint64_t position = block * EROFS_BLOCK_SIZE;
        for (size_t i = 1; i < n; i++)
                if (tree_directory(w->tree, i)->alive)
                        lay_out_inode(tree_directory(w->tree, i), &position);

        return 0;
}

static int write_entries(Work *w, const Directory *d, size_t room) {
        uint8_t block[EROFS_BLOCK_SIZE];
        EntryCursor c = { .directory = d };

        while (next_name(&c)) {
                (void) make_block(w, &c, block);
                if (!next_name(&c) && is_inlined(d, room))
                        break;

                int r = output_write(w->out, block, sizeof(block));
                if (r < 0)
                        return r;
        }

        return 0;
}

/* The inode and its tail, if that is inlined, in `tail`. */
static MetaItem make_item(Work *w, const Directory *d, size_t room, ErofsInode *inode, uint8_t *tail) {
        bool inlined = is_inlined(d, room);

        *inode = make_inode(w, d);
        inode->format |= htole16(inlined ? EROFS_FORMAT_INLINE : EROFS_FORMAT_PLAIN);
        inode->data = htole32(d->block);
        inode->ino = htole32(w->ino++);

        if (inlined) {
                EntryCursor c = { .directory = d };
                while (next_name(&c))
                        (void) make_block(w, &c, tail);
        }

        return (MetaItem) {
                .inode = inode,
                .xattrs = d->xattrs,
                .xattrs_size = d->xattrs_size,
                .extra = tail,
                .extra_size = inlined ? tail_size(d) : 0,
        };
}

static int write_inode(Work *w, const Directory *d) {
        uint8_t tail[EROFS_BLOCK_SIZE];
        ErofsInode inode;
        int r;

        r = output_zero(w->out, d->nid * EROFS_SLOT_SIZE - w->out->position);
        if (r < 0)
                return r;

        MetaItem item = make_item(w, d, EROFS_BLOCK_SIZE, &inode, tail);
        return meta_write(w->out, &item);
}

static void place_root(Work *w, uint8_t *to, size_t room) {
        const Directory *d = tree_directory(w->tree, 0);
        uint8_t tail[EROFS_BLOCK_SIZE], encoded[sizeof(ErofsInode)];
        ErofsInode inode;

        MetaItem item = make_item(w, d, room, &inode, tail);
        to = mempcpy(to, encoded, inode_encode(&inode, encoded));
        if (item.xattrs_size > 0)
                to = mempcpy(to, item.xattrs, item.xattrs_size);
        memcpy(to, item.extra, item.extra_size);
}

int directories_write(Tree *t, Output *out, const DirectoryContext *context,
                      uint8_t root[static EROFS_BLOCK_SIZE], size_t root_offset) {
        Work w = { t, out, context, context->first_ino };
        size_t n = tree_directories(t), root_room = EROFS_BLOCK_SIZE - root_offset;
        int r;

        r = lay_out(&w, root_offset);
        if (r < 0)
                return r;
        if (inode_size(tree_directory(t, 0)->format) + tree_directory(t, 0)->xattrs_size > root_room)
                return -E2BIG;

        for (size_t i = 0; i < n; i++) {
                const Directory *d = tree_directory(t, i);
                r = d->alive ? write_entries(&w, d, i == 0 ? root_room : EROFS_BLOCK_SIZE) : 0;
                if (r < 0)
                        return r;
        }

        place_root(&w, root + root_offset, root_room);
        for (size_t i = 1; i < n; i++) {
                r = tree_directory(t, i)->alive ? write_inode(&w, tree_directory(t, i)) : 0;
                if (r < 0)
                        return r;
        }

        return output_align(out, EROFS_BLOCK_SIZE);
}
