/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: opening what an app's root is stacked of, and refusing what is not as it was sealed.
 * Never: reads a layer; mounts it.
 * Follows: docs/STORE.md, "At every start". */

#include "basic/fd.h"
#include "basic/log.h"
#include "stage/layers.h"
#include "store/image-dir.h"
#include "store/image-layers.h"

static int read_records(Store *s, const Digest *image, LayerRecord **ret, size_t *ret_n) {
        _cleanup_free_ LayerRecord *records = NULL;
        char id[DIGEST_TEXT_MAX];
        size_t n = 0;

        digest_format_id(image, id);
        _cleanup_close_ int fd = image_dir_open(s, image);
        int r = fd < 0 ? fd : image_layers_read(fd, &records, &n);
        if (r >= 0)
                r = image_dir_use(fd);
        if (r < 0)
                return log_error_errno(r, "Cannot read which layers image '%s' has: %m; fetch it again", id);
        if (n == 0)
                return log_error_errno(-ENODATA, "Cannot use image '%s': it has no layers", id);

        *ret = TAKE_PTR(records);
        *ret_n = n;
        return 0;
}

/* Returns its fd. */
static int open_checked(Store *s, const LayerRecord *record) {
        char name[DIGEST_TEXT_MAX];

        digest_format_id(&record->id, name);
        _cleanup_close_ int fd = layer_open(s, &record->id);
        if (fd < 0)
                return log_error_errno(fd, "Cannot open layer '%s': %m; fetch the image again", name);

        int r = layer_check(fd, record);
        if (r == -ESTALE)
                return log_error_errno(
                                r,
                                "Cannot use layer '%s': somebody has touched the file; see whether it is still good by 'gantry image fsck'",
                                name);
        if (r < 0)
                return log_error_errno(
                                r,
                                "Cannot use layer '%s': it is not what was sealed; run 'gantry image fsck --repair' and fetch the image again",
                                name);

        return TAKE_FD(fd);
}

int layers_open(Store *s, const Digest *image, int **ret, size_t *ret_n) {
        _cleanup_free_ LayerRecord *records = NULL;
        _cleanup_free_ int *fds = NULL;
        size_t n = 0;

        int r = read_records(s, image, &records, &n);
        if (r < 0)
                return r;

        fds = calloc(n, sizeof(int));
        if (!fds)
                return log_error_errno(-ENOMEM, "Cannot open the layers of the app: %m");
        for (size_t i = 0; i < n; i++) {
                fds[i] = open_checked(s, &records[i]);
                if (fds[i] < 0)
                        return fds[i];
        }

        *ret = TAKE_PTR(fds);
        *ret_n = n;
        return 0;
}
