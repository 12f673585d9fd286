/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: `gantry image cat-manifest`.
 * Never: changes a byte of a document.
 * Follows: gantry-image(1). */

#include <unistd.h>

#include "basic/fd.h"
#include "basic/log.h"
#include "image-tool/image-tool.h"
#include "image/oci.h"
#include "store/image-dir.h"

static int show(const ImageArguments *a, const char *text) {
        const char *file = a->config ? "config" : "manifest";
        _cleanup_blob_ Blob document = {};
        Digest id;

        int r = image_tool_find(a->store, text, /* ret= */ NULL, &id);
        if (r < 0)
                return r;
        if (a->config && id.algorithm == DIGEST_SHA512)
                return log_error_errno(-ENOENT, "Cannot show the config of '%s': an ACI has a manifest only",
                                       text);

        _cleanup_close_ int fd = image_dir_open(a->store, &id);
        r = fd < 0 ? fd : image_file_read(fd, file, OCI_DOCUMENT_MAX, &document);
        if (r >= 0)
                r = fd_write_full(STDOUT_FILENO, document.data, document.size);
        if (r < 0)
                return log_error_errno(r, "Cannot show the %s of '%s': %m", file, text);

        return 0;
}

int image_tool_cat_manifest(const ImageArguments *a) {
        return image_tool_each(a, show);
}
