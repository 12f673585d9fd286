/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the order of things for an OCI image: policy before config, config before layers, the name last.
 * Never: downloads what gantry-verify has not admitted; parses a document whose digest is not checked.
 * Follows: docs/ARCHITECTURE.md, "Fetch". */

#include "basic/children.h"
#include "basic/fd.h"
#include "basic/log.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "fetch/image.h"
#include "fetch/layers.h"
#include "fetch/oci-pull.h"
#include "fetch/quarantine.h"
#include "fetch/stack.h"
#include "image/json-table.h"
#include "store/image-dir.h"

static int refuse(const Origin *o, const char *document, int r, const char *why) {
        return log_error_errno(r, "Cannot use the %s of '%s': %s", document, o->text,
                               why ? why : strerror(-r));
}

/* What the store knows by this name goes into the quarantine, so that it need not be downloaded if the
 * registry says that it is still that. */
static int offer_known(Store *s, const Origin *o, int dir_fd) {
        static const char *const documents[] = { "manifest", "index" };
        Digest id;

        int r = image_ref_get(s, o->text, &id);
        _cleanup_close_ int image_fd = r < 0 ? r : image_dir_open(s, &id);
        if (image_fd < 0)
                return image_fd == -ENOENT ? 0 : image_fd;

        for (size_t i = 0; i < ELEMENTSOF(documents); i++) {
                _cleanup_blob_ Blob document = {};

                r = image_file_read(image_fd, documents[i], OCI_DOCUMENT_MAX, &document);
                if (r >= 0)
                        r = file_create_at(dir_fd, documents[i], document.data, document.size, 0644);
                if (r < 0 && r != -ENOENT)
                        return r;
        }

        return 0;
}

/* The files of a docker archive that the manifest, which is made up, is about. */
static int read_members(Origin *o, int dir_fd) {
        _cleanup_blob_ Blob text = {};
        _cleanup_free_ char *why = NULL;

        int r = file_read_at(dir_fd, "members", OCI_DOCUMENT_MAX, &text);
        if (r >= 0)
                r = json_parse_into(text.data, text.size, json_decode_strv, &o->members, &why);

        return r < 0 ? refuse(o, "list of files", r, why) : 0;
}

static int get_metadata(Store *s, Origin *o, const FetchPlatform *p, int dir_fd) {
        _cleanup_free_ char *why = NULL;

        int r = origin_is_remote(o) && p->is_host ? offer_known(s, o, dir_fd) : 0;
        if (r < 0)
                return log_error_errno(r, "Cannot look up '%s' in '%s': %m", o->text, store_path(s));

        char *request[] = { (char *) "metadata",
                            o->text,
                            p->os,
                            p->architecture,
                            p->variant ? p->variant : (char *) "",
                            NULL };
        r = origin_call(o, request, dir_fd, &why);
        if (r < 0)
                return children_interrupted() ? -ECANCELED
                                              : log_error_errno(r, "Cannot fetch manifest of '%s': %s",
                                                                o->text, why ? why : strerror(-r));

        return o->reference->kind == REFERENCE_DOCKER_ARCHIVE ? read_members(o, dir_fd) : 0;
}

static int admit(Store *s, Origin *o, const FetchPlatform *p, Image *ret) {
        _cleanup_quarantine_ Quarantine q = QUARANTINE_NULL;

        int r = quarantine_new(s, o->text, &q);
        if (r < 0)
                return r;

        log_info("Fetching the manifest of '%s'", o->text);
        r = get_metadata(s, o, p, q.fd);
        return r < 0 ? r : image_admit(s, &q, ret);
}

/* Manifests may name more than is wanted or can be unpacked; better to say so before anything is
 * downloaded. */
static int check_layers(const OciManifest *m, const FetchLimits *limits, char **reterr_why) {
        static const MediaType supported[] = { MEDIA_LAYER_TAR, MEDIA_LAYER_GZIP, MEDIA_LAYER_ZSTD };
        uint64_t size = 0;
        int r;

        if (m->n_layers > limits->layers_max) {
                r = str_printf(reterr_why, "%zu layers, %llu are allowed (LayersMax= in fetch.conf)",
                               m->n_layers, (unsigned long long) limits->layers_max);
                return r < 0 ? r : -EFBIG;
        }

        for (size_t i = 0; i < m->n_layers; i++) {
                const OciDescriptor *d = &m->layers[i];
                _cleanup_free_ char *escaped = NULL;
                bool known = false;

                for (size_t k = 0; k < ELEMENTSOF(supported); k++)
                        known = known || d->media_type == supported[k];
                if (!known) {
                        escaped = str_escape(d->media_type_text, strlen(d->media_type_text), 100);
                        r = escaped ? str_printf(reterr_why, "layers[%zu]: media type '%s' is not supported",
                                                 i, escaped)
                                    : -ENOMEM;
                        return r < 0 ? r : -EOPNOTSUPP;
                }
                if (d->size > limits->compressed_max || size > limits->compressed_max - d->size) {
                        r = str_printf(reterr_why,
                                       "layers of more than the %llu bytes allowed (CompressedMax= in fetch.conf)",
                                       (unsigned long long) limits->compressed_max);
                        return r < 0 ? r : -EFBIG;
                }
                size += d->size;
        }

        return 0;
}

