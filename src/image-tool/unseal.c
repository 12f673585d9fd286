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
#include "image/hasher.h"

#define OUTPUT_MAX 4096U
#define CHUNK ((size_t) 1024 * 1024)

/* One unseal-layer at work. */
typedef struct Unsealer {
        pid_t pid;
        int output, error; /* what it prints */
} Unsealer;

static void unsealer_done(Unsealer *u) {
        child_end(u->pid);
        fd_close(u->output);
        fd_close(u->error);
}

static int complain(int r, const Digest *id, const char *why) {
        char text[DIGEST_TEXT_MAX];

        digest_format_id(id, text);
        return r == -ECANCELED ? r
                               : log_error_errno(r, "Cannot make the tar of layer %s again: %s", text, why);
}

static int spawn(int layer, bool size, int out, int err, pid_t *ret) {
        _cleanup_free_ char *path = NULL;

        int r = program_path("unseal-layer", &path);
        if (r < 0)
                return r;

        return child_start(&(Spawn) { .argv = (char *[]) { path, size ? (char *) "--size" : NULL, NULL },
                                      .user = "gantry-seal",
                                      .in = layer,
                                      .out = out,
                                      .err = err },
                           ret);
}

static int start(int layer, bool size, Unsealer *ret) {
        _cleanup_close_ int out = -EBADF, err = -EBADF;
        int output[2], error[2];

        if (pipe2(output, O_CLOEXEC) < 0)
                return -errno;
        ret->output = output[0];
        out = output[1];
        if (pipe2(error, O_CLOEXEC) < 0)
                return -errno;
        ret->error = error[0];
        err = error[1];

        /* As much as we may: fewer turns for both sides. */
        (void) fcntl(out, F_SETPIPE_SZ, (int) CHUNK);
        return spawn(layer, size, out, err, &ret->pid);
}

/* Waits for its end; what it had to say is the reason if that was not a good one. */
static int finish(Unsealer *u, const Digest *id) {
        _cleanup_blob_ Blob text = {};

        int r = fd_read_blob(u->error, OUTPUT_MAX, &text);
        int status = child_wait(u->pid);
        u->pid = 0;
        if (children_interrupted())
                return -ECANCELED;
        if (r < 0 || status < 0)
                return complain(r < 0 ? r : status, id, strerror(r < 0 ? -r : -status));
        if (status == 0)
                return 0;

        str_to_line(text.data);
        const char *why = startswith(text.data, "Cannot unseal layer: ");
        return complain(-EUCLEAN, id, why ? why : status > 128 ? "unseal-layer was killed" : text.data);
}

int unseal_size(int layer, const Digest *id, uint64_t *ret) {
        _cleanup_(unsealer_done) Unsealer u = { .output = -EBADF, .error = -EBADF };
        _cleanup_blob_ Blob text = {};

        int r = start(layer, /* size= */ true, &u);
        if (r >= 0)
                r = fd_read_blob(u.output, OUTPUT_MAX, &text);
        if (r < 0)
                return complain(r, id, user_strerror(r));

        r = finish(&u, id);
        if (r < 0)
                return r;

        ((char *) text.data)[strcspn(text.data, "\n")] = '\0';
        return str_to_u64(text.data, ret) < 0 ? complain(-EPROTO, id, "unseal-layer does not say its size")
                                              : 0;
}

/* -EUCLEAN if there is more or less than `size`. */
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

int unseal(int layer, const Digest *id, uint64_t size, int to, Meter *meter) {
        _cleanup_(unsealer_done) Unsealer u = { .output = -EBADF, .error = -EBADF };
        _cleanup_hasher_ Hasher *hasher = NULL;
        Digest found;

        int r = hasher_new(id->algorithm, &hasher);
        if (r >= 0)
                r = start(layer, /* size= */ false, &u);
        if (r < 0)
                return complain(r, id, user_strerror(r));

        int copied = copy(u.output, to, size, hasher, meter);
        u.output = fd_close(u.output); /* if it has more to say, nobody listens */
        if (copied < 0 && copied != -EUCLEAN)
                return complain(copied, id, strerror(-copied));
        r = finish(&u, id);
        if (r < 0)
                return r;

        hasher_final(hasher, &found);
        if (copied < 0 || !digest_equal(&found, id))
                return complain(-EUCLEAN, id, "what it gives has another digest; see 'gantry image fsck'");

        return 0;
}
