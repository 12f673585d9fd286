/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: an ACI that is in the store: its manifest and its lock.
 * Never: judges it; looks at its dependencies.
 * Follows: https://github.com/appc/spec/blob/v0.8.11/spec/aci.md. */

#include <string.h>

#include "basic/log.h"
#include "basic/str.h"
#include "fetch/aci-image.h"
#include "image/reference.h"
#include "store/image-dir.h"

int aci_image_read(AciImage *image, const char *text) {
        _cleanup_(appc_image_freep) AppcImage *manifest = NULL;
        _cleanup_blob_ Blob document = {};
        _cleanup_free_ char *why = NULL;

        int r = image_file_read(image->image.fd, "manifest", APPC_DOCUMENT_MAX, &document);
        if (r >= 0)
                r = appc_image_parse(document.data, document.size, &manifest, &why);
        if (r >= 0)
                r = appc_whitelist_of(manifest->path_whitelist, &image->whitelist);
        if (r < 0)
                return log_error_errno(r, "Cannot use the manifest of '%s': %s", text,
                                       why ? why : strerror(-r));

        image->manifest = TAKE_PTR(manifest);
        return 0;
}

const AppcWhitelist *aci_image_whitelist(const AciImage *image) {
        char **paths = image->manifest->path_whitelist;
        return paths && paths[0] ? &image->whitelist : NULL;
}

void aci_image_done(AciImage *image) {
        image_done(&image->image);
        appc_image_free(image->manifest);
        appc_whitelist_done(&image->whitelist);
        *image = ACI_IMAGE_NULL;
}

int aci_check_platform(const AppcImage *manifest, const FetchPlatform *p, char **reterr_why) {
        const char *os = pairs_get(&manifest->labels, "os");
        const char *architecture = pairs_get(&manifest->labels, "arch");

        const char *wanted = appc_architecture_of(p->architecture, p->variant);
        if ((!os || streq(os, p->os)) && (!architecture || streq_ptr(architecture, wanted)))
                return 0;

        return platform_check(p, os, architecture, reterr_why);
}

int aci_image_name(const AciImage *image, char **ret) {
        Reference ref = {
                .kind = REFERENCE_ACI,
                .name = image->manifest->name,
                .version = (char *) pairs_get(&image->manifest->labels, "version"),
        };

        int r = reference_format(&ref, ret);
        if (r == -EINVAL) { /* a version that no reference can spell */
                ref.version = NULL;
                r = reference_format(&ref, ret);
        }

        return r;
}
