/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: running unseal-layer, as user gantry-seal with nothing but the layer and a pipe.
 * Never: believes that what comes is what was sealed: it is hashed on its way.
 * Follows: unseal-layer(8). */

#include <fcntl.h>
#include <unistd.h>

#include "basic/children.h"
#include "basic/fd.h"
#include "basic/log.h"
#include "basic/str.h"
#include "image-tool/unseal.h"

#define OUTPUT_MAX 4096U
#define CHUNK ((size_t) 1024 * 1024)

/* One line that says which layer, and what of it. */
static int complain(int r, const Digest *id, const char *what) {
        char text[DIGEST_TEXT_MAX];

        digest_format_id(id, text);
        return log_error_errno(r, "Cannot make the tar of layer %s again: %s", text, what);
}

static int failed(int status, const Digest *id) {
        if (status < 0)
                return complain(status, id, user_strerror(status));

        return complain(-EUCLEAN, id,
                        status > 128 ? "unseal-layer was killed"
                                     : "the layer is damaged; see 'gantry image fsck'");
}

int unseal_size(int layer, const Digest *id, uint64_t *ret) {
        _cleanup_free_ char *path = NULL, *output = NULL;

        int r = program_path("unseal-layer", &path);
        if (r >= 0)
                r = process_capture(&(Spawn) { .argv = (char *[]) { path, (char *) "--size", NULL },
                                               .user = "gantry-seal",
                                               .in = layer,
                                               .out = -EBADF,
                                               .err = -EBADF },
                                    OUTPUT_MAX, &output);
        if (r != 0)
                return failed(r, id);

        output[strcspn(output, "\n")] = '\0';
        return str_to_u64(output, ret) < 0 ? complain(-EPROTO, id, "unseal-layer does not say its size") : 0;
}

/* Copies and hashes. -EUCLEAN if there is more or less than `size`. */
static int copy(int from, int to, uint64_t size, Hasher *hasher, Meter *meter) {
        _cleanup_free_ uint8_t *buffer = malloc(CHUNK);
        if (!buffer)
                return -ENOMEM;

        for (;;) {
                ssize_t n = fd_read_full(from, buffer, CHUNK);
                if (n <= 0)
                        return n < 0 ? (int) n : size > 0 ? -EUCLEAN : 0;
                if ((uint64_t) n > size)
                        return -EUCLEAN;

                hasher_update(hasher, buffer, n);
                int r = fd_write_full(to, buffer, n);
                if (r < 0)
                        return r;
                size -= n;
                meter_add(meter, n);
        }
}

static int start(int layer, pid_t *ret_pid) {
        _cleanup_close_ int in = -EBADF, out = -EBADF;
        _cleanup_free_ char *path = NULL;
        int fds[2];

        int r = program_path("unseal-layer", &path);
        if (r < 0)
                return r;
        if (pipe2(fds, O_CLOEXEC) < 0)
                return -errno;
        in = fds[0];
        out = fds[1];
        (void) fcntl(in, F_SETPIPE_SZ, (int) CHUNK);

        r = child_start(&(Spawn) { .argv = (char *[]) { path, NULL },
                                   .user = "gantry-seal",
                                   .in = layer,
                                   .out = out,
                                   .err = -EBADF },
                        ret_pid);
        return r < 0 ? r : TAKE_FD(in);
}

int unseal(int layer, const Digest *id, uint64_t size, int to, Meter *meter) {
        _cleanup_hasher_ Hasher *hasher = NULL;
        Digest found;
        pid_t pid = 0;

        int r = hasher_new(id->algorithm, &hasher);
        if (r < 0)
                return complain(r, id, strerror(-r));

        _cleanup_close_ int in = start(layer, &pid);
        if (in < 0)
                return failed(in, id);

        r = copy(in, to, size, hasher, meter);
        if (r < 0 && r != -EUCLEAN) {
                child_end(pid);
                return complain(r, id, strerror(-r));
        }
        in = fd_close(in); /* if it has more to say, nobody listens */
        int status = child_wait(pid);
        if (children_interrupted())
                return -ECANCELED;
        if (status != 0)
                return failed(status, id);

        hasher_final(hasher, &found);
        return r < 0 || !digest_equal(&found, id)
                               ? complain(-EUCLEAN, id,
                                          "what it gives has another digest; see 'gantry image fsck'")
                               : 0;
}
