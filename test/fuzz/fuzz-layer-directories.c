/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: mending the directories of a stack of layers, which may be any bytes.
 * Never: asks for more than that it ends, and that what it makes can be made.
 * Follows: prepare/layer-directories.h. */

#include <endian.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "basic/fd.h"
#include "erofs/crc32c.h"
#include "erofs/format.h"
#include "fuzz.h"
#include "prepare/layer-directories.h"

#define LAYERS_MAX 4
#define SIZE_MAX_MADE ((uint64_t) 16 * 1024 * 1024)

typedef struct Stack {
        int fds[LAYERS_MAX];
        ErofsReader *layers[LAYERS_MAX];
        size_t n;
} Stack;

static void stack_done(Stack *s) {
        for (size_t i = 0; i < s->n; i++) {
                erofs_reader_free(s->layers[i]);
                fd_close(s->fds[i]);
        }
}

static void set_checksums(uint8_t *data, size_t size) {
        ErofsSuper *super = (ErofsSuper *) (data + EROFS_SUPER_OFFSET);
        ErofsFooter *footer = (ErofsFooter *) (data + size - sizeof(ErofsFooter));

        super->checksum = 0;
        super->checksum = htole32(crc32c(~0u, super, EROFS_BLOCK_SIZE - EROFS_SUPER_OFFSET));
        if (size >= 2 * EROFS_BLOCK_SIZE &&
            memcmp(footer->magic, EROFS_FOOTER_MAGIC, sizeof(footer->magic)) == 0)
                footer->checksum = htole32(crc32c(~0u, footer, offsetof(ErofsFooter, checksum)));
}

/* A layer, unless it is none. */
static void push(Stack *s, const uint8_t *data, size_t size) {
        _cleanup_free_ uint8_t *layer = malloc(size + 1);
        int fd = memfd_create("layer", MFD_CLOEXEC);

        fuzz_check(fd >= 0 && layer);
        memcpy(layer, data, size);
        if (size >= EROFS_BLOCK_SIZE)
                set_checksums(layer, size);
        fuzz_check(fd_write_full(fd, layer, size) == 0);

        if (erofs_reader_open(fd, &s->layers[s->n]) < 0)
                fd_close(fd);
        else
                s->fds[s->n++] = fd;
}

/* The first byte says how many layers there are, of the same size but for the last. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(erofs_writer_freep) ErofsWriter *writer = NULL;
        static const uint8_t uuid[16] = { 1 };
        _cleanup_(stack_done) Stack s = {};
        uint64_t entries;

        size_t blocks = size / EROFS_BLOCK_SIZE, n = size > 0 ? 1 + data[0] % LAYERS_MAX : 1;
        size_t each = blocks / n * EROFS_BLOCK_SIZE;
        for (size_t i = 0; i < n; i++)
                push(&s, data + i * each, i + 1 < n ? each : size - i * each);

        fuzz_check(erofs_writer_new(-EBADF, SIZE_MAX_MADE, 0, &writer) == 0);
        if (layer_directories(s.layers, s.n, writer, &entries) >= 0)
                (void) erofs_writer_finish(writer, uuid);
        return 0;
}
