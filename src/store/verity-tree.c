/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the digest that fs-verity gives a file, computed.
 * Never: holds more of the tree than one block a level.
 * Follows: Documentation/filesystems/fsverity.rst. */

#include <endian.h>
#include <linux/fsverity.h>
#include <string.h>
#include <unistd.h>

#include "image/hasher.h"
#include "store/verity.h"

#define BLOCK 4096u
#define BLOCK_BITS 12
#define HASH 32u
#define LEVELS_MAX 10 /* each has 128 times as many blocks as the one above: enough for any file */
#define CHUNK (256u * 1024)

/* What is hashed in the end, all little endian. */
typedef struct Descriptor {
        uint8_t version;
        uint8_t algorithm;
        uint8_t block_bits;
        uint8_t salt_size;
        uint32_t unused;
        uint64_t size;
        uint8_t root[64];
        uint8_t salt[32];
        uint8_t unused2[144];
} Descriptor;
_Static_assert(sizeof(Descriptor) == 256, "fs-verity descriptor");

/* A block of hashes that is being filled, at each level but the file's own. */
typedef struct Tree {
        uint8_t blocks[LEVELS_MAX][BLOCK];
        size_t used[LEVELS_MAX];
} Tree;

static int add_block(Tree *t, size_t level, const uint8_t *block);

/* The level's block is complete: its hash goes one level up. */
static int close_block(Tree *t, size_t level) {
        memset(t->blocks[level] + t->used[level], 0, BLOCK - t->used[level]);
        t->used[level] = 0;
        return add_block(t, level + 1, t->blocks[level]);
}

/* `level` is where its hash goes. */
static int add_block(Tree *t, size_t level, const uint8_t *block) {
        Digest hash;

        if (level == LEVELS_MAX)
                return -EFBIG;
        /* Not before there is one more to come: the root is the hash of the only block of its level. */
        if (t->used[level] == BLOCK) {
                int r = close_block(t, level);
                if (r < 0)
                        return r;
        }

        int r = digest_of(DIGEST_SHA256, block, BLOCK, &hash);
        if (r < 0)
                return r;
        memcpy(t->blocks[level] + t->used[level], hash.bytes, HASH);
        t->used[level] += HASH;
        return 0;
}

/* A level with a single hash, and none above it, has the root. */
static int find_root(Tree *t, uint8_t ret[static HASH]) {
        for (size_t level = 0; level + 1 < LEVELS_MAX; level++) {
                if (t->used[level] == HASH && t->used[level + 1] == 0) {
                        memcpy(ret, t->blocks[level], HASH);
                        return 0;
                }

                int r = close_block(t, level);
                if (r < 0)
                        return r;
        }

        return -EFBIG;
}

/* `size` counts; what is behind it up to a whole block is overwritten. */
static int add_chunk(Tree *t, uint8_t *chunk, size_t size) {
        memset(chunk + size, 0, -size % BLOCK);
        for (size_t i = 0; i < size; i += BLOCK) {
                int r = add_block(t, 0, chunk + i);
                if (r < 0)
                        return r;
        }

        return 0;
}

/* Fills the chunk unless the file ends: only its last block may be short. */
static ssize_t read_chunk(int fd, uint64_t offset, uint8_t chunk[static CHUNK]) {
        size_t size = 0;

        while (size < CHUNK) {
                ssize_t n = pread(fd, chunk + size, CHUNK - size, offset + size);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                if (n == 0)
                        break;
                size += n;
        }

        return size;
}

static int hash_file(int fd, Tree *t, uint8_t *chunk, uint64_t *ret_size) {
        uint64_t size = 0;

        for (;;) {
                ssize_t n = read_chunk(fd, size, chunk);
                if (n <= 0) {
                        *ret_size = size;
                        return n;
                }

                int r = add_chunk(t, chunk, n);
                if (r < 0)
                        return r;
                size += n;
        }
}

int verity_compute(int fd, Digest *ret) {
        _cleanup_free_ Tree *t = calloc(1, sizeof(*t));
        _cleanup_free_ uint8_t *chunk = malloc(CHUNK);
        Descriptor d = { .version = 1, .algorithm = FS_VERITY_HASH_ALG_SHA256, .block_bits = BLOCK_BITS };
        uint64_t size;

        if (!t || !chunk)
                return -ENOMEM;

        int r = hash_file(fd, t, chunk, &size);
        if (r >= 0 && size > 0)
                r = find_root(t, d.root);
        if (r < 0)
                return r;

        d.size = htole64(size);
        return digest_of(DIGEST_SHA256, &d, sizeof(d), ret);
}
