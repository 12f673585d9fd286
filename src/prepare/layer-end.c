/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the last things a layer needs, and what is said of it.
 * Never: opens a file; gives the layer its name in the store.
 * Follows: store/verity.h; fetch/sealer.h. */

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "basic/fd.h"
#include "prepare/layer-end.h"
#include "store/verity.h"

/* The image's UUID is made of the layer's ID: a layer has the same one everywhere, and no two have the same. */
static void make_uuid(const Digest *id, uint8_t ret[static 16]) {
        for (size_t i = 0; i < 16; i++)
                ret[i] = id->bytes[i];

        ret[6] = (ret[6] & 0x0f) | 0x80; /* RFC 9562: version 8 */
        ret[8] = (ret[8] & 0x3f) | 0x80;
}

/* A layer is published only when it is on the disk; whoever does that need not wait for it. */
static int sync_layer(int fd) {
        return fsync(fd) < 0 && errno != EINVAL ? -errno : 0;
}

int layer_end(ErofsWriter *w, int fd, const Digest *id, Digest *ret_verity) {
        Digest verity = {};
        uint8_t uuid[16];

        make_uuid(id, uuid);
        int r = erofs_writer_finish(w, uuid);
        if (r >= 0 && fd >= 0)
                r = sync_layer(fd);
        if (r >= 0 && fd >= 0)
                r = verity_compute(fd, &verity);
        if (r < 0)
                return r;

        *ret_verity = verity;
        return 0;
}

int layer_answer_print(const LayerAnswer *a, bool written) {
        char id[DIGEST_TEXT_MAX], verity[DIGEST_TEXT_MAX] = "-", line[2 * DIGEST_TEXT_MAX + 64];

        digest_format(&a->id, id);
        if (written)
                digest_format(&a->verity, verity);
        int n = snprintf(line, sizeof(line), "%s %" PRIu64 " %" PRIu64 " %s\n", id, a->size, a->entries,
                         verity);
        return fd_write_full(STDOUT_FILENO, line, n);
}
