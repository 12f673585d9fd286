/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what an image of the writer's says: inodes, data, names, attributes, the attachment.
 * Never: believes it; reads what the writer does not write; allocates more than the file is large.
 * Follows: EROFS core on-disk format; erofs/format.h. */

#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "basic/varint.h"
#include "erofs/crc32c.h"
#include "erofs/directory.h"
#include "erofs/file.h"
#include "erofs/inode.h"
#include "erofs/path.h"
#include "erofs/reader.h"
#include "erofs/xattr.h"

#define HOLE UINT64_MAX /* no place in the image */

struct ErofsReader {
        int fd;        /* borrowed */
        uint64_t size; /* of the file system; then comes the attachment */
        uint64_t root;
        ErofsTime time; /* of compact inodes */
        uint64_t attachment_size, table_size;
        uint32_t n_files, n_implied;
        uint64_t *nids; /* of the regular files, then of the implied directories; NULL until somebody asks for one */
};

/* What is not there is missing, be it that the image says so or that the file is shorter than it was. */
static int read_at(int fd, uint64_t offset, void *buf, size_t size) {
        for (uint8_t *p = buf; size > 0;) {
                ssize_t n = pread(fd, p, size, offset);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        return n < 0 ? -errno : -EUCLEAN;

                p += n;
                size -= n;
                offset += n;
        }

        return 0;
}

/* From within the file system. */
static int read_image(const ErofsReader *reader, uint64_t offset, void *buf, size_t size) {
        if (offset > reader->size || size > reader->size - offset)
                return -EUCLEAN;

        return read_at(reader->fd, offset, buf, size);
}

static bool super_is_ours(uint8_t block[static EROFS_BLOCK_SIZE], ErofsSuper *ret) {
        ErofsSuper *super = (ErofsSuper *) (block + EROFS_SUPER_OFFSET);

        *ret = *super;
        super->checksum = 0;
        uint32_t sum = crc32c(~0u, super, EROFS_BLOCK_SIZE - EROFS_SUPER_OFFSET);

        return le32toh(ret->magic) == EROFS_MAGIC && le32toh(ret->checksum) == sum &&
               ret->block_bits == EROFS_BLOCK_BITS && ret->extension_slots == 0 && ret->meta_block == 0 &&
               (le32toh(ret->incompat) & ~EROFS_INCOMPAT_CHUNKS) == 0;
}

static int read_super(ErofsReader *reader, uint64_t file_size) {
        uint8_t block[EROFS_BLOCK_SIZE];
        ErofsSuper super;
        int r;

        r = read_at(reader->fd, 0, block, sizeof(block));
        if (r < 0)
                return r;
        if (!super_is_ours(block, &super))
                return -EUCLEAN;

        reader->size = (uint64_t) le32toh(super.blocks) * EROFS_BLOCK_SIZE;
        reader->root = le16toh(super.root_nid);
        reader->time = (ErofsTime) { le64toh(super.time), le32toh(super.time_nsec) };
        return reader->size > file_size ? -EUCLEAN : 0;
}

static bool footer_is_ours(const ErofsFooter *f, uint64_t room) {
        uint64_t attachment = le64toh(f->attachment_size), table = le64toh(f->table_size);

        if (memcmp(f->magic, EROFS_FOOTER_MAGIC, sizeof(f->magic)) != 0 ||
            le32toh(f->version) != EROFS_FOOTER_VERSION ||
            le32toh(f->checksum) != crc32c(~0u, f, offsetof(ErofsFooter, checksum)))
                return false;
        if (attachment > room || table > room - attachment)
                return false;

        /* Where it ends a block begins, and no number takes less than a byte. */
        return room - attachment - table < EROFS_BLOCK_SIZE &&
               (uint64_t) le32toh(f->files) + le32toh(f->implied) <= table;
}

static int read_footer(ErofsReader *reader, uint64_t file_size) {
        uint64_t room = file_size - reader->size;
        ErofsFooter footer;
        int r;

        if (room == 0)
                return 0;
        if (room % EROFS_BLOCK_SIZE > 0)
                return -EUCLEAN;

        r = read_at(reader->fd, file_size - sizeof(footer), &footer, sizeof(footer));
        if (r < 0)
                return r;
        if (!footer_is_ours(&footer, room - sizeof(footer)))
                return -EUCLEAN;

        reader->attachment_size = le64toh(footer.attachment_size);
        reader->table_size = le64toh(footer.table_size);
        reader->n_files = le32toh(footer.files);
        reader->n_implied = le32toh(footer.implied);
        return 0;
}

int erofs_reader_open(int fd, ErofsReader **ret) {
        _cleanup_(erofs_reader_freep) ErofsReader *reader = calloc(1, sizeof(*reader));
        struct stat st;
        int r;

        if (!reader)
                return -ENOMEM;
        if (fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode))
                return -EUCLEAN;

        reader->fd = fd;
        r = read_super(reader, st.st_size);
        if (r < 0)
                return r;
        r = read_footer(reader, st.st_size);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(reader);
        return 0;
}

