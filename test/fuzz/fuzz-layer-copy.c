/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: making a layer of another one, which may be any bytes.
 * Never: asks for more than that it ends, and that what it makes can be made.
 * Follows: prepare/layer-copy.h. */

#include <endian.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "basic/fd.h"
#include "erofs/crc32c.h"
#include "erofs/format.h"
#include "fuzz.h"
#include "prepare/layer-copy.h"

#define NAMES_MAX 64
#define SIZE_MAX_MADE ((uint64_t) 16 * 1024 * 1024)

typedef struct Names {
        char *paths[NAMES_MAX + 1];
        size_t n;
} Names;

static void names_done(Names *names) {
        for (size_t i = 0; i < names->n; i++)
                free(names->paths[i]);
}

static void set_checksum(uint8_t *data, size_t size) {
        if (size < EROFS_BLOCK_SIZE)
                return;

        ErofsSuper *super = (ErofsSuper *) (data + EROFS_SUPER_OFFSET);
        super->checksum = 0;
        super->checksum = htole32(crc32c(~0u, super, EROFS_BLOCK_SIZE - EROFS_SUPER_OFFSET));
}

/* Each other name of the root is kept, and in each of them what is called so, too. */
static int take_name(const char *name, uint64_t nid, mode_t type, void *userdata) {
        Names *names = userdata;
        char path[2 * 256 + 2];

        (void) snprintf(path, sizeof(path), "/%.255s%s%.255s", name, names->n % 3 == 2 ? "/" : "",
                        names->n % 3 == 2 ? name : "");
        names->paths[names->n] = strdup(path);
        fuzz_check(names->paths[names->n]);
        return ++names->n < NAMES_MAX ? 0 : -ECANCELED;
}

static void copy(ErofsReader *reader, const Names *names) {
        _cleanup_(erofs_writer_freep) ErofsWriter *writer = NULL;
        _cleanup_whitelist_ AppcWhitelist kept = {};
        static const uint8_t uuid[16] = { 1 };
        uint64_t entries;

        fuzz_check(appc_whitelist_of(names->paths, &kept) == 0);
        fuzz_check(erofs_writer_new(-EBADF, SIZE_MAX_MADE, 0, &writer) == 0);
        int r = layer_copy(reader, &kept, writer, &entries);
        fuzz_check(r < 0 || entries <= kept.n);
        if (r >= 0)
                (void) erofs_writer_finish(writer, uuid);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(erofs_reader_freep) ErofsReader *reader = NULL;
        _cleanup_close_ int fd = memfd_create("layer", MFD_CLOEXEC);
        _cleanup_free_ uint8_t *layer = malloc(size + 1);
        _cleanup_(names_done) Names names = {};
        ErofsStat root;

        fuzz_check(fd >= 0 && layer);
        memcpy(layer, data, size);
        set_checksum(layer, size);
        fuzz_check(fd_write_full(fd, layer, size) == 0);

        if (erofs_reader_open(fd, &reader) < 0 ||
            erofs_reader_inode(reader, erofs_reader_root(reader), &root) < 0)
                return 0;
        (void) erofs_reader_list(reader, &root, take_name, &names);
        copy(reader, &names);
        return 0;
}
