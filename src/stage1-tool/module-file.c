/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the bytes of a kernel module: unpacked, and without a signature where that can be.
 * Never: looks into the module; checks the signature: it is the host's own, and a guest would spend time on that.
 * Follows: the kernel's include/linux/module_signature.h. */

#include <archive.h>
#include <string.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "stage1-tool/modules.h"
#include "stage1/host.h"

#define MODULE_LIMIT ((size_t) 64 * 1024 * 1024)

#define MAGIC "~Module signature appended~\n"

/* What is in front of the magic, and behind the signature. */
typedef struct Trailer {
        uint8_t algorithm, hash, id_type, signer_size, key_id_size, padding[3];
        uint8_t signature_size[4]; /* big endian */
} Trailer;

static void strip_signature(Blob *module) {
        const size_t magic_size = strlen(MAGIC);
        const char *data = module->data;
        Trailer t;

        if (module->size < magic_size + sizeof(t) ||
            memcmp(data + module->size - magic_size, MAGIC, magic_size) != 0)
                return;

        size_t rest = module->size - magic_size - sizeof(t);
        memcpy(&t, data + rest, sizeof(t));
        size_t size = (size_t) t.signature_size[0] << 24 | t.signature_size[1] << 16 |
                      t.signature_size[2] << 8 | t.signature_size[3];
        size += t.signer_size + t.key_id_size;
        if (size <= rest)
                module->size = rest - size;
}

static struct archive *unpacking_free(struct archive *a) {
        (void) archive_read_free(a);
        return NULL;
}
DEFINE_CLEANUP(struct archive, unpacking_free)

static int unpack_from(struct archive *a, char *buffer, size_t *ret_size) {
        struct archive_entry *entry;
        size_t n = 0;

        if (archive_read_next_header(a, &entry) != ARCHIVE_OK)
                return -EBADMSG;
        while (n < MODULE_LIMIT) {
                la_ssize_t got = archive_read_data(a, buffer + n, MODULE_LIMIT - n);
                if (got < 0)
                        return -EBADMSG;
                if (got == 0) {
                        *ret_size = n;
                        return 0;
                }
                n += got;
        }

        return -EFBIG;
}

static int unpack(const Blob *packed, int filter, Blob *ret) {
        _cleanup_(unpacking_freep) struct archive *a = archive_read_new();
        _cleanup_free_ char *buffer = malloc(MODULE_LIMIT);
        size_t size;

        if (!a || !buffer)
                return -ENOMEM;
        if (archive_read_support_format_raw(a) != ARCHIVE_OK ||
            archive_read_append_filter(a, filter) != ARCHIVE_OK)
                return -EOPNOTSUPP;
        if (archive_read_open_memory(a, packed->data, packed->size) != ARCHIVE_OK)
                return -EBADMSG;

        int r = unpack_from(a, buffer, &size);
        if (r < 0)
                return r;

        char *data = realloc(buffer, MAX(size, (size_t) 1));
        *ret = (Blob) { data ? data : buffer, size };
        TAKE_PTR(buffer);
        return 0;
}

/* By the name's end; -1: not packed. */
static int filter_of(const char *path) {
        return endswith(path, ".zst")  ? ARCHIVE_FILTER_ZSTD
               : endswith(path, ".xz") ? ARCHIVE_FILTER_XZ
               : endswith(path, ".gz") ? ARCHIVE_FILTER_GZIP
                                       : -1;
}

static int read_file(int fd, int filter, bool keep_signature, Blob *ret) {
        _cleanup_blob_ Blob file = {}, module = {};

        int r = fd_read_blob(fd, MODULE_LIMIT, &file);
        if (r >= 0 && filter >= 0)
                r = unpack(&file, filter, &module);
        else if (r >= 0)
                module = TAKE_BLOB(file);
        if (r < 0)
                return r;

        if (!keep_signature)
                strip_signature(&module);
        *ret = TAKE_BLOB(module);
        return 0;
}

int module_read(int root_fd, const char *path, bool keep_signature, Blob *ret, char **reterr_why) {
        _cleanup_close_ int fd = host_open_file(root_fd, path);

        int r = fd < 0 ? fd : read_file(fd, filter_of(path), keep_signature, ret);
        if (r < 0)
                return refuse(reterr_why, r, "module '%s' cannot be used: %s", path, strerror(-r));

        return TAKE_FD(fd);
}
