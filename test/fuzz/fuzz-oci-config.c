/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: image/oci under any bytes, as an image config.
 * Never: asks whether the image could run.
 * Follows: image/oci.h. */

#include "fuzz.h"
#include "image/oci.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(oci_config_freep) OciConfig *c = NULL;
        _cleanup_free_ char *why = NULL;

        int r = oci_config_parse(data, size, &c, &why);
        if (r < 0) {
                fuzz_check(!c && (r == -EFBIG || (r == -EBADMSG && why)));
                return 0;
        }

        fuzz_check(c->os && c->architecture);
        fuzz_check(c->n_diff_ids <= OCI_LAYERS_MAX);
        fuzz_check(!c->user || c->user[0] != '\0');
        fuzz_check(!c->working_dir || c->working_dir[0] != '\0');
        fuzz_check(!c->stop_signal || c->stop_signal[0] != '\0');
        return 0;
}