ErofsReader *erofs_reader_free(ErofsReader *reader) {
        if (reader)
                free(reader->nids);
        free(reader);
        return NULL;
}

static int read_blob(int fd, uint64_t offset, size_t size, Blob *ret) {
        _cleanup_blob_ Blob blob = { malloc(size + 1), size };

        if (!blob.data)
                return -ENOMEM;

        int r = read_at(fd, offset, blob.data, size);
        if (r < 0)
                return r;

        *ret = TAKE_BLOB(blob);
        return 0;
}

int erofs_reader_attachment(const ErofsReader *reader, Blob *ret) {
        if (reader->attachment_size == 0)
                return -ENODATA;

        return read_blob(reader->fd, reader->size, reader->attachment_size, ret);
}

static int read_table(ErofsReader *reader) {
        size_t n = (size_t) reader->n_files + reader->n_implied;
        _cleanup_blob_ Blob table = {};
        uint64_t nid = 0, difference;
        int r;

        if (reader->nids)
                return 0;

        _cleanup_free_ uint64_t *nids = calloc(n + 1, sizeof(*nids));
        if (!nids)
                return -ENOMEM;
        r = read_blob(reader->fd, reader->size + reader->attachment_size, reader->table_size, &table);
        if (r < 0)
                return r;

        Cursor c = cursor_of(table.data, table.size);
        for (size_t i = 0; i < n; i++) {
                if (!varint_take(&c, &difference))
                        return -EUCLEAN;
                nids[i] = nid = varint_add(nid, difference);
        }
        if (c.n > 0)
                return -EUCLEAN;

        reader->nids = TAKE_PTR(nids);
        return 0;
}

int erofs_reader_file(ErofsReader *reader, uint32_t number, ErofsStat *ret) {
        ErofsStat st;
        int r;

        if (number >= reader->n_files)
                return -ERANGE;

        r = read_table(reader);
        if (r < 0)
                return r;
        r = erofs_reader_inode(reader, reader->nids[number], &st);
        if (r < 0)
                return r;
        if (!S_ISREG(st.mode))
                return -EUCLEAN;

        *ret = st;
        return 0;
}

static int compare_nids(const void *a, const void *b) {
        uint64_t x = *(const uint64_t *) a, y = *(const uint64_t *) b;
        return x < y ? -1 : x > y;
}

uint32_t erofs_reader_n_implied(const ErofsReader *reader) {
        return reader->n_implied;
}

/* They are in ascending order, or some are not found. */
int erofs_reader_is_implied(ErofsReader *reader, uint64_t nid) {
        if (reader->n_implied == 0)
                return 0;

        int r = read_table(reader);
        return r < 0 ? r
                     : bsearch(&nid, reader->nids + reader->n_files, reader->n_implied, sizeof(nid),
                               compare_nids) != NULL;
}

uint64_t erofs_reader_root(const ErofsReader *reader) {
        return reader->root;
}

static dev_t decode_device(uint32_t d) {
        return makedev(d >> 8 & 0xfff, (d & 0xff) | (d >> 12 & 0xfff00));
}

static bool has_data(mode_t mode) {
        return S_ISREG(mode) || S_ISDIR(mode) || S_ISLNK(mode);
}

static uint16_t layout_of(const ErofsStat *st) {
        return st->format & ~EROFS_EXTENDED;
}

static bool stat_is_sound(const ErofsStat *st) {
        switch (layout_of(st)) {
        case EROFS_FORMAT_PLAIN: break;
        case EROFS_FORMAT_INLINE:
        case EROFS_FORMAT_CHUNKS:
                if (st->size == 0)
                        return false;
                break;
        default: return false;
        }

        return directory_type(st->mode) > 0 && st->mtime_nsec < 1000000000 &&
               st->size <= (has_data(st->mode) ? FILE_SIZE_MAX : 0) &&
               (layout_of(st) != EROFS_FORMAT_CHUNKS || S_ISREG(st->mode));
}

/* Behind a compact one there is room for the rest of an extended one, be it the last of the image: meta_fits(). */
static int read_inode(const ErofsReader *reader, uint64_t nid, ErofsInode *ret) {
        uint8_t encoded[sizeof(ErofsInode)];

        if (nid >= reader->size / EROFS_SLOT_SIZE)
                return -EUCLEAN;
        int r = read_image(reader, nid * EROFS_SLOT_SIZE, encoded, sizeof(encoded));
        if (r < 0)
                return r;

        inode_decode(encoded, &reader->time, ret);
        return 0;
}

