/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the order of an image: superblock and root; files as they come, their inodes between them;
 * directories last; the attachment behind all.
 * Never: reads archives; decides what an image may contain; writes a byte twice but for link counts.
 * Follows: EROFS core on-disk format; fs/erofs/erofs_fs.h of Linux 6.1. */

#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "basic/array.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "erofs/attachment.h"
#include "erofs/crc32c.h"
#include "erofs/directory.h"
#include "erofs/file.h"
#include "erofs/path.h"
#include "erofs/tree.h"
#include "erofs/writer.h"
#include "erofs/xattr.h"

/* The root's number must be below 65536, so it is in the first block, behind the superblock. */
#define ROOT_OFFSET (EROFS_SUPER_OFFSET + (uint32_t) sizeof(ErofsSuper))

/* What is kept of everything that is not a directory. */
typedef struct File {
        MetaPlace place;
        uint32_t nlink;
        uint8_t type;
        bool compact;
} File;

struct ErofsWriter {
        Output out;
        ErofsWriterFlags flags;
        Tree *tree;
        Meta *meta;
        File *files;
        size_t n_files, files_allocated;
        uint32_t n_regular; /* of them */
        uint32_t incompat;
        ErofsTime time;     /* of the first one; most have the same in many a layer */
        MetaPlace whiteout; /* all whiteouts are links to one inode */
        Attachment attachment;

        /* The regular file whose data is coming in. */
        FileData *data;
        ErofsInode inode;
        Blob xattrs;
        bool pending;
};

int erofs_writer_new(int fd, uint64_t max, ErofsWriterFlags flags, ErofsWriter **ret) {
        _cleanup_(erofs_writer_freep) ErofsWriter *w = calloc(1, sizeof(*w));
        int r;

        if (!w)
                return -ENOMEM;

        w->flags = flags;
        w->tree = tree_new();
        w->meta = meta_new(&w->out);
        w->data = file_data_new(&w->out);
        if (!w->tree || !w->meta || !w->data)
                return -ENOMEM;

        r = output_init(&w->out, fd, max);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(w);
        return 0;
}

uint64_t erofs_writer_max(const ErofsWriter *w) {
        return w->out.max;
}

ErofsWriter *erofs_writer_free(ErofsWriter *w) {
        if (!w)
                return NULL;

        blob_done(&w->xattrs);
        attachment_done(&w->attachment);
        file_data_free(w->data);
        meta_free(w->meta);
        tree_free(w->tree);
        output_done(&w->out);
        free(w->files);
        free(w);
        return NULL;
}

/* As Linux encodes device numbers for disks. */
static uint32_t encode_device(dev_t d) {
        return (minor(d) & 0xff) | (uint32_t) major(d) << 8 | (uint32_t) (minor(d) & ~0xffu) << 12;
}

static ErofsInode make_inode(const ErofsWriter *w, const ErofsEntry *e, size_t xattrs_size) {
        ErofsInode inode = {
                .format = htole16(EROFS_FORMAT_PLAIN),
                .xattr_count = htole16(xattrs_count(xattrs_size)),
                .mode = htole16(e->mode & (S_IFMT | 07777)),
                .data = htole32(S_ISCHR(e->mode) || S_ISBLK(e->mode) ? encode_device(e->rdev) : 0),
                .ino = htole32(w->n_files + 1),
                .uid = htole32(e->uid),
                .gid = htole32(e->gid),
                .mtime = htole64(e->mtime_sec),
                .mtime_nsec = htole32(e->mtime_nsec),
                .nlink = htole32(1),
        };

        inode_choose(&inode, e->size, &w->time);
        return inode;
}

static size_t room_behind(const ErofsInode *inode, size_t xattrs_size) {
        size_t used = inode_size(le16toh(inode->format)) + xattrs_size;
        return used < EROFS_BLOCK_SIZE ? EROFS_BLOCK_SIZE - used : 0;
}

/* The file or symbolic link whose data is complete gets its inode. */
static int end_pending(ErofsWriter *w) {
        MetaItem item = { &w->inode, w->xattrs.data, w->xattrs.size };
        int r;

        if (!w->pending)
                return 0;
        w->pending = false;

        r = file_data_end(w->data, room_behind(&w->inode, w->xattrs.size), &item, &w->inode);
        if (r < 0)
                return r;
        if (le16toh(w->inode.format) & EROFS_FORMAT_CHUNKS)
                w->incompat |= EROFS_INCOMPAT_CHUNKS;

        r = meta_add(w->meta, &item, &w->files[w->n_files - 1].place);
        blob_done(&w->xattrs);
        return r;
}

