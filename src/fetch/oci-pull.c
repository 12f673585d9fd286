/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the order of things for an OCI image: policy before config, config before layers, the name last.
 * Never: downloads what gantry-verify has not admitted; parses a document whose digest is not checked.
 * Follows: docs/ARCHITECTURE.md, "Fetch". */

#include <sys/utsname.h>

#include "basic/fd.h"
#include "basic/log.h"
#include "basic/str.h"
#include "fetch/image.h"
#include "fetch/layer-pull.h"
#include "fetch/oci-pull.h"
#include "fetch/platform.h"
#include "fetch/quarantine.h"
#include "store/image-dir.h"

static int admit(Store *s, const Origin *o, Digest *ret) {
        _cleanup_quarantine_ Quarantine q = QUARANTINE_NULL;

        int r = quarantine_new(s, o->reference, &q);
        if (r < 0)
                return r;

        log_info("Fetching the manifest of '%s'", o->reference);
        r = client_metadata(o, q.fd);
        return r < 0 ? r : quarantine_admit(&q, ret);
}

static int refuse(const Origin *o, const char *document, int r, const char *why) {
        if (why)
                log_error("Cannot use the %s of '%s': %s", document, o->reference, why);
        else
                log_error_errno(r, "Cannot use the %s of '%s': %m", document, o->reference);

        return r;
}

/* Manifests may name more than can be unpacked today; better to say so before anything is downloaded. */
static int check_media_types(const OciManifest *m, char **reterr_why) {
        for (size_t i = 0; i < m->n_layers; i++) {
                _cleanup_free_ char *escaped = NULL;

                if (m->layers[i].media_type == MEDIA_LAYER_TAR ||
                    m->layers[i].media_type == MEDIA_LAYER_GZIP)
                        continue;

                const char *text = m->layers[i].media_type_text;
                escaped = str_escape(text, strlen(text), 100);
                int r = escaped ? str_printf(reterr_why, "layers[%zu]: media type '%s' is not supported", i,
                                             escaped)
                                : -ENOMEM;
                return r < 0 ? r : -EOPNOTSUPP;
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
                r = check_media_types(m, &why);
        if (r < 0)
                return refuse(o, "manifest", r, why);

        *ret = TAKE_PTR(m);
        return 0;
}

/* The bytes from the image's directory if they are there: they were checked when they came. */
static int get_config(const Image *image, const Origin *o, const OciDescriptor *d, Blob *ret) {
        int r = image_file_read(image->fd, "config", OCI_DOCUMENT_MAX, ret);
        if (r != -ENOENT)
                return r < 0 ? refuse(o, "config", r, /* why= */ NULL) : 0;
        if (d->size > OCI_DOCUMENT_MAX)
                return refuse(o, "config", -EFBIG, "more than 4 MiB");

        return client_document(o, "config", &d->digest, d->size, ret);
}

static int check_platform(const OciConfig *config, char **reterr_why) {
        const char *architecture, *variant;
        struct utsname u;

        if (uname(&u) < 0)
                return -errno;
        int r = oci_architecture_of(u.machine, &architecture, &variant);
        if (r < 0)
                return r;
        if (streq_ptr(config->os, "linux") && streq_ptr(config->architecture, architecture))
                return 0;

        return platform_refuse(config->os, config->architecture, architecture, reterr_why);
}

static int fetch_config(const Image *image, const Origin *o, const OciManifest *m, OciConfig **ret) {
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
                r = check_platform(config, &why);
        if (r >= 0)
                r = image_file_add(image->fd, "config", document.data, document.size);
        if (r < 0)
                return refuse(o, "config", r, why);

        *ret = TAKE_PTR(config);
        return 0;
}

static int pull_layers(Store *s, const Origin *o, const OciManifest *m, const OciConfig *config) {
        for (size_t i = 0; i < m->n_layers; i++) {
                _cleanup_free_ char *label = NULL;

                int r = str_printf(&label, "Layer %zu of %zu", i + 1, m->n_layers);
                if (r < 0)
                        return log_error_errno(r, "Cannot fetch a layer: %m");
                r = layer_pull(s, o, &m->layers[i], &config->diff_ids[i], label);
                if (r < 0)
                        return r;
        }

        return 0;
}

int oci_pull(Store *s, const Origin *o, Digest *ret) {
        _cleanup_(oci_manifest_freep) OciManifest *manifest = NULL;
        _cleanup_(oci_config_freep) OciConfig *config = NULL;
        _cleanup_image_ Image image = IMAGE_NULL;
        Digest id;

        int r = admit(s, o, &id);
        if (r >= 0)
                r = image_open(s, &id, &image);
        if (r >= 0)
                r = read_manifest(&image, o, &manifest);
        if (r >= 0)
                r = fetch_config(&image, o, manifest, &config);
        if (r >= 0)
                r = pull_layers(s, o, manifest, config);
        if (r >= 0)
                r = image_finish(&image, o->reference);
        if (r < 0)
                return r;

        *ret = id;
        return 0;
}
