/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: reading an OCI image layout.
 * Never: opens a file: gantry-fetch does, and keeps us within the layout.
 * Follows: https://github.com/opencontainers/image-spec/blob/v1.1.0/image-layout.md. */

#include "basic/fd.h"
#include "basic/str.h"
#include "image/json.h"
#include "image/oci.h"
#include "registry-client/layout.h"

typedef struct Layout {
        Source source;
        const Caller *caller;
} Layout;

static void layout_free(Source *s) {
        free(s);
}

static int refuse(int error, char **reterr_why, const char *path, const char *what) {
        int r = reterr_why ? str_printf(reterr_why, "'%s' in the layout: %s", path, what) : 0;
        return r < 0 ? r : error;
}

static int refuse_errno(int error, char **reterr_why, const char *path) {
        return error == -ENOMEM ? error : refuse(error, reterr_why, path, strerror(-error));
}

static int read_document(Layout *l, const char *path, Blob *ret, char **reterr_why) {
        _cleanup_close_ int fd = caller_file(l->caller, path);

        int r = fd < 0 ? fd : fd_read_blob(fd, OCI_DOCUMENT_MAX, ret);
        return r < 0 ? refuse_errno(r, reterr_why, path) : 0;
}

static int check_version(Layout *l, char **reterr_why) {
        _cleanup_json_ Json *json = NULL;
        _cleanup_blob_ Blob document = {};

        int r = read_document(l, "oci-layout", &document, reterr_why);
        if (r >= 0)
                r = json_parse(document.data, document.size, &json, /* reterr_why= */ NULL);
        if (r < 0)
                return r == -EBADMSG ? refuse(r, reterr_why, "oci-layout", "not JSON") : r;
        if (!streq_ptr(json_get_text(json, "imageLayoutVersion"), "1.0.0"))
                return refuse(-EBADMSG, reterr_why, "oci-layout", "not version 1.0.0");

        return 0;
}

static int read_index(Layout *l, OciIndex **ret, char **reterr_why) {
        _cleanup_free_ char *why = NULL;
        _cleanup_blob_ Blob document = {};

        int r = check_version(l, reterr_why);
        if (r >= 0)
                r = read_document(l, "index.json", &document, reterr_why);
        if (r < 0)
                return r;

        r = oci_index_parse(document.data, document.size, ret, &why);
        return r == -EBADMSG ? refuse(r, reterr_why, "index.json", why) : r;
}

static int find_tag(Layout *l, const char *tag, Digest *ret, char **reterr_why) {
        _cleanup_(oci_index_freep) OciIndex *index = NULL;
        _cleanup_free_ char *why = NULL;

        int r = read_index(l, &index, reterr_why);
        if (r < 0)
                return r;

        const OciDescriptor *found = oci_index_find_tag(index, tag);
        if (!found) {
                r = tag ? str_printf(&why, "no image, or several, with the tag '%s'", tag)
                        : str_copy("not exactly one image; name one by its tag", &why);
                return r < 0 ? r : refuse(-ENOENT, reterr_why, "index.json", why);
        }

        *ret = found->digest;
        return 0;
}

static int layout_manifest(Source *s, const char *tag, const Digest *digest, const char *known, Blob *ret,
                           char **reterr_why) {
        Layout *l = (Layout *) s;
        _cleanup_free_ char *path = NULL;
        Digest found;

        int r = digest ? 0 : find_tag(l, tag, &found, reterr_why);
        if (r >= 0)
                r = oci_blob_path(digest ? digest : &found, &path);

        return r < 0 ? r : read_document(l, path, ret, reterr_why);
}

static int layout_document(Source *s, const Digest *digest, uint64_t size, Blob *ret, char **reterr_why) {
        Layout *l = (Layout *) s;
        _cleanup_free_ char *path = NULL;
        _cleanup_blob_ Blob blob = {};

        int r = oci_blob_path(digest, &path);
        if (r >= 0)
                r = read_document(l, path, &blob, reterr_why);
        if (r < 0)
                return r;
        if (blob.size != size)
                return refuse(-EBADMSG, reterr_why, path, "not of the size that the manifest gives");

        *ret = TAKE_BLOB(blob);
        return 0;
}

/* Those that index.json names besides the images; whose signatures they are is in their manifests. There may be a
 * tag, too. */
static int layout_referrers(Source *s, const Digest *digest, Referrers *r, char **reterr_why) {
        _cleanup_(oci_index_freep) OciIndex *index = NULL;

        int error = read_index((Layout *) s, &index, reterr_why);
        if (error < 0)
                return error;

        referrers_add(r, index, /* is_claimed= */ false);
        return 0;
}

static const SourceType type = {
        .manifest = layout_manifest,
        .document = layout_document,
        .referrers = layout_referrers,
        .free = layout_free,
};

int layout_new(const Caller *caller, Source **ret) {
        Layout *l = malloc(sizeof(Layout));
        if (!l)
                return -ENOMEM;

        *l = (Layout) { .source.type = &type, .caller = caller };
        *ret = &l->source;
        return 0;
}
