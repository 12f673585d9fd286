/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the files in which compiled filters are kept.
 * Never: believes one that was not written to its end.
 * Follows: tmpfiles.d/gantry.conf, by which old ones are removed. */

#include <fcntl.h>
#include <linux/filter.h>
#include <stdio.h>
#include <unistd.h>

#include "basic/fd.h"
#include "config.h"
#include "image/hasher.h"
#include "seccomp/cache.h"

#define DIGEST_BYTES 32U /* at the end of each file */
#define FILTER_MAX (BPF_MAXINSNS * sizeof(struct sock_filter))

typedef struct CacheName {
        char text[DIGEST_TEXT_MAX + sizeof(".bpf")];
} CacheName;

static CacheName name_of(const Digest *key) {
        char id[DIGEST_TEXT_MAX];
        CacheName n;

        digest_format_id(key, id);
        (void) snprintf(n.text, sizeof(n.text), "%s.bpf", id);
        return n;
}

int seccomp_cache_open(void) {
        int r = mkdir_parents(GANTRY_CACHE_DIR "/seccomp", 0700);
        return r < 0 ? r : dir_open_at(AT_FDCWD, GANTRY_CACHE_DIR "/seccomp", 0);
}

/* Of the filter and its key: what was renamed is as wrong as what was cut. */
static int checksum(const Digest *key, const void *filter, size_t size, Digest *ret) {
        _cleanup_hasher_ Hasher *h = NULL;

        int r = hasher_new(DIGEST_SHA256, &h);
        if (r < 0)
                return r;
        hasher_update(h, key->bytes, digest_size(key->algorithm));
        hasher_update(h, filter, size);
        hasher_final(h, ret);
        return 0;
}

int seccomp_cache_get(int cache_fd, const Digest *key, Blob *ret) {
        _cleanup_blob_ Blob file = {};
        Digest digest;

        int r = file_read_at(cache_fd, name_of(key).text, FILTER_MAX + DIGEST_BYTES, &file);
        if (r < 0)
                return r;
        if (file.size <= DIGEST_BYTES || (file.size - DIGEST_BYTES) % sizeof(struct sock_filter) > 0)
                return -ENOENT;

        file.size -= DIGEST_BYTES;
        r = checksum(key, file.data, file.size, &digest);
        if (r < 0)
                return r;
        if (memcmp((const char *) file.data + file.size, digest.bytes, DIGEST_BYTES) != 0)
                return -ENOENT;

        *ret = TAKE_BLOB(file);
        return 0;
}

int seccomp_cache_put(int cache_fd, const Digest *key, const Blob *filter) {
        _cleanup_free_ char *file = malloc(filter->size + DIGEST_BYTES);
        Digest digest;

        if (!file)
                return -ENOMEM;
        int r = checksum(key, filter->data, filter->size, &digest);
        if (r < 0)
                return r;

        memcpy(file, filter->data, filter->size);
        memcpy(file + filter->size, digest.bytes, DIGEST_BYTES);
        return file_publish_at(cache_fd, name_of(key).text, file, filter->size + DIGEST_BYTES, 0600, true);
}
