/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the stream of one layer: registry-client | digest of the compressed bytes | seal-layer.
 * Never: unpacks; publishes what is not, byte for byte, what manifest and config say.
 * Follows: docs/ARCHITECTURE.md, "Fetch". */

#include <unistd.h>

#include "basic/fd.h"
#include "basic/log.h"
#include "basic/str.h"
#include "fetch/children.h"
#include "fetch/layer-pull.h"
#include "fetch/progress.h"
#include "fetch/sealer.h"
#include "store/layer.h"

#define CHUNK_SIZE 131072U

/* Passes everything on and returns what it was. A sealer that has given up no longer reads; the rest is
 * read all the same, to tell a hostile layer from a damaged download. */
static int pump(int from, int to, Progress *progress, Hasher *hasher, uint64_t *ret_size) {
        _cleanup_free_ char *chunk = malloc(CHUNK_SIZE);
        bool reader_gone = false;
        uint64_t size = 0;

        if (!chunk)
                return -ENOMEM;

        for (;;) {
                ssize_t n = read(from, chunk, CHUNK_SIZE);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                if (n == 0)
                        break;
                if (children_interrupted())
                        return -ECANCELED;

                hasher_update(hasher, chunk, n);
                int r = reader_gone ? 0 : fd_write_full(to, chunk, n);
                if (r < 0 && r != -EPIPE)
                        return r;
                reader_gone = reader_gone || r == -EPIPE;
                size += n;
                progress_advance(progress, n);
        }

        *ret_size = size;
        return 0;
}

/* Everything through the pipe, and then: was it all, and was it that? */
static int stream(const Origin *o, const OciDescriptor *layer, const char *label, int to) {
        _cleanup_progress_ Progress progress = progress_begin(label, layer->size);
        _cleanup_download_ Download download = DOWNLOAD_NULL;
        _cleanup_hasher_ Hasher *hasher = NULL;
        uint64_t size = 0;
        Digest actual;

        int r = hasher_new(layer->digest.algorithm, &hasher);
        if (r < 0)
                return log_error_errno(r, "Cannot compute digests: %m");

        r = download_start(o, &layer->digest, layer->size, &download);
        if (r < 0)
                return r;
        r = pump(download.fd, to, &progress, hasher, &size);
        if (r < 0)
                return r == -ECANCELED ? r
                                       : log_error_errno(r, "Cannot pass on a layer of '%s': %m",
                                                         o->reference);
        r = download_finish(&download);
        if (r < 0)
                return r;

        hasher_final(hasher, &actual);
        if (size != layer->size || !digest_equal(&actual, &layer->digest)) {
                char text[DIGEST_TEXT_MAX];
                digest_format(&layer->digest, text);
                progress_end(&progress);
                log_error("Cannot use what came for layer %s of '%s': it has another digest", text,
                          o->reference);
                return -EBADMSG;
        }

        return 0;
}

static int finish(Store *s, Sealer *sealer, const Origin *o, const Digest *diff_id) {
        char is[DIGEST_TEXT_MAX], should[DIGEST_TEXT_MAX];
        _cleanup_free_ char *what = NULL;
        Digest actual;

        digest_format(diff_id, should);
        int r = str_printf(&what, "layer %s of '%s'", should, o->reference);
        if (r < 0)
                return log_error_errno(r, "Cannot seal a layer: %m");

        r = sealer_finish(sealer, what, &actual);
        if (r < 0)
                return r;
        if (!digest_equal(&actual, diff_id)) {
                digest_format(&actual, is);
                log_error("Cannot use %s: what came unpacks to the digest %s", what, is);
                return -EBADMSG;
        }

        r = layer_publish(s, sealer->layer, diff_id);
        return r < 0 ? log_error_errno(r, "Cannot publish layer %s in '%s': %m", should, store_path(s)) : 0;
}

int layer_pull(Store *s, const Origin *o, const OciDescriptor *layer, const Digest *diff_id,
               const char *label) {
        _cleanup_sealer_ Sealer sealer = SEALER_NULL;

        int r = layer_exists(s, diff_id);
        if (r < 0)
                return log_error_errno(r, "Cannot look for a layer in '%s': %m", store_path(s));
        if (r > 0) {
                log_info("%s is in the store", label);
                return 0;
        }

        log_info("%s: %s", label, format_bytes(layer->size).text);
        r = sealer_start(s, "oci", /* file= */ -EBADF, &sealer);
        if (r >= 0)
                r = stream(o, layer, label, sealer.in);
        if (r >= 0)
                r = finish(s, &sealer, o, diff_id);

        return r;
}