int erofs_reader_inode(const ErofsReader *reader, uint64_t nid, ErofsStat *ret) {
        ErofsInode inode;

        int r = read_inode(reader, nid, &inode);
        if (r < 0)
                return r;

        ErofsStat st = {
                .nid = nid,
                .mode = le16toh(inode.mode),
                .uid = le32toh(inode.uid),
                .gid = le32toh(inode.gid),
                .mtime_sec = le64toh(inode.mtime),
                .mtime_nsec = le32toh(inode.mtime_nsec),
                .size = le64toh(inode.size),
                .nlink = le32toh(inode.nlink),
                .format = le16toh(inode.format),
                .xattr_count = le16toh(inode.xattr_count),
                .data = le32toh(inode.data),
        };
        if (S_ISCHR(st.mode) || S_ISBLK(st.mode))
                st.rdev = decode_device(st.data);
        if (!stat_is_sound(&st))
                return -EUCLEAN;

        *ret = st;
        return 0;
}

/* Where it is that follows an inode and its attributes: the end of the data, or the addresses of chunks. */
static uint64_t extra_offset(const ErofsStat *st) {
        return st->nid * EROFS_SLOT_SIZE + inode_size(st->format) + xattrs_size(st->xattr_count);
}

/* How much can be read at once from `offset` on, and where from. */
static int find_chunk(const ErofsReader *reader, const ErofsStat *st, uint64_t offset, uint64_t *ret_size,
                      uint64_t *ret_from) {
        unsigned bits = EROFS_BLOCK_BITS + st->data;
        uint32_t block;

        if (st->data > EROFS_CHUNK_BITS_MAX)
                return -EUCLEAN;

        int r = read_image(reader, extra_offset(st) + (offset >> bits) * sizeof(block), &block,
                           sizeof(block));
        if (r < 0)
                return r;

        uint64_t within = offset & ((UINT64_C(1) << bits) - 1);
        block = le32toh(block);
        *ret_size = (UINT64_C(1) << bits) - within;
        *ret_from = block == EROFS_HOLE ? HOLE : (uint64_t) block * EROFS_BLOCK_SIZE + within;
        return 0;
}

static int find_data(const ErofsReader *reader, const ErofsStat *st, uint64_t offset, uint64_t *ret_size,
                     uint64_t *ret_from) {
        uint64_t tail = layout_of(st) == EROFS_FORMAT_INLINE ? st->size % EROFS_BLOCK_SIZE : 0;
        uint64_t whole = st->size - tail;

        if (layout_of(st) == EROFS_FORMAT_CHUNKS)
                return find_chunk(reader, st, offset, ret_size, ret_from);

        if (offset < whole) {
                *ret_size = whole - offset;
                *ret_from = (uint64_t) st->data * EROFS_BLOCK_SIZE + offset;
        } else {
                *ret_size = st->size - offset;
                *ret_from = extra_offset(st) + (offset - whole);
        }

        return 0;
}

int erofs_reader_data(const ErofsReader *reader, const ErofsStat *st, uint64_t offset, void *buf,
                      size_t size) {
        uint8_t *p = buf;

        if (!has_data(st->mode) || offset > st->size || size > st->size - offset)
                return -EINVAL;

        while (size > 0) {
                uint64_t available, from;
                int r;

                r = find_data(reader, st, offset, &available, &from);
                if (r < 0)
                        return r;

                size_t n = MIN(size, available);
                if (from == HOLE)
                        memset(p, 0, n);
                else {
                        r = read_image(reader, from, p, n);
                        if (r < 0)
                                return r;
                }

                p += n;
                offset += n;
                size -= n;
        }

        return 0;
}

int erofs_reader_extent(const ErofsReader *reader, const ErofsStat *st, uint64_t offset,
                        uint64_t *ret_size) {
        uint64_t available, from;

        if (!has_data(st->mode) || offset >= st->size)
                return -EINVAL;

        int r = find_data(reader, st, offset, &available, &from);
        if (r < 0)
                return r;

        *ret_size = MIN(available, st->size - offset);
        return from != HOLE;
}

int erofs_reader_symlink(const ErofsReader *reader, const ErofsStat *st, char **ret) {
        if (!S_ISLNK(st->mode))
                return -EINVAL;
        if (st->size == 0 || st->size > EROFS_SYMLINK_MAX)
                return -EUCLEAN;

        _cleanup_free_ char *text = calloc(st->size + 1, 1);
        if (!text)
                return -ENOMEM;
        int r = erofs_reader_data(reader, st, 0, text, st->size);
        if (r < 0)
                return r;
        if (strlen(text) < st->size)
                return -EUCLEAN;

        *ret = TAKE_PTR(text);
        return 0;
}

int erofs_reader_xattrs(const ErofsReader *reader, const ErofsStat *st, ErofsXattrFunc func,
                        void *userdata) {
        size_t size = xattrs_size(st->xattr_count);
        _cleanup_free_ void *encoded = malloc(size + 1);

        if (!encoded)
                return -ENOMEM;
        int r = read_image(reader, extra_offset(st) - size, encoded, size);
        if (r < 0)
                return r;

        return xattrs_decode(cursor_of(encoded, size), func, userdata);
}
