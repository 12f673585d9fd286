/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the steps of one layer: whose turn it is, where its bytes are, who has had them.
 * Never: waits; publishes what has not been checked; parses a byte of it.
 * Follows: docs/ARCHITECTURE.md, "Fetch". */

#include <fcntl.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "basic/children.h"
#include "basic/fd.h"
#include "basic/log.h"
#include "basic/str.h"
#include "fetch/sealer.h"
#include "fetch/transfer.h"
#include "image/hasher.h"
#include "store/image-layers.h"
#include "store/lock.h"

#define CHUNK_SIZE (256U * 1024U)

typedef enum TransferState {
        TRANSFER_NEW,
        TRANSFER_WAITING, /* somebody else downloads this layer */
        TRANSFER_RUNNING, /* bytes come, or go into the sealer, or both */
        TRANSFER_SEALING, /* the sealer has had all of them */
} TransferState;

struct Transfer {
        TransferSpec spec;
        char name[DIGEST_TEXT_MAX]; /* the digest, for messages */
        TransferState state;

        Part part; /* the bytes, if they come from the network … */
        Download download;
        FileRange file; /* … or are on this machine */
        bool begun_anew;

        Hasher *hasher;
        uint64_t fed; /* bytes that have been hashed */
        char *chunk;  /* those that the sealer has not had yet are between start and end */
        size_t start, end;
        Sealer sealer;
        int sealer_fd; /* its pidfd */
        bool sealer_gone;
        Sealed sealed;
        LayerRecord record;
};

/* What a reference names for people: "layer sha256:… of 'quay.io/x/y:1'". */
#define LAYER_OF "layer %s of '%s'"

Transfer *transfer_free(Transfer *t) {
        if (!t)
                return NULL;

        progress_row_end(t->spec.row);
        download_done(&t->download);
        part_done(&t->part);
        fd_close(t->file.fd);
        hasher_free(t->hasher);
        free(t->chunk);
        sealer_done(&t->sealer);
        fd_close(t->sealer_fd);
        free(t);
        return NULL;
}

int transfer_new(const TransferSpec *spec, Transfer **ret) {
        _cleanup_(transfer_freep) Transfer *t = malloc(sizeof(Transfer));
        if (!t) {
                progress_row_end(spec->row);
                return log_error_errno(ENOMEM, "Cannot fetch a layer: %m");
        }

        *t = (Transfer) {
                .spec = *spec,
                .part = PART_NULL,
                .download = DOWNLOAD_NULL,
                .file.fd = -EBADF,
                .sealer = SEALER_NULL,
                .sealer_fd = -EBADF,
        };
        digest_format(&spec->layer->digest, t->name);
        t->chunk = malloc(CHUNK_SIZE);
        if (!t->chunk)
                return log_error_errno(ENOMEM, "Cannot fetch " LAYER_OF ": %m", t->name, spec->origin->text);

        *ret = TAKE_PTR(t);
        return 0;
}

static int fail(const Transfer *t, const char *what, int r, const char *why) {
        if (children_interrupted())
                return -ECANCELED;

        return log_error_errno(r, "Cannot %s %s of '%s': %s", what, t->name, t->spec.origin->text,
                               why ? why : strerror(-r));
}

/* -- the bytes ------------------------------------------------------------------------------------------- */

static uint64_t available(const Transfer *t) {
        return t->file.fd >= 0 ? t->file.size : t->part.size;
}

/* A docker archive's layers are known by what is in them only. */
static bool has_digest(const Transfer *t) {
        return !t->spec.origin->members;
}

static int find_file(Transfer *t) {
        const Origin *o = t->spec.origin;
        _cleanup_free_ char *path = NULL;

        int r = o->members ? str_copy(o->members[1 + t->spec.index], &path)
                           : oci_blob_path(&t->spec.layer->digest, &path);
        if (r >= 0)
                r = files_find(&o->files, path, &t->file);
        if (r < 0)
                return fail(t, "open blob", r, NULL);
        if (t->file.size != t->spec.layer->size)
                return fail(t, "use blob", -EBADMSG, "its size is not that of the manifest");

        return 0;
}

static int start_download(Transfer *t) {
        const TransferSpec *s = &t->spec;
        _cleanup_free_ char *why = NULL;

        int r = *s->session ? 0 : origin_connect(s->origin, s->session, &why);
        if (r >= 0 && t->part.size > s->layer->size)
                r = part_begin(&t->part, 0, NULL); /* there never were so many */
        if (r >= 0)
                r = download_blob(&t->download, *s->session, &t->part, &s->layer->digest, s->layer->size);

        return r < 0 ? fail(t, "fetch blob", r, why) : 0;
}

