/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: image/oci under any bytes, as a manifest.
 * Never: takes a document that could be two.
 * Follows: image/oci.h. */

#include "fuzz.h"
#include "image/oci.h"

static void check_descriptor(const OciDescriptor *d) {
        char text[DIGEST_TEXT_MAX];
        Digest again;

        fuzz_check(d->media_type_text);
        digest_format(&d->digest, text);
        fuzz_check(digest_parse(text, &again) == 0 && digest_equal(&again, &d->digest));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_free_ char *why = NULL, *why_no_image = NULL;
        _cleanup_(oci_manifest_freep) OciManifest *m = NULL;
        _cleanup_(oci_index_freep) OciIndex *index = NULL;

        int r = oci_manifest_parse(data, size, &m, &why);
        if (r < 0) {
                fuzz_check(!m && (r == -EFBIG || (r == -EBADMSG && why)));
                return 0;
        }

        fuzz_check(m->n_layers <= OCI_LAYERS_MAX);
        check_descriptor(&m->config);
        for (size_t i = 0; i < m->n_layers; i++)
                check_descriptor(&m->layers[i]);

        fuzz_check(oci_document_type(data, size, NULL) == MEDIA_MANIFEST);
        fuzz_check(oci_index_parse(data, size, &index, NULL) == -EBADMSG);

        r = oci_manifest_check_image(m, &why_no_image);
        fuzz_check(r == 0 ? m->n_layers > 0 : r == -EBADMSG && why_no_image);
        return 0;
}
