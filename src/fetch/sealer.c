/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: running seal-layer, as user gantry-seal with nothing but its stream and its file.
 * Never: looks at the stream; publishes a layer.
 * Follows: docs/ARCHITECTURE.md, "Fetch". */

#include <fcntl.h>
#include <unistd.h>

#include "basic/children.h"
#include "basic/fd.h"
#include "basic/log.h"
#include "basic/str.h"
#include "fetch/child-failed.h"
#include "fetch/sealer.h"
#include "store/image-layers.h"

#define OUTPUT_MAX 4096U
#define PIPE_SIZE (1024 * 1024)

typedef struct Pipe {
        int read, write;
} Pipe;

static void pipe_done(Pipe *p) {
        fd_close(p->read);
        fd_close(p->write);
}
#define _cleanup_pipe_ _cleanup_(pipe_done)

static int pipe_open(Pipe *ret) {
        int fds[2];

        if (pipe2(fds, O_CLOEXEC) < 0)
                return -errno;

        *ret = (Pipe) { fds[0], fds[1] };
        return 0;
}

void sealer_done(Sealer *s) {
        child_end(s->pid);
        fd_close(s->in);
        fd_close(s->output);
        fd_close(s->error);
        fd_close(s->layer);
        *s = SEALER_NULL;
}

static int spawn(const char *format, uint64_t max, int in, int out, int err, int layer, pid_t *ret) {
        _cleanup_free_ char *path = NULL, *option = NULL, *max_option = NULL;

        int r = program_path("seal-layer", &path);
        if (r >= 0)
                r = str_printf(&option, "--format=%s", format);
        if (r >= 0)
                r = str_printf(&max_option, "--max-size=%llu", (unsigned long long) max);
        if (r < 0)
                return r;

        Spawn child = {
                .argv = (char *[]) { path, option, max_option, NULL },
                .user = "gantry-seal",
                .in = in,
                .out = out,
                .err = err,
                .pass = &layer,
                .n_pass = 1,
        };
        return child_start(&child, ret);
}

int sealer_start(Store *store, const char *format, int file, uint64_t max, Sealer *ret) {
        _cleanup_pipe_ Pipe in = { -EBADF, -EBADF }, out = { -EBADF, -EBADF }, err = { -EBADF, -EBADF };
        pid_t pid;

        int r = file < 0 ? pipe_open(&in) : 0;
        if (r >= 0)
                r = pipe_open(&out);
        if (r >= 0)
                r = pipe_open(&err);
        if (r < 0)
                return log_error_errno(r, "Cannot make a pipe: %m");

        _cleanup_close_ int layer = layer_create(store);
        if (layer < 0)
                return log_error_errno(layer, "Cannot create a layer in '%s': %m", store_path(store));

        /* As much as we may: fewer turns for both sides. */
        if (in.write >= 0)
                (void) fcntl(in.write, F_SETPIPE_SZ, PIPE_SIZE);

        r = spawn(format, max, file < 0 ? in.read : file, out.write, err.write, layer, &pid);
        if (r < 0)
                return r == -ECANCELED ? r
                                       : log_error_errno(r, "Cannot run seal-layer as user gantry-seal: %m");

        *ret = (Sealer) {
                .pid = pid,
                .in = TAKE_FD(in.write),
                .output = TAKE_FD(out.read),
                .error = TAKE_FD(err.read),
                .layer = TAKE_FD(layer),
        };
        return 0;
}

/* The first line of what it said. */
static int read_complaint(int fd, char **ret) {
        _cleanup_blob_ Blob text = {};

        int r = fd_read_blob(fd, OUTPUT_MAX, &text);
        if (r < 0)
                return r;

        str_to_line(text.data);
        const char *what = startswith(text.data, "Cannot seal layer: ");
        return str_copy(what ? what : text.data, ret);
}

static const char *word(char **rest) {
        return *rest ? strsep(rest, " \n") : NULL;
}

/* "<digest> <tar bytes> <entries> <fs-verity digest>" */
static int read_answer(int fd, Sealed *ret) {
        _cleanup_blob_ Blob text = {};

        int r = fd_read_blob(fd, OUTPUT_MAX, &text);
        if (r < 0)
                return r;

        char *rest = text.data;
        const char *tar = word(&rest), *size = word(&rest), *entries = word(&rest), *verity = word(&rest);
        bool good = entries && verity && digest_parse(tar, &ret->tar) >= 0 &&
                    str_to_u64(size, &ret->tar_size) >= 0 && digest_parse(verity, &ret->verity) >= 0;
        return good ? 0 : -EPROTO;
}

int sealer_finish(Sealer *s, const char *what, Sealed *ret) {
        _cleanup_free_ char *complaint = NULL;
        Sealed sealed = {};

        s->in = fd_close(s->in);
        int r = read_answer(s->output, &sealed);
        int complaint_error = read_complaint(s->error, &complaint);
        int status = child_wait(s->pid);
        s->pid = 0;
        if (complaint_error < 0)
                return log_error_errno(complaint_error, "Cannot read what seal-layer says: %m");
        if (status > 0 && status < 128) {
                log_error("Cannot seal %s: %s", what, complaint);
                return -EBADMSG;
        }
        if (status != 0)
                return child_failed("seal-layer", status);
        if (r < 0)
                return log_error_errno(r, "Cannot read what seal-layer answered: %m");
        if (complaint[0] != '\0')
                log_info("%s", complaint);

        *ret = sealed;
        return 0;
}

/* What is there already may have been sealed in another way, by an older gantry. */
static int describe(Store *store, int linked, const Digest *image, const Sealed *sealed, LayerRecord *ret) {
        if (!linked)
                return image_layers_find(store, image, &sealed->tar, ret);

        _cleanup_close_ int fd = layer_open(store, &sealed->tar);
        return fd < 0 ? fd : layer_record(fd, &sealed->tar, &sealed->verity, ret);
}

int sealer_publish(Sealer *s, Store *store, const Digest *image, const Sealed *sealed, LayerRecord *ret) {
        char name[DIGEST_TEXT_MAX];

        int r = layer_publish(store, TAKE_FD(s->layer), &sealed->tar);
        if (r >= 0)
                r = describe(store, r, image, sealed, ret);
        if (r < 0) {
                digest_format(&sealed->tar, name);
                return log_error_errno(r, "Cannot publish layer %s in '%s': %m", name, store_path(store));
        }

        return 0;
}