static int read_manifest(const Image *image, const Origin *o, OciManifest **ret) {
        _cleanup_(oci_manifest_freep) OciManifest *m = NULL;
        _cleanup_blob_ Blob document = {};
        _cleanup_free_ char *why = NULL;

        int r = image_file_read(image->fd, "manifest", OCI_DOCUMENT_MAX, &document);
        if (r >= 0)
                r = oci_manifest_parse(document.data, document.size, &m, &why);
        if (r >= 0)
                r = oci_manifest_check_image(m, &why);
        if (r >= 0)
                r = check_layers(m, o->limits, &why);
        if (r >= 0 && o->members && strv_length(o->members) != m->n_layers + 1)
                r = -EPROTO;
        if (r < 0)
                return refuse(o, "manifest", r, why);

        *ret = TAKE_PTR(m);
        return 0;
}

/* The bytes from the image's directory if they are there: they were checked when they came. */
static int get_config(const Image *image, Origin *o, const OciDescriptor *d, Blob *ret) {
        _cleanup_free_ char *why = NULL;

        int r = image_file_read(image->fd, "config", OCI_DOCUMENT_MAX, ret);
        if (r != -ENOENT)
                return r < 0 ? refuse(o, "config", r, /* why= */ NULL) : 0;
        if (d->size > o->limits->config_max) {
                r = str_printf(&why, "more than the %llu bytes allowed (ConfigMax= in fetch.conf)",
                               (unsigned long long) o->limits->config_max);
                return refuse(o, "config", r < 0 ? r : -EFBIG, why);
        }

        return origin_document(o, "config", &d->digest, d->size, ret);
}

static int fetch_config(const Image *image, Origin *o, const FetchPlatform *platform, const OciManifest *m,
                        OciConfig **ret) {
        _cleanup_(oci_config_freep) OciConfig *config = NULL;
        _cleanup_blob_ Blob document = {};
        _cleanup_free_ char *why = NULL;

        int r = get_config(image, o, &m->config, &document);
        if (r < 0)
                return r;

        r = oci_config_parse(document.data, document.size, &config, &why);
        if (r >= 0)
                r = oci_image_check(m, config, &why);
        if (r >= 0)
                r = platform_check(platform, config->os, config->architecture, &why);
        if (r >= 0)
                r = image_file_add(image->fd, "config", document.data, document.size);
        if (r < 0)
                return refuse(o, "config", r, why);

        *ret = TAKE_PTR(config);
        return 0;
}

/* A tag means the image for this machine; one for another has no other name than its digest. */
static int name_of(const Origin *o, const FetchPlatform *platform, const Digest *id, char **ret) {
        Reference other = *o->reference;

        if (platform->is_host || other.kind != REFERENCE_REGISTRY)
                return str_copy(o->text, ret);

        other.tag = NULL;
        other.has_digest = true;
        other.digest = *id;
        return reference_format(&other, ret);
}

static int pull_layers(Image *image, Origin *o, Progress *progress, const OciManifest *manifest,
                       const OciConfig *config) {
        _cleanup_free_ LayerRecord *layers = calloc(manifest->n_layers + 1, sizeof(LayerRecord));
        if (!layers)
                return log_error_errno(ENOMEM, "Cannot fetch the layers of '%s': %m", o->text);

        int r = layers_pull(image, o, progress, manifest, config, layers);
        if (r >= 0)
                r = stack_note_down(image, layers, manifest->n_layers);

        return r == 0 ? log_error_errno(ENOENT, "Cannot fetch the layers of '%s': one of them is gone again",
                                        o->text)
                      : MIN(r, 0);
}

int oci_pull(Store *s, Origin *o, const FetchPlatform *platform, Progress *progress, Digest *ret) {
        _cleanup_(oci_manifest_freep) OciManifest *manifest = NULL;
        _cleanup_(oci_config_freep) OciConfig *config = NULL;
        _cleanup_image_ Image image = IMAGE_NULL;
        _cleanup_free_ char *name = NULL;

        int r = admit(s, o, platform, &image);
        if (r >= 0)
                r = read_manifest(&image, o, &manifest);
        if (r >= 0)
                r = fetch_config(&image, o, platform, manifest, &config);
        if (r >= 0)
                r = pull_layers(&image, o, progress, manifest, config);
        if (r < 0)
                return r;

        r = name_of(o, platform, &image.id, &name);
        if (r < 0)
                return log_error_errno(r, "Cannot name '%s': %m", o->text);
        r = image_finish(&image, name);
        if (r < 0)
                return r;

        *ret = image.id;
        return 0;
}