static int check_entry(const ErofsEntry *e, char **reterr_why) {
        if (directory_type(e->mode) == 0 || (S_ISLNK(e->mode) && !e->symlink))
                return -EINVAL;
        if (e->path ? !path_is_clean(e->path) : !S_ISREG(e->mode))
                return -EINVAL;
        if (S_ISLNK(e->mode) && (e->symlink[0] == '\0' || strlen(e->symlink) > EROFS_SYMLINK_MAX))
                return refuse(reterr_why, -EBADMSG, "a symbolic link has 1 to %d bytes, not %zu",
                              EROFS_SYMLINK_MAX, strlen(e->symlink));
        if (S_ISREG(e->mode) && e->size > FILE_SIZE_MAX)
                return refuse(reterr_why, -EFBIG, "it is larger than 16 TiB");
        if (e->uid == UINT32_MAX || e->gid == UINT32_MAX)
                return refuse(reterr_why, -EBADMSG, "its owner is no valid user or group");
        if (e->mtime_nsec >= 1000000000)
                return -EINVAL;

        return 0;
}

static int check_unique(const ErofsWriter *w, const Node *node, char **reterr_why) {
        if (!(w->flags & EROFS_UNIQUE) || node->kind == NODE_NEW)
                return 0;

        return refuse(reterr_why, -EEXIST, "there is an entry of that name already");
}

static int add_directory(ErofsWriter *w, const ErofsEntry *e, Blob *xattrs, char **reterr_why) {
        uint32_t index = 0;
        int r;

        if (e->path[0] != '\0') {
                Node *node;
                r = tree_enter(w->tree, e->path, &node, reterr_why);
                if (r < 0)
                        return r;
                if (node->kind != NODE_DIRECTORY) {
                        r = check_unique(w, node, reterr_why);
                        if (r < 0)
                                return r;
                }
                r = tree_make_directory(w->tree, node);
                if (r < 0)
                        return r;
                index = node->index;
        }

        Directory *d = tree_directory(w->tree, index);
        if (d->is_explicit && (w->flags & EROFS_UNIQUE))
                return refuse(reterr_why, -EEXIST, "there is an entry of that name already");
        if (index == 0 && xattrs->size > EROFS_BLOCK_SIZE - ROOT_OFFSET - 2 * sizeof(ErofsInode))
                return refuse(reterr_why, -E2BIG,
                              "the root directory's extended attributes are larger than 2816 bytes");

        free(d->xattrs);
        d->xattrs_size = xattrs->size;
        d->xattrs = TAKE_BLOB(*xattrs).data;
        d->is_explicit = !e->implied;
        d->mode = e->mode & 07777;
        d->uid = e->uid;
        d->gid = e->gid;
        d->mtime = e->mtime_sec;
        d->mtime_nsec = e->mtime_nsec;
        return 0;
}

static int new_file(ErofsWriter *w, mode_t mode, uint32_t *ret) {
        int r = array_reserve(&w->files, &w->files_allocated, w->n_files, sizeof(File));
        if (r < 0)
                return r;

        w->files[w->n_files] = (File) {
                .type = directory_type(mode),
                .compact = !(le16toh(w->inode.format) & EROFS_EXTENDED),
        };
        w->n_regular += S_ISREG(mode);
        *ret = w->n_files++;
        return 0;
}

/* The node is to become a file. */
static int enter_file(ErofsWriter *w, const char *path, Node **ret, char **reterr_why) {
        Node *node;
        int r;

        r = tree_enter(w->tree, path, &node, reterr_why);
        if (r < 0)
                return r;
        r = check_unique(w, node, reterr_why);
        if (r < 0)
                return r;

        *ret = node;
        return 0;
}

static int add_file(ErofsWriter *w, const ErofsEntry *e, Blob *xattrs, char **reterr_why) {
        Node *node = NULL;
        uint32_t index;
        int r;

        r = e->path ? enter_file(w, e->path, &node, reterr_why) : 0;
        if (r < 0)
                return r;

        if (w->n_files == 0)
                w->time = (ErofsTime) { e->mtime_sec, e->mtime_nsec };
        w->inode = make_inode(w, e, xattrs->size);
        w->xattrs = TAKE_BLOB(*xattrs);
        r = new_file(w, e->mode, &index);
        if (r < 0)
                return r;
        if (node) {
                node->kind = NODE_FILE;
                node->index = index;
        }

        w->pending = true;
        if (S_ISLNK(e->mode)) {
                file_data_begin(w->data, strlen(e->symlink), 0);
                return file_data_put(w->data, 0, e->symlink, strlen(e->symlink));
        }

        file_data_begin(w->data, S_ISREG(e->mode) ? e->size : 0, e->pieces);
        return 0;
}

