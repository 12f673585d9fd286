/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: image/oci under any bytes, as an index.
 * Never: lets a choice lead out of it.
 * Follows: image/oci.h. */

#include "basic/str.h"
#include "fuzz.h"
#include "image/oci.h"

static void check_choice(const OciIndex *i, const char *os, const char *architecture, const char *variant) {
        const OciDescriptor *d = oci_index_choose(i, os, architecture, variant);

        if (d) {
                fuzz_check(d >= i->manifests && d < i->manifests + i->n_manifests);
                fuzz_check(streq_ptr(d->os, os) && streq_ptr(d->architecture, architecture));
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(oci_index_freep) OciIndex *index = NULL;
        _cleanup_free_ char *why = NULL;

        int r = oci_index_parse(data, size, &index, &why);
        if (r < 0) {
                fuzz_check(!index && (r == -EFBIG || (r == -EBADMSG && why)));
                return 0;
        }

        fuzz_check(index->n_manifests <= OCI_INDEX_MAX);
        fuzz_check(oci_document_type(data, size, NULL) == MEDIA_INDEX);
        check_choice(index, "linux", "amd64", NULL);
        check_choice(index, "linux", "arm", "v7");

        const OciDescriptor *only = oci_index_find_tag(index, NULL);
        fuzz_check(!only || (index->n_manifests == 1 && only == index->manifests));
        (void) oci_index_find_tag(index, "latest");
        return 0;
}
