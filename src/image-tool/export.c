/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: `gantry image export`: an image as one file that other tools read.
 * Never: keeps a file that is not all of the image.
 * Follows: gantry-image(1); OCI image-spec, image-layout.md; appc ACI. */

#include <stdio.h>
#include <string.h>

#include "basic/children.h"
#include "basic/fd.h"
#include "basic/log.h"
#include "basic/output.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "image-tool/archive.h"
#include "image-tool/documents.h"
#include "image-tool/image-tool.h"
#include "image-tool/unseal.h"
#include "image/hasher.h"
#include "image/oci-plain.h"
#include "store/image-dir.h"
#include "store/layer.h"
#include "store/lock.h"

#define LAYOUT "{\"imageLayoutVersion\":\"1.0.0\"}\n"

/* What is exported. The layers are open, so that they stay whoever removes the image. */
typedef struct Export {
        const char *text; /* what the user calls it */
        Digest id;
        Reference *name; /* NULL if it has none */
        Documents documents;
        const Digest *layers; /* bottom first; one may come twice */
        int *fds;
        uint64_t *sizes; /* of the tars */
        size_t n;
        uint64_t total;
} Export;

static void export_done(Export *e) {
        for (size_t i = 0; e->fds && i < e->n; i++)
                fd_close(e->fds[i]);
        free(e->fds);
        free(e->sizes);
        reference_free(e->name);
        documents_done(&e->documents);
}
#define _cleanup_export_ _cleanup_(export_done)

static int open_layers(Store *s, Export *e) {
        const OciConfig *config = e->documents.oci_config;

        e->layers = config ? config->diff_ids : &e->id;
        e->n = config ? config->n_diff_ids : 1;
        e->fds = malloc(e->n * sizeof(int));
        e->sizes = calloc(e->n, sizeof(uint64_t));
        if (!e->fds || !e->sizes)
                return log_error_errno(ENOMEM, "Cannot export '%s': %m", e->text);

        for (size_t i = 0; i < e->n; i++)
                e->fds[i] = layer_open(s, &e->layers[i]);
        for (size_t i = 0; i < e->n; i++)
                if (e->fds[i] < 0) {
                        char id[DIGEST_TEXT_MAX];

                        digest_format_id(&e->layers[i], id);
                        return log_error_errno(e->fds[i],
                                               "Cannot export '%s': layer %s: %m; fetch the image again",
                                               e->text, id);
                }

        return 0;
}

/* An ID is no name; then the one it was admitted under will do. */
static int read_name(int image_fd, Export *e) {
        if (e->name->kind != REFERENCE_ID)
                return 0;

        e->name = reference_free(e->name);
        int r = image_dir_reference(image_fd, &e->name);
        return r == -ENOMEM ? r : 0;
}

/* Under the store's lock: what is found is open before anybody may remove it. */
static int open_image(Store *s, const char *text, Export *e) {
        _cleanup_free_ char *why = NULL;

        _cleanup_close_ int lock = store_lock(s, STORE_SHARED);
        if (lock < 0)
                return log_error_errno(lock, "Cannot lock the store '%s': %m", store_path(s));

        e->text = text;
        int r = image_tool_find(s, text, &e->name, &e->id);
        if (r < 0)
                return r;

        _cleanup_close_ int fd = image_dir_open(s, &e->id);
        r = fd < 0 ? fd : read_name(fd, e);
        if (r >= 0)
                r = documents_read(fd, &e->id, &e->documents, &why);
        if (r < 0)
                return log_error_errno(r, "Cannot export '%s': %s", text, why ? why : strerror(-r));

        return open_layers(s, e);
}

static int find_sizes(Export *e) {
        for (size_t i = 0; i < e->n; i++) {
                int r = unseal_size(e->fds[i], &e->layers[i], &e->sizes[i]);
                if (r < 0)
                        return r;
                e->total += e->sizes[i];
        }

        return 0;
}

