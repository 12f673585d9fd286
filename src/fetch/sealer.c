/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: running seal-layer, filter-layer and mend-directories, as user gantry-seal with nothing but what they read and
 *       the file they write.
 * Never: looks at the stream; publishes a layer.
 * Follows: docs/ARCHITECTURE.md, "Fetch". */

#include <fcntl.h>
#include <unistd.h>

#include "basic/children.h"
#include "basic/fd.h"
#include "basic/log.h"
#include "basic/str.h"
#include "basic/strv.h"
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

static int whitelist_file(const AppcWhitelist *w) {
        _cleanup_blob_ Blob text = {};

        int r = appc_whitelist_format(w, &text);
        return r < 0 ? r : memory_file("whitelist", text.data, text.size);
}

/* What it gets besides its stream; a layer that has no name yet is its fd 3, these come then. */
typedef struct Extra {
        const int *fds;
        size_t n;
} Extra;

static int spawn(char *const *argv, int in, int out, int err, int layer, const Extra *extra, pid_t *ret) {
        _cleanup_free_ int *pass = calloc(extra->n + 1, sizeof(int));
        if (!pass)
                return -ENOMEM;

        pass[0] = layer;
        for (size_t i = 0; i < extra->n; i++)
                pass[i + 1] = extra->fds[i];

        return child_start(&(Spawn) { .argv = argv,
                                      .user = "gantry-seal",
                                      .in = in,
                                      .out = out,
                                      .err = err,
                                      .pass = pass,
                                      .n_pass = extra->n + 1 },
                           ret);
}

static int start(Store *store, char *const *argv, int file, const Extra *extra, Sealer *ret) {
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

        r = spawn(argv, file < 0 ? in.read : file, out.write, err.write, layer, extra, &pid);
        if (r < 0)
                return r == -ECANCELED ? r
                                       : log_error_errno(r, "Cannot run '%s' as user gantry-seal: %m",
                                                         argv[0]);

        *ret = (Sealer) {
                .pid = pid,
                .in = TAKE_FD(in.write),
                .output = TAKE_FD(out.read),
                .error = TAKE_FD(err.read),
                .layer = TAKE_FD(layer),
        };
        return 0;
}

static int add_program(char ***argv, const char *name) {
        _cleanup_free_ char *path = NULL;

        int r = program_path(name, &path);
        return r < 0 ? r : strv_add(argv, path);
}

int sealer_start(Store *store, const SealerInput *input, Sealer *ret) {
        _cleanup_strv_ char **argv = NULL;

        int r = add_program(&argv, "seal-layer");
        if (r >= 0)
                r = strv_addf(&argv, "--format=%s", input->format);
        if (r >= 0)
                r = strv_addf(&argv, "--max-size=%llu", (unsigned long long) input->max);
        if (r >= 0 && input->whitelist)
                r = strv_add(&argv, "--whitelist=4");

        _cleanup_close_ int list = input->whitelist ? whitelist_file(input->whitelist) : -EBADF;
        if (input->whitelist && list < 0)
                r = list;

        return r < 0 ? log_error_errno(r, "Cannot run seal-layer: %m")
                     : start(store, argv, input->file, &(Extra) { &list, list >= 0 }, ret);
}

int sealer_start_filter(Store *store, int file, const Digest *id, const AppcWhitelist *kept, Sealer *ret) {
        _cleanup_strv_ char **argv = NULL;
        char name[DIGEST_TEXT_MAX];

        digest_format_id(id, name);
        int r = add_program(&argv, "filter-layer");
        if (r >= 0)
                r = strv_addf(&argv, "--id=%s", name);

        _cleanup_close_ int list = whitelist_file(kept);
        if (list < 0)
                r = list;

        return r < 0 ? log_error_errno(r, "Cannot run filter-layer: %m")
                     : start(store, argv, file, &(Extra) { &list, 1 }, ret);
}

int sealer_start_mend(Store *store, const int *layers, size_t n, const Digest *id, Sealer *ret) {
        _cleanup_strv_ char **argv = NULL;
        char name[DIGEST_TEXT_MAX];

        digest_format_id(id, name);
        int r = add_program(&argv, "mend-directories");
        if (r >= 0)
                r = strv_addf(&argv, "--id=%s", name);
        if (r >= 0)
                r = strv_addf(&argv, "--layers=%zu", n);

        return r < 0 ? log_error_errno(r, "Cannot run mend-directories: %m")
                     : start(store, argv, /* file= */ -EBADF, &(Extra) { layers, n }, ret);
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

/* "<digest> <tar bytes> <entries> <fs-verity digest>", or "-" where there is no layer. */
static int read_answer(int fd, Sealed *ret) {
        _cleanup_blob_ Blob text = {};

        int r = fd_read_blob(fd, OUTPUT_MAX, &text);
        if (r < 0)
                return r;

        char *rest = text.data;
        const char *tar = word(&rest), *size = word(&rest), *entries = word(&rest), *verity = word(&rest);
        bool good = entries && verity && digest_parse(tar, &ret->tar) >= 0 &&
                    str_to_u64(size, &ret->tar_size) >= 0 && str_to_u64(entries, &ret->entries) >= 0;
        if (!good || (ret->entries == 0 && streq(verity, "-")))
                return good ? 0 : -EPROTO;

        return digest_parse(verity, &ret->verity) < 0 ? -EPROTO : 0;
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
                return log_error_errno(r, "Cannot publish layer %s in '%s': %s", name, store_path(store),
                                       image_layers_strerror(r));
        }

        return 0;
}
