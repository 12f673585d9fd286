/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: image/appc under any bytes, as the manifest of an ACI.
 * Never: asks whether the image could run.
 * Follows: image/appc.h. */

#include "fuzz.h"
#include "image/appc-types.h"
#include "image/appc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(appc_image_freep) AppcImage *image = NULL;
        _cleanup_free_ char *why = NULL;

        int r = appc_image_parse(data, size, &image, &why);
        if (r < 0) {
                fuzz_check(!image && (r == -EFBIG || (r == -EBADMSG && why)));
                return 0;
        }

        fuzz_check(appc_version_is_valid(image->ac_version));
        fuzz_check(appc_identifier_is_valid(image->name));
        fuzz_check(!pairs_find_duplicate(&image->labels));
        fuzz_check(!pairs_find_duplicate(&image->annotations));
        fuzz_check(appc_image_check(image, image->name, &image->labels, NULL) == 0);
        for (size_t i = 0; i < image->n_dependencies; i++)
                fuzz_check(appc_identifier_is_valid(image->dependencies[i].image_name));
        return 0;
}