/* A document that is named by its digest. */
static int add_blob(int fd, const Blob *document) {
        _cleanup_free_ char *path = NULL;
        Digest digest;

        int r = digest_of(DIGEST_SHA256, document->data, document->size, &digest);
        if (r >= 0)
                r = oci_blob_path(&digest, &path);

        return r < 0 ? r : archive_add(fd, path, document->data, document->size);
}

static int add_documents(const Export *e, int fd) {
        const Documents *d = &e->documents;
        _cleanup_blob_ Blob manifest = {}, index = {};

        int r = oci_plain_manifest(&d->config, d->oci_config, e->sizes, &d->oci->annotations, &manifest);
        if (r >= 0)
                r = oci_plain_index(&manifest, d->oci_config, e->name, &index);
        if (r >= 0)
                r = archive_add(fd, "oci-layout", LAYOUT, strlen(LAYOUT));
        if (r >= 0)
                r = archive_add(fd, "index.json", index.data, index.size);
        if (r >= 0)
                r = add_blob(fd, &manifest);

        return r < 0 ? r : add_blob(fd, &d->config);
}

static bool came_before(const Export *e, size_t i) {
        for (size_t k = 0; k < i; k++)
                if (digest_equal(&e->layers[k], &e->layers[i]))
                        return true;

        return false;
}

static int cannot_write(const Export *e, int r) {
        return log_error_errno(r, "Cannot export '%s': %m", e->text);
}

static int add_layer(const Export *e, size_t i, int fd, Meter *meter) {
        _cleanup_free_ char *path = NULL;

        int r = oci_blob_path(&e->layers[i], &path);
        if (r >= 0)
                r = archive_begin(fd, path, e->sizes[i]);
        if (r < 0)
                return cannot_write(e, r);

        r = unseal(e->fds[i], &e->layers[i], e->sizes[i], fd, meter);
        if (r < 0)
                return r;

        r = archive_pad(fd, e->sizes[i]);
        return r < 0 ? cannot_write(e, r) : 0;
}

static int write_layout(const Export *e, int fd, Meter *meter) {
        int r = add_documents(e, fd);
        if (r < 0)
                return cannot_write(e, r);

        for (size_t i = 0; i < e->n; i++) {
                r = came_before(e, i) ? 0 : add_layer(e, i, fd, meter);
                if (r < 0)
                        return r;
        }

        r = archive_end(fd);
        return r < 0 ? cannot_write(e, r) : 0;
}

/* An ACI is a tar, and named by its digest. */
static int write_image(const Export *e, int fd) {
        _cleanup_meter_ Meter meter = {};

        meter_begin(&meter, "Exporting", e->total);
        return e->documents.oci ? write_layout(e, fd, &meter)
                                : unseal(e->fds[0], &e->layers[0], e->sizes[0], fd, &meter);
}

int image_tool_export(const ImageArguments *a) {
        _cleanup_export_ Export e = {};
        _cleanup_output_ Output output = OUTPUT_NULL;

        if (strv_length(a->operands) != 2)
                return log_error_errno(-EINVAL, "Which image, and to which file? See 'gantry image --help'");
        const char *path = a->operands[1];
        if (path[0] == '\0')
                return log_error_errno(-EINVAL,
                                       "Cannot export to a file without a name; '-' is standard output");

        children_take_signals();
        int r = open_image(a->store, a->operands[0], &e);
        if (r >= 0)
                r = find_sizes(&e);
        if (r < 0)
                return r;

        r = output_open(path, &output);
        if (r < 0)
                return log_error_errno(r, "Cannot write '%s': %s", path,
                                       r == -EINVAL ? "it is there, and no file; '-' is standard output"
                                                    : strerror(-r));
        r = write_image(&e, output.fd);
        if (r < 0)
                return r;

        r = output_publish(&output);
        return r < 0 ? log_error_errno(r, "Cannot write '%s': %m", path) : 0;
}
