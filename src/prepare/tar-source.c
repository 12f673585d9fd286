/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the digest of a tar, over exactly the bytes that are read of it.
 * Never: knows what they mean.
 * Follows: OCI image-spec, config.md, "diff_ids"; App Container spec, "Image ID". */

#include "image/hasher.h"
#include "prepare/tar-source.h"
#include "prepare/unpack.h"

struct TarSource {
        Unpacker *unpacker;
        Hasher *hasher;
};

int tar_source_new(int fd, DigestAlgorithm algorithm, uint64_t max, TarSource **ret, char **reterr_why) {
        _cleanup_(tar_source_freep) TarSource *s = calloc(1, sizeof(*s));
        if (!s)
                return -ENOMEM;

        int r = hasher_new(algorithm, &s->hasher);
        if (r >= 0)
                r = unpacker_new(fd, max, &s->unpacker, reterr_why);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(s);
        return 0;
}

TarSource *tar_source_free(TarSource *s) {
        if (!s)
                return NULL;

        unpacker_free(s->unpacker);
        hasher_free(s->hasher);
        free(s);
        return NULL;
}

ssize_t tar_source_next(TarSource *s, const void **ret, char **reterr_why) {
        ssize_t n = unpacker_next(s->unpacker, ret, reterr_why);
        if (n > 0)
                hasher_update(s->hasher, *ret, n);

        return n;
}

int tar_source_finish(TarSource *s, Digest *ret, uint64_t *ret_size, char **reterr_why) {
        const void *data;
        ssize_t n;

        do
                n = tar_source_next(s, &data, reterr_why);
        while (n > 0);
        if (n < 0)
                return n;

        hasher_final(s->hasher, ret);
        *ret_size = unpacker_size(s->unpacker);
        return 0;
}
