/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what is written behind the file system.
 * Never: knows what the bytes of the attachment mean.
 * Follows: docs/STORE.md. */

#include <string.h>

#include "basic/array.h"
#include "basic/varint.h"
#include "erofs/attachment.h"
#include "erofs/crc32c.h"
#include "erofs/format.h"

void attachment_done(Attachment *a) {
        free(a->data);
        *a = (Attachment) {};
}

int attachment_append(Attachment *a, const void *data, size_t size) {
        if (size == 0)
                return 0;

        int r = array_reserve(&a->data, &a->allocated, a->size + size - 1, 1);
        if (r < 0)
                return r;

        memcpy(a->data + a->size, data, size);
        a->size += size;
        return 0;
}

/* Files that come one after the other are mostly near each other. */
static int write_table(const uint64_t *nids, size_t n, Output *out) {
        uint64_t previous = 0;

        for (size_t i = 0; i < n; i++) {
                uint8_t encoded[VARINT_MAX];
                size_t size = varint_put(encoded, varint_of_difference(previous, nids[i]));

                int r = output_write(out, encoded, size);
                if (r < 0)
                        return r;
                previous = nids[i];
        }

        return 0;
}

int attachment_write(const Attachment *a, const uint64_t *nids, uint32_t n_files, uint32_t n_implied,
                     Output *out) {
        ErofsFooter footer = {
                .magic = EROFS_FOOTER_MAGIC,
                .version = htole32(EROFS_FOOTER_VERSION),
                .files = htole32(n_files),
                .implied = htole32(n_implied),
                .attachment_size = htole64(a->size),
        };
        int r;

        r = output_write(out, a->data, a->size);
        if (r < 0)
                return r;

        uint64_t table = out->position;
        r = write_table(nids, (size_t) n_files + n_implied, out);
        if (r < 0)
                return r;

        footer.table_size = htole64(out->position - table);
        footer.checksum = htole32(crc32c(~0u, &footer, offsetof(ErofsFooter, checksum)));
        r = output_zero(out, -(out->position + sizeof(footer)) % EROFS_BLOCK_SIZE);
        if (r < 0)
                return r;
        return output_write(out, &footer, sizeof(footer));
}