int erofs_writer_add(ErofsWriter *w, const ErofsEntry *e, char **reterr_why) {
        _cleanup_blob_ Blob xattrs = {};
        int r;

        r = end_pending(w);
        if (r < 0)
                return r;
        r = check_entry(e, reterr_why);
        if (r < 0)
                return r;
        r = xattrs_encode(e->xattrs, e->n_xattrs, &xattrs, reterr_why);
        if (r < 0)
                return r;

        if (S_ISDIR(e->mode))
                return add_directory(w, e, &xattrs, reterr_why);
        return add_file(w, e, &xattrs, reterr_why);
}

int erofs_writer_data(ErofsWriter *w, uint64_t offset, const void *data, size_t size) {
        return w->pending ? file_data_put(w->data, offset, data, size) : -EINVAL;
}

int erofs_writer_link(ErofsWriter *w, const char *path, const char *target, char **reterr_why) {
        Node *node;
        int r;

        if (!path_is_clean(path) || !path_is_clean(target))
                return -EINVAL;

        const Node *to = tree_find(w->tree, target);
        if (!to || to->kind != NODE_FILE) {
                _cleanup_free_ char *name = str_escape(target, strlen(target), EROFS_PATH_MAX);
                return refuse(reterr_why, -ENOLINK,
                              "it is a hard link to '%s', which is no file that came before it in this layer",
                              name ?: "…");
        }

        r = enter_file(w, path, &node, reterr_why);
        if (r < 0)
                return r;

        node->kind = NODE_FILE;
        node->index = to->index;
        return 0;
}

int erofs_writer_whiteout(ErofsWriter *w, const char *path, char **reterr_why) {
        Node *node;
        int r;

        if (!path_is_clean(path))
                return -EINVAL;
        r = tree_enter(w->tree, path, &node, reterr_why);
        if (r < 0)
                return r;

        node->hides = true;
        if (node->kind == NODE_NEW)
                node->kind = NODE_WHITEOUT;
        return 0;
}

int erofs_writer_opaque(ErofsWriter *w, const char *path, char **reterr_why) {
        uint32_t index = 0;
        Node *node;
        int r;

        if (!path_is_clean(path))
                return -EINVAL;

        if (path[0] != '\0') {
                r = tree_enter(w->tree, path, &node, reterr_why);
                if (r < 0)
                        return r;
                if (node->kind == NODE_FILE)
                        return refuse(reterr_why, -ENOTDIR, "what it makes opaque is not a directory");
                r = tree_make_directory(w->tree, node);
                if (r < 0)
                        return r;
                index = node->index;
        }

        tree_directory(w->tree, index)->opaque = true;
        return 0;
}

void erofs_writer_keep(ErofsWriter *w, const char *path) {
        tree_keep(w->tree, path_is_clean(path) ? path : "");
}

/* Counts the names of each file and all inodes, and adds that of the whiteouts if there are any. */
static int count_links(ErofsWriter *w, uint64_t *ret_inodes) {
        Node *const *nodes;
        uint64_t inodes = 1; /* the root */
        uint32_t whiteouts = 0;
        size_t n;
        int r;

        r = tree_sort(w->tree, &nodes, &n);
        if (r < 0)
                return r;

        for (size_t i = 0; i < n; i++)
                if (nodes[i]->kind == NODE_WHITEOUT)
                        whiteouts++;
                else if (nodes[i]->kind == NODE_DIRECTORY || w->files[nodes[i]->index].nlink++ == 0)
                        inodes++;

        if (whiteouts > 0) {
                ErofsInode inode = {
                        .format = htole16(EROFS_FORMAT_PLAIN | EROFS_EXTENDED),
                        .mode = htole16(S_IFCHR),
                        .nlink = htole32(whiteouts),
                };
                r = meta_add(w->meta, &(MetaItem) { &inode }, &w->whiteout);
                if (r < 0)
                        return r;
                inodes++;
        }

        *ret_inodes = inodes;
        return 0;
}

static int patch_link(ErofsWriter *w, const File *f) {
        uint64_t inode = meta_nid(w->meta, f->place) * EROFS_SLOT_SIZE;
        uint32_t nlink = htole32(f->nlink);

        if (!f->compact)
                return output_patch(&w->out, inode + offsetof(ErofsInode, nlink), &nlink, sizeof(nlink));
        if (f->nlink > UINT16_MAX)
                return -EMLINK;

        uint16_t few = htole16(f->nlink);
        return output_patch(&w->out, inode + offsetof(ErofsCompactInode, nlink), &few, sizeof(few));
}

