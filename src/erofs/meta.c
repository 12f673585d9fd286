/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: packing inodes, which differ in size, into blocks with little waste.
 * Never: looks into an inode.
 * Follows: EROFS core on-disk format, "Inode metadata space". */

#include <string.h>

#include "basic/array.h"
#include "erofs/meta.h"

/* Blocks under construction. With fewer more is lost at their ends, with more hardly less. */
#define OPEN_MAX 512

typedef struct MetaBlock {
        uint32_t serial;
        uint32_t used;
} MetaBlock;

struct Meta {
        Output *out;
        uint32_t *blocks; /* serial number → block number */
        size_t n_blocks, allocated;
        size_t n_open;
        MetaBlock open[OPEN_MAX];
        uint8_t data[OPEN_MAX][EROFS_BLOCK_SIZE]; /* of the open ones; memory where it is needed only */
};

Meta *meta_new(Output *out) {
        Meta *m = calloc(1, sizeof(*m));
        if (m)
                m->out = out;
        return m;
}

Meta *meta_free(Meta *m) {
        if (m)
                free(m->blocks);
        free(m);
        return NULL;
}

uint64_t meta_nid(const Meta *m, MetaPlace place) {
        return (uint64_t) m->blocks[place.serial] * (EROFS_BLOCK_SIZE / EROFS_SLOT_SIZE) + place.slot;
}

int meta_write(Output *out, const MetaItem *item) {
        uint8_t inode[sizeof(ErofsInode)];
        int r;

        r = output_write(out, inode, inode_encode(item->inode, inode));
        if (r < 0)
                return r;
        r = output_write(out, item->xattrs, item->xattrs_size);
        if (r < 0)
                return r;
        return output_write(out, item->extra, item->extra_size);
}

static int new_serial(Meta *m, uint32_t *ret) {
        int r = array_reserve(&m->blocks, &m->allocated, m->n_blocks, sizeof(*m->blocks));
        if (r < 0)
                return r;

        *ret = m->n_blocks++;
        return 0;
}

static uint8_t *data_of(Meta *m, const MetaBlock *b) {
        return m->data[b - m->open];
}

static int write_block(Meta *m, const MetaBlock *b) {
        m->blocks[b->serial] = output_block(m->out);
        return output_write(m->out, data_of(m, b), EROFS_BLOCK_SIZE);
}

/* The open block with the least room that suffices: best fit. */
static MetaBlock *best_open(Meta *m, const MetaItem *item) {
        uint16_t format = le16toh(item->inode->format);
        size_t behind = item->xattrs_size + item->extra_size;
        MetaBlock *best = NULL;

        for (size_t i = 0; i < m->n_open; i++)
                if (meta_fits(m->open[i].used, format, behind) && (!best || m->open[i].used > best->used))
                        best = &m->open[i];

        return best;
}

static MetaBlock *fullest_open(Meta *m) {
        MetaBlock *fullest = &m->open[0];

        for (size_t i = 1; i < m->n_open; i++)
                if (m->open[i].used > fullest->used)
                        fullest = &m->open[i];

        return fullest;
}

static int open_block(Meta *m, MetaBlock **ret) {
        MetaBlock *b;
        int r;

        if (m->n_open < OPEN_MAX)
                b = &m->open[m->n_open++];
        else {
                b = fullest_open(m);
                r = write_block(m, b);
                if (r < 0)
                        return r;
        }

        b->used = 0;
        memset(data_of(m, b), 0, EROFS_BLOCK_SIZE);
        r = new_serial(m, &b->serial);
        if (r < 0)
                return r;

        *ret = b;
        return 0;
}

static void append(uint8_t **p, const void *data, size_t size) {
        if (size > 0)
                memcpy(*p, data, size);
        *p += size;
}

/* Blocks of its own, at once. */
static int add_large(Meta *m, const MetaItem *item, MetaPlace *ret) {
        uint32_t serial;
        int r;

        r = new_serial(m, &serial);
        if (r < 0)
                return r;
        m->blocks[serial] = output_block(m->out);

        r = meta_write(m->out, item);
        if (r < 0)
                return r;
        r = output_align(m->out, EROFS_BLOCK_SIZE);
        if (r < 0)
                return r;

        *ret = (MetaPlace) { .serial = serial };
        return 0;
}

int meta_add(Meta *m, const MetaItem *item, MetaPlace *ret) {
        uint8_t inode[sizeof(ErofsInode)];
        size_t inode_size = inode_encode(item->inode, inode);
        size_t size = inode_size + item->xattrs_size + item->extra_size;

        if (size > EROFS_BLOCK_SIZE)
                return add_large(m, item, ret);

        MetaBlock *b = best_open(m, item);
        if (!b) {
                int r = open_block(m, &b);
                if (r < 0)
                        return r;
        }

        *ret = (MetaPlace) { .serial = b->serial, .slot = b->used / EROFS_SLOT_SIZE };

        uint8_t *p = data_of(m, b) + b->used;
        append(&p, inode, inode_size);
        append(&p, item->xattrs, item->xattrs_size);
        append(&p, item->extra, item->extra_size);
        b->used = (b->used + size + EROFS_SLOT_SIZE - 1) & -EROFS_SLOT_SIZE;

        return 0;
}

int meta_flush(Meta *m) {
        for (; m->n_open > 0; m->n_open--) {
                int r = write_block(m, &m->open[m->n_open - 1]);
                if (r < 0)
                        return r;
        }

        return 0;
}