/* 1 if it is ours to fetch, 0 if somebody else is at it. */
static int open_part(Transfer *t) {
        char name[DIGEST_TEXT_MAX];

        digest_format_id(&t->spec.layer->digest, name);
        int r = part_open(t->spec.store, name, &t->part);
        if (r == -EAGAIN)
                return 0;

        return r < 0 ? fail(t, "keep blob", r, NULL) : 1;
}

static int start_sealer(Transfer *t) {
        int r = hasher_new(t->spec.layer->digest.algorithm, &t->hasher);
        if (r < 0)
                return fail(t, "hash blob", r, NULL);
        r = sealer_start(t->spec.store,
                         &(SealerInput) { .format = "oci", .file = -EBADF, .max = t->spec.unpacked_max },
                         &t->sealer);
        if (r < 0)
                return r;

        t->sealer_fd = pidfd_open(t->sealer.pid, 0);
        if (t->sealer_fd < 0 || fcntl(t->sealer.in, F_SETFL, O_NONBLOCK) < 0)
                return fail(t, "seal blob", -errno, NULL);

        return 0;
}

/* -- its steps ------------------------------------------------------------------------------------------- */

static int layer_is_there(const Transfer *t) {
        _cleanup_close_ int lock = store_lock(t->spec.store, STORE_SHARED);
        return lock < 0 ? lock : layer_exists(t->spec.store, t->spec.diff_id);
}

/* 1 if the store has it; then it stays, because the image that needs it is locked. */
static int find_layer(Transfer *t) {
        int there = layer_is_there(t);
        int r = there > 0 ? image_layers_find(t->spec.store, t->spec.image, t->spec.diff_id, &t->record)
                          : there;

        return r < 0 ? fail(t, "use layer", r, image_layers_strerror(r)) : there;
}

static int wait_for_other(Transfer *t) {
        if (t->state != TRANSFER_WAITING)
                progress_row_state(t->spec.row, ROW_WAITING);

        t->state = TRANSFER_WAITING;
        return 0;
}

static int fill_chunk(Transfer *t) {
        bool here = t->file.fd >= 0;
        uint64_t left = available(t) - t->fed;

        ssize_t n = pread(here ? t->file.fd : t->part.fd, t->chunk, MIN(left, (uint64_t) CHUNK_SIZE),
                          t->file.offset + t->fed);
        if (n <= 0)
                return fail(t, "read blob", n < 0 ? -errno : -EIO, n < 0 ? NULL : "it has become shorter");

        hasher_update(t->hasher, t->chunk, n);
        t->fed += n;
        t->start = 0;
        t->end = n;
        return 0;
}

/* A sealer that has given up no longer reads; the rest is hashed all the same, to tell a hostile layer from a
 * damaged download. */
static int feed_sealer(Transfer *t) {
        while (t->start < t->end || t->fed < available(t)) {
                int r = t->start < t->end ? 0 : fill_chunk(t);
                if (r < 0)
                        return r;

                ssize_t n = t->sealer_gone ? (ssize_t) (t->end - t->start)
                                           : write(t->sealer.in, t->chunk + t->start, t->end - t->start);
                if (n < 0 && errno == EAGAIN)
                        return 0;
                if (n < 0 && errno == EPIPE) {
                        t->sealer_gone = true;
                        continue;
                }
                if (n < 0)
                        return fail(t, "seal blob", -errno, NULL);
                t->start += n;
                if (t->sealer_gone && children_interrupted())
                        return -ECANCELED;
        }

        return 0;
}

/* What was kept of an earlier download does not fit to the rest of this one. Once. */
static int begin_anew(Transfer *t) {
        log_info("What was kept of layer %s is not what it should be, beginning anew", t->name);
        download_done(&t->download);
        sealer_done(&t->sealer);
        t->sealer_fd = fd_close(t->sealer_fd);
        t->hasher = hasher_free(t->hasher);
        t->fed = t->start = t->end = 0;
        t->sealer_gone = false;
        t->begun_anew = true;

        int r = part_begin(&t->part, 0, NULL);
        if (r < 0)
                return fail(t, "keep blob", r, NULL);
        progress_row_at(t->spec.row, 0);
        r = start_sealer(t);
        return r < 0 ? r : start_download(t);
}

static int advance_download(Transfer *t) {
        int r = download_advance(&t->download);
        if (r == -ESTALE && !t->begun_anew)
                return begin_anew(t);
        if (r < 0)
                return fail(t, "fetch blob", r, t->download.why);

        progress_row_at(t->spec.row, t->part.size);
        return 0;
}

/* All of it has been hashed: was it that? 1 if so; 0 if all is to be done again. */
static int check_digest(Transfer *t) {
        Digest actual;

        hasher_final(t->hasher, &actual);
        if (!has_digest(t) || digest_equal(&actual, &t->spec.layer->digest))
                return 1;

        bool kept = t->file.fd < 0 && (t->download.resumed || !t->download.begun);
        if (kept && !t->begun_anew)
                return begin_anew(t);

        if (t->file.fd < 0)
                (void) part_remove(&t->part);
        return fail(t, "use what came for layer", -EBADMSG, "it has another digest");
}