/* Inodes are written before it is known how many names they have. */
static int patch_links(ErofsWriter *w) {
        int r;

        r = output_flush(&w->out);
        if (r < 0)
                return r;

        for (size_t i = 0; i < w->n_files; i++) {
                r = w->files[i].nlink != 1 ? patch_link(w, &w->files[i]) : 0;
                if (r < 0)
                        return r;
        }

        return 0;
}

static DirectoryTarget resolve(const Node *node, void *userdata) {
        const ErofsWriter *w = userdata;

        if (node->kind == NODE_WHITEOUT)
                return (DirectoryTarget) { meta_nid(w->meta, w->whiteout), directory_type(S_IFCHR) };

        const File *f = &w->files[node->index];
        return (DirectoryTarget) { meta_nid(w->meta, f->place), f->type };
}

static void place_super(const ErofsWriter *w, uint64_t inodes, const uint8_t *uuid,
                        uint8_t first[static EROFS_BLOCK_SIZE]) {
        ErofsSuper super = {
                .magic = htole32(EROFS_MAGIC),
                .compat = htole32(EROFS_COMPAT_CHECKSUM | EROFS_COMPAT_MTIME),
                .block_bits = EROFS_BLOCK_BITS,
                .root_nid = htole16(ROOT_OFFSET / EROFS_SLOT_SIZE),
                .inodes = htole64(inodes),
                .time = htole64(w->time.sec),
                .time_nsec = htole32(w->time.nsec),
                .blocks = htole32(output_block(&w->out)),
                .incompat = htole32(w->incompat),
        };

        memcpy(super.uuid, uuid, sizeof(super.uuid));
        memcpy(first + EROFS_SUPER_OFFSET, &super, sizeof(super));

        /* Over the rest of the block, itself being zero. */
        uint32_t sum = crc32c(~0u, first + EROFS_SUPER_OFFSET, EROFS_BLOCK_SIZE - EROFS_SUPER_OFFSET);
        super.checksum = htole32(sum);
        memcpy(first + EROFS_SUPER_OFFSET, &super, sizeof(super));
}

int erofs_writer_attach(ErofsWriter *w, const void *data, size_t size) {
        return attachment_append(&w->attachment, data, size);
}

static uint32_t list_files(const ErofsWriter *w, uint64_t *ret) {
        uint32_t n = 0;

        for (size_t i = 0; i < w->n_files; i++)
                if (w->files[i].type == directory_type(S_IFREG))
                        ret[n++] = meta_nid(w->meta, w->files[i].place);

        return n;
}

static uint32_t list_implied(const ErofsWriter *w, uint64_t *ret) {
        uint32_t n = 0;

        for (size_t i = 0; i < tree_directories(w->tree); i++) {
                const Directory *d = tree_directory(w->tree, i);
                if (d->alive && !d->is_explicit)
                        ret[n++] = d->nid;
        }

        return n;
}

/* Once it is known where everything is. */
static int write_attachment(ErofsWriter *w) {
        size_t most = (size_t) w->n_regular + tree_directories(w->tree);
        _cleanup_free_ uint64_t *nids = calloc(most, sizeof(*nids));
        if (!nids)
                return -ENOMEM;

        uint32_t n_files = w->attachment.size > 0 ? list_files(w, nids) : 0;
        uint32_t n_implied = list_implied(w, nids + n_files);
        if (w->attachment.size == 0 && n_implied == 0)
                return 0;

        int r = attachment_write(&w->attachment, nids, n_files, n_implied, &w->out);
        return r < 0 ? r : output_flush(&w->out);
}

int erofs_writer_finish(ErofsWriter *w, const uint8_t uuid[static 16]) {
        uint8_t first[EROFS_BLOCK_SIZE] = {};
        uint64_t inodes;
        int r;

        r = end_pending(w);
        if (r < 0)
                return r;
        r = count_links(w, &inodes);
        if (r < 0)
                return r;
        r = meta_flush(w->meta);
        if (r < 0)
                return r;
        r = patch_links(w);
        if (r < 0)
                return r;
        r = directories_write(w->tree, &w->out, &(DirectoryContext) { resolve, w, w->time, w->n_files + 1 },
                              first, ROOT_OFFSET);
        if (r < 0)
                return r;
        r = output_flush(&w->out);
        if (r < 0)
                return r;

        place_super(w, inodes, uuid, first);
        r = output_patch(&w->out, 0, first, sizeof(first));
        if (r < 0)
                return r;
        return write_attachment(w);
}
