/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: image/docker-archive under any bytes.
 * Never: opens what is named.
 * Follows: image/docker-archive.h. */

#include "basic/strv.h"
#include "fuzz.h"
#include "image/docker-archive.h"
#include "image/oci.h"

static void check_image(const DockerArchive *a, const DockerArchiveImage *image) {
        const DockerArchiveImage *found;

        fuzz_check(image->config);
        fuzz_check(strv_length(image->layers) > 0 && strv_length(image->layers) <= OCI_LAYERS_MAX);
        STRV_FOREACH(tag, image->tags)
                if (docker_archive_find(a, *tag, &found) == 0)
                        fuzz_check(found <= image &&
                                   found >= a->images); /* or one before that has it, too */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_docker_archive_ DockerArchive a = {};
        const DockerArchiveImage *found = NULL;
        _cleanup_free_ char *why = NULL;

        int r = docker_archive_parse(data, size, &a, &why);
        if (r < 0) {
                fuzz_check(!a.images && (r == -EFBIG || (r == -EBADMSG && why)));
                return 0;
        }

        for (size_t i = 0; i < a.n_images; i++)
                check_image(&a, &a.images[i]);
        r = docker_archive_find(&a, NULL, &found);
        fuzz_check(r == (a.n_images == 1 ? 0 : a.n_images == 0 ? -ENOENT : -ENOTUNIQ));
        fuzz_check((r == 0) == (found != NULL));
        return 0;
}