static int finish_feeding(Transfer *t) {
        int r = check_digest(t);
        if (r <= 0)
                return r;

        t->sealer.in = fd_close(t->sealer.in);
        progress_row_state(t->spec.row, ROW_SEALING);
        t->state = TRANSFER_SEALING;
        return 0;
}

static int run(Transfer *t) {
        int r = download_is_active(&t->download) ? advance_download(t) : 0;
        if (r < 0)
                return r;

        /* Not before it is known whether what was kept counts. */
        if (!download_is_active(&t->download) || t->download.begun)
                r = feed_sealer(t);
        bool all = !download_is_active(&t->download) && t->start == t->end && t->fed == available(t);

        return r < 0 || !all ? r : finish_feeding(t);
}

/* As find_layer(), and asked again when the lock is ours: whoever had it may have published the layer. 0 and
 * a part without an fd if somebody still has it. */
static int find_layer_or_part(Transfer *t) {
        int r = find_layer(t);
        if (r != 0 || !origin_is_remote(t->spec.origin))
                return r;

        r = open_part(t);
        if (r > 0)
                r = find_layer(t);
        if (r > 0)
                (void) part_remove(&t->part);

        return r;
}

/* 1 if there is nothing to do. What is here already need not be waited for. */
static int start(Transfer *t) {
        bool remote = origin_is_remote(t->spec.origin);

        int r = find_layer_or_part(t);
        if (r > 0)
                progress_row_state(t->spec.row, ROW_PRESENT);
        if (r != 0)
                return r;
        if (remote && t->part.fd < 0)
                return wait_for_other(t);

        r = remote ? 0 : find_file(t);
        if (r >= 0)
                r = start_sealer(t);
        if (r >= 0 && remote && t->part.size != t->spec.layer->size)
                r = start_download(t);
        if (r < 0)
                return r;

        progress_row_at(t->spec.row, remote ? available(t) : 0);
        progress_row_state(t->spec.row, ROW_DOWNLOADING);
        t->state = TRANSFER_RUNNING;
        return run(t);
}

/* 0 if what the sealer made is what it should be. */
static int judge_layer(Transfer *t, const char *should) {
        _cleanup_free_ char *what = NULL;
        char is[DIGEST_TEXT_MAX];

        int r = str_printf(&what, LAYER_OF, should, t->spec.origin->text);
        if (r < 0)
                return fail(t, "seal blob", r, NULL);
        r = sealer_finish(&t->sealer, what, &t->sealed);
        if (r < 0 || digest_equal(&t->sealed.tar, t->spec.diff_id))
                return r;

        digest_format(&t->sealed.tar, is);
        log_error("Cannot use %s: what came unpacks to the digest %s", what, is);
        return -EBADMSG;
}

/* 1 when it is published. */
static int finish(Transfer *t) {
        const TransferSpec *s = &t->spec;
        char name[DIGEST_TEXT_MAX];

        if (!fd_is_readable(t->sealer_fd))
                return 0;

        digest_format(s->diff_id, name);
        int r = judge_layer(t, name);
        if (r >= 0)
                r = sealer_publish(&t->sealer, s->store, s->image, &t->sealed, &t->record);
        /* Good or bad, the bytes are all here: there is nothing to go on with. */
        if (t->file.fd < 0 && r != -ECANCELED)
                (void) part_remove(&t->part);
        if (r < 0)
                return r;

        progress_row_state(s->row, ROW_DONE);
        return 1;
}

int transfer_advance(Transfer *t) {
        switch (t->state) {
        case TRANSFER_NEW:
        case TRANSFER_WAITING: return start(t);
        case TRANSFER_RUNNING: return run(t);
        case TRANSFER_SEALING: return finish(t);
        }

        return -EINVAL;
}

size_t transfer_poll(const Transfer *t, struct pollfd *ret, int *ret_timeout) {
        size_t n = 0;

        *ret_timeout = t->state == TRANSFER_NEW ? 0 : t->state == TRANSFER_WAITING ? TRANSFER_RETRY_MS : -1;
        if (t->state == TRANSFER_RUNNING) {
                n = download_poll(&t->download, ret);
                if (t->start < t->end)
                        ret[n++] = (struct pollfd) { .fd = t->sealer.in, .events = POLLOUT };
        }
        if (t->state == TRANSFER_SEALING)
                ret[n++] = (struct pollfd) { .fd = t->sealer_fd, .events = POLLIN };

        return n;
}

const LayerRecord *transfer_record(const Transfer *t) {
        return &t->record;
}

uint64_t transfer_unpacked(const Transfer *t) {
        return t->sealed.tar_size;
}
