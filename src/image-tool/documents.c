/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: an image's documents, compared with what they are named by.
 * Never: believes one that its digest does not cover.
 * Follows: OCI image-spec, appc image manifest. */

#include "basic/str.h"
#include "image-tool/documents.h"
#include "image/hasher.h"
#include "store/image-dir.h"

void documents_done(Documents *d) {
        blob_done(&d->manifest);
        blob_done(&d->config);
        oci_manifest_free(d->oci);
        oci_config_free(d->oci_config);
        appc_image_free(d->appc);
        *d = (Documents) {};
}

static int refuse(char **reterr_why, const char *name, const char *what) {
        int r = str_printf(reterr_why, "its %s %s", name, what);
        return r < 0 ? r : -EBADMSG;
}

static int read_file(int image_fd, const char *name, size_t limit, Blob *ret, char **reterr_why) {
        int r = image_file_read(image_fd, name, limit, ret);
        switch (r) {
        case -ENOENT: return refuse(reterr_why, name, "is missing");
        case -EFBIG:
        case -EISDIR:
        case -EINVAL: return refuse(reterr_why, name, "is not a document");
        default: return r;
        }
}

static int read_checked(int image_fd, const char *name, const Digest *expected, Blob *ret,
                        char **reterr_why) {
        _cleanup_blob_ Blob b = {};
        Digest digest;

        int r = read_file(image_fd, name, OCI_DOCUMENT_MAX, &b, reterr_why);
        if (r >= 0)
                r = digest_of(expected->algorithm, b.data, b.size, &digest);
        if (r < 0)
                return r;
        if (!digest_equal(&digest, expected))
                return refuse(reterr_why, name, "is not what its digest says");

        *ret = TAKE_BLOB(b);
        return 0;
}

static int read_oci(int image_fd, const Digest *id, Documents *d, char **reterr_why) {
        int r = read_checked(image_fd, "manifest", id, &d->manifest, reterr_why);
        if (r >= 0)
                r = oci_manifest_parse(d->manifest.data, d->manifest.size, &d->oci, reterr_why);
        if (r >= 0)
                r = read_checked(image_fd, "config", &d->oci->config.digest, &d->config, reterr_why);
        if (r >= 0)
                r = oci_config_parse(d->config.data, d->config.size, &d->oci_config, reterr_why);

        return r < 0 ? r : oci_image_check(d->oci, d->oci_config, reterr_why);
}

static int read_appc(int image_fd, Documents *d, char **reterr_why) {
        int r = read_file(image_fd, "manifest", APPC_DOCUMENT_MAX, &d->manifest, reterr_why);
        return r < 0 ? r : appc_image_parse(d->manifest.data, d->manifest.size, &d->appc, reterr_why);
}

int documents_read(int image_fd, const Digest *id, Documents *ret, char **reterr_why) {
        _cleanup_documents_ Documents d = {};

        int r = id->algorithm == DIGEST_SHA512 ? read_appc(image_fd, &d, reterr_why)
                                               : read_oci(image_fd, id, &d, reterr_why);
        if (r < 0)
                return r;

        *ret = d;
        d = (Documents) {};
        return 0;
}
