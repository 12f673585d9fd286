/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the names in a directory of an image.
 * Never: descends; believes the image.
 * Follows: EROFS core on-disk format, "Directories". */

#include <string.h>
#include <sys/stat.h>

#include "basic/str.h"
#include "erofs/directory.h"
#include "erofs/format.h"
#include "erofs/path.h"
#include "erofs/reader.h"

/* One block of a directory: so many entries, then their names. */
typedef struct Block {
        uint8_t data[EROFS_BLOCK_SIZE];
        size_t size, n_entries;
} Block;

typedef struct Name {
        char text[EROFS_NAME_MAX + 1]; /* "" before the first one */
} Name;

static ErofsDirent entry_at(const Block *b, size_t i) {
        ErofsDirent entry;

        memcpy(&entry, b->data + i * sizeof(entry), sizeof(entry));
        return entry;
}

static int read_block(const ErofsReader *reader, const ErofsStat *st, uint64_t offset, Block *ret) {
        ret->size = MIN(EROFS_BLOCK_SIZE, st->size - offset);

        int r = erofs_reader_data(reader, st, offset, ret->data, ret->size);
        if (r < 0)
                return r;
        if (ret->size < sizeof(ErofsDirent))
                return -EUCLEAN;

        size_t names = le16toh(entry_at(ret, 0).name_offset);
        ret->n_entries = names / sizeof(ErofsDirent);
        if (names == 0 || names % sizeof(ErofsDirent) > 0 || names > ret->size)
                return -EUCLEAN;
        return 0;
}

/* Where a name ends the next one begins, or the block ends, or only zeros follow. */
static bool get_name(const Block *b, size_t i, Name *ret) {
        size_t start = le16toh(entry_at(b, i).name_offset);
        size_t end = i + 1 < b->n_entries ? le16toh(entry_at(b, i + 1).name_offset) : b->size;

        if (start < b->n_entries * sizeof(ErofsDirent) || end < start || end > b->size)
                return false;

        size_t n = strnlen((const char *) b->data + start, end - start);
        if (n == 0 || n > EROFS_NAME_MAX || (n < end - start && i + 1 < b->n_entries))
                return false;

        *(char *) mempcpy(ret->text, b->data + start, n) = '\0';
        return !strchr(ret->text, '/');
}

static int list_block(const ErofsStat *st, const Block *b, Name *last, ErofsNameFunc func, void *userdata) {
        for (size_t i = 0; i < b->n_entries; i++) {
                ErofsDirent entry = entry_at(b, i);
                mode_t type = directory_mode(entry.type);
                uint64_t nid = le64toh(entry.nid);
                Name name;

                if (type == 0 || !get_name(b, i, &name) || strcmp(last->text, name.text) >= 0)
                        return -EUCLEAN;
                *last = name;
                if (streq(name.text, ".") || streq(name.text, ".."))
                        continue;
                if (S_ISDIR(type) && nid <= st->nid)
                        return -EUCLEAN;

                int r = func(name.text, nid, type, userdata);
                if (r != 0)
                        return r;
        }

        return 0;
}

int erofs_reader_list(const ErofsReader *reader, const ErofsStat *st, ErofsNameFunc func, void *userdata) {
        Name last = {};
        Block block;

        if (!S_ISDIR(st->mode))
                return -ENOTDIR;

        for (uint64_t offset = 0; offset < st->size; offset += block.size) {
                int r = read_block(reader, st, offset, &block);
                if (r < 0)
                        return r;
                r = list_block(st, &block, &last, func, userdata);
                if (r != 0)
                        return r;
        }

        return 0;
}

/* The last block that begins with the name or one before it; 1, or 0 if there is none. */
static int find_block(const ErofsReader *reader, const ErofsStat *st, const char *name, Block *ret) {
        uint64_t low = 0, high = (st->size + EROFS_BLOCK_SIZE - 1) / EROFS_BLOCK_SIZE;
        Name first;

        while (low < high) {
                uint64_t middle = low + (high - low) / 2;

                int r = read_block(reader, st, middle * EROFS_BLOCK_SIZE, ret);
                if (r < 0)
                        return r;
                if (!get_name(ret, 0, &first))
                        return -EUCLEAN;
                if (strcmp(first.text, name) <= 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        if (low == 0)
                return 0;

        int r = read_block(reader, st, (low - 1) * EROFS_BLOCK_SIZE, ret);
        return r < 0 ? r : 1;
}

/* What the entry says must be so. */
static int read_child(const ErofsReader *reader, const ErofsStat *parent, ErofsDirent entry,
                      ErofsStat *ret) {
        ErofsStat st;

        int r = erofs_reader_inode(reader, le64toh(entry.nid), &st);
        if (r < 0)
                return r;
        if ((st.mode & S_IFMT) != directory_mode(entry.type) || (S_ISDIR(st.mode) && st.nid <= parent->nid))
                return -EUCLEAN;

        *ret = st;
        return 0;
}

int erofs_reader_find(const ErofsReader *reader, const ErofsStat *st, const char *name, ErofsStat *ret) {
        Block block;
        Name found;

        if (!S_ISDIR(st->mode))
                return -ENOTDIR;

        int r = find_block(reader, st, name, &block);
        for (size_t i = 0; r > 0 && i < block.n_entries; i++) {
                if (!get_name(&block, i, &found))
                        return -EUCLEAN;
                if (!streq(found.text, name))
                        continue;

                r = read_child(reader, st, entry_at(&block, i), ret);
                return r < 0 ? r : 1;
        }

        return r < 0 ? r : 0;
}
