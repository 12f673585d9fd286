/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: where the bytes of files go: whole blocks out at once, the rest behind the inode; sparse files in
 * chunks.
 * Never: holds more of a file than one block and the addresses of its chunks.
 * Follows: EROFS core on-disk format, "Inode data layouts", "Chunk-based files". */

#include <string.h>

#include "basic/array.h"
#include "erofs/file.h"

#define CHUNKS_MAX (1u << 20) /* of one file; their addresses are kept until it ends */

struct FileData {
        Output *out;
        uint64_t size, position;
        uint32_t block; /* the first one */
        bool sparse;
        uint8_t tail[EROFS_BLOCK_SIZE]; /* what does not fill a block, if not sparse */
        unsigned chunk_bits;
        uint32_t *chunks; /* addresses of those before the position, little endian */
        size_t n_chunks, allocated;
};

FileData *file_data_new(Output *out) {
        FileData *f = calloc(1, sizeof(*f));
        if (f)
                f->out = out;
        return f;
}

FileData *file_data_free(FileData *f) {
        if (f)
                free(f->chunks);
        free(f);
        return NULL;
}

static uint64_t n_chunks(uint64_t size, unsigned bits) {
        return ((size - 1) >> bits) + 1;
}

/* Small chunks cost addresses, large ones zeros around each piece: takes the size that costs least. */
static unsigned choose_chunk_bits(uint64_t size, uint32_t pieces) {
        unsigned bits = EROFS_BLOCK_BITS;

        while (n_chunks(size, bits) > CHUNKS_MAX)
                bits++;
        while (n_chunks(size, bits) * sizeof(uint32_t) / 2 > (uint64_t) pieces << bits)
                bits++;

        return bits;
}

void file_data_begin(FileData *f, uint64_t size, uint32_t pieces) {
        f->size = size;
        f->position = 0;
        f->block = output_block(f->out);
        f->sparse = pieces > 0 && size > 0;
        f->chunk_bits = f->sparse ? choose_chunk_bits(size, pieces) : 0;
        f->n_chunks = 0;
}

/* Plain: the next bytes; NULL for zeros. */
static int put_plain(FileData *f, const uint8_t *data, uint64_t size) {
        uint64_t whole = f->size & -(uint64_t) EROFS_BLOCK_SIZE;
        uint64_t n = f->position < whole ? MIN(size, whole - f->position) : 0;
        int r;

        r = data ? output_write(f->out, data, n) : output_zero(f->out, n);
        if (r < 0)
                return r;

        if (n < size) {
                uint8_t *p = f->tail + (f->position + n - whole);
                if (data)
                        memcpy(p, data + n, size - n);
                else
                        memset(p, 0, size - n);
        }

        f->position += size;
        return 0;
}

/* Sparse: addresses of all chunks before `end`, where those that are not there yet are holes. */
static int put_holes(FileData *f, size_t end) {
        while (f->n_chunks < end) {
                int r = array_reserve(&f->chunks, &f->allocated, f->n_chunks, sizeof(*f->chunks));
                if (r < 0)
                        return r;
                f->chunks[f->n_chunks++] = htole32(EROFS_HOLE);
        }

        return 0;
}

/* Sparse: fills up the chunk that was begun, or the file's last block. */
static int end_chunk(FileData *f) {
        uint64_t end = MIN(f->n_chunks << f->chunk_bits, f->size);
        int r;

        if (f->position < end) {
                r = output_zero(f->out, end - f->position);
                if (r < 0)
                        return r;
                f->position = end;
        }

        return output_align(f->out, EROFS_BLOCK_SIZE);
}

/* Sparse: makes `offset` the position, in a chunk that has blocks. */
static int seek_sparse(FileData *f, uint64_t offset) {
        size_t chunk = offset >> f->chunk_bits;
        int r;

        if (chunk >= f->n_chunks) {
                r = end_chunk(f);
                if (r < 0)
                        return r;
                r = put_holes(f, chunk + 1);
                if (r < 0)
                        return r;
                f->chunks[chunk] = htole32(output_block(f->out));
                f->position = (uint64_t) chunk << f->chunk_bits;
        }

        r = output_zero(f->out, offset - f->position);
        if (r < 0)
                return r;

        f->position = offset;
        return 0;
}

static int put_sparse(FileData *f, uint64_t offset, const uint8_t *data, size_t size) {
        while (size > 0) {
                int r = seek_sparse(f, offset);
                if (r < 0)
                        return r;

                size_t n = MIN(size, (f->n_chunks << f->chunk_bits) - offset);
                r = output_write(f->out, data, n);
                if (r < 0)
                        return r;

                offset += n;
                f->position = offset;
                data += n;
                size -= n;
        }

        return 0;
}

int file_data_put(FileData *f, uint64_t offset, const void *data, size_t size) {
        int r;

        if (offset < f->position || offset > f->size || size > f->size - offset)
                return -EINVAL;

        if (f->sparse)
                return put_sparse(f, offset, data, size);

        r = put_plain(f, NULL, offset - f->position);
        if (r < 0)
                return r;
        return put_plain(f, data, size);
}

static int end_sparse(FileData *f, MetaItem *item, ErofsInode *inode) {
        int r;

        r = end_chunk(f);
        if (r < 0)
                return r;
        r = put_holes(f, n_chunks(f->size, f->chunk_bits));
        if (r < 0)
                return r;

        inode->format |= htole16(EROFS_FORMAT_CHUNKS);
        inode->data = htole32(f->chunk_bits - EROFS_BLOCK_BITS);
        item->extra = f->chunks;
        item->extra_size = f->n_chunks * sizeof(*f->chunks);
        return 0;
}

int file_data_end(FileData *f, size_t room, MetaItem *item, ErofsInode *inode) {
        size_t tail = f->size % EROFS_BLOCK_SIZE;
        int r;

        if (f->size == 0)
                return 0;

        inode->size = htole64(f->size);
        if (f->sparse)
                return end_sparse(f, item, inode);

        r = put_plain(f, NULL, f->size - f->position);
        if (r < 0)
                return r;

        bool inlined = tail > 0 && tail <= room;
        inode->format |= htole16(inlined ? EROFS_FORMAT_INLINE : EROFS_FORMAT_PLAIN);
        inode->data = htole32(f->block);
        if (inlined) {
                item->extra = f->tail;
                item->extra_size = tail;
                return 0;
        }

        r = output_write(f->out, f->tail, tail);
        if (r < 0)
                return r;
        return output_align(f->out, EROFS_BLOCK_SIZE);
}
