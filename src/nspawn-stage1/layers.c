/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: opening what an app's root is stacked of, and refusing what is not as it was sealed.
 * Never: reads a layer; mounts it.
 * Follows: docs/STORE.md, "At every start". */

#include "basic/fd.h"
#include "basic/log.h"
#include "nspawn-stage1/layers.h"
#include "pod/app-layers.h"
#include "store/image-dir.h"
#include "store/image-layers.h"

/* What is known of the layers of an image. */
typedef struct Known {
        LayerRecord *list;
        size_t n;
} Known;

static void known_done(Known *k) {
        free(k->list);
}

static int load(Store *s, const Digest *image, Known *ret) {
        char id[DIGEST_TEXT_MAX];

        _cleanup_close_ int fd = image_dir_open(s, image);
        int r = fd < 0 ? fd : image_layers_read(fd, &ret->list, &ret->n);
        if (r >= 0)
                r = image_dir_use(fd);
        if (r < 0) {
                digest_format_id(image, id);
                return log_error_errno(r, "Cannot read which layers image '%s' has: %m; fetch it again", id);
        }

        return 0;
}

static const LayerRecord *find(const Known *k, const Digest *id) {
        for (size_t i = 0; i < k->n; i++)
                if (digest_equal(&k->list[i].id, id))
                        return &k->list[i];

        return NULL;
}

/* Returns its fd. */
static int open_checked(Store *s, const Known *k, const Digest *id) {
        const LayerRecord *record = find(k, id);
        char name[DIGEST_TEXT_MAX];

        digest_format_id(id, name);
        if (!record)
                return log_error_errno(ENOENT,
                                       "Cannot open layer '%s': the image has changed; prepare the pod anew",
                                       name);

        _cleanup_close_ int fd = layer_open(s, id);
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

int layers_open(Store *s, const Digest *image, const PodDir *p, const char *app, int **ret, size_t *ret_n) {
        _cleanup_(known_done) Known known = {};
        _cleanup_free_ Digest *layers = NULL;
        _cleanup_free_ int *fds = NULL;
        size_t n;

        int r = app_layers_read(p, app, &layers, &n);
        if (r < 0)
                return log_error_errno(r, "Cannot read which layers the app has: %m");
        if (n == 0)
                return log_error_errno(ENODATA, "Cannot use the app's layers: there are none");
        r = load(s, image, &known);
        if (r < 0)
                return r;
        if (n > known.n)
                return log_error_errno(E2BIG, "Cannot use the app's layers: it has more than its image");

        fds = calloc(n, sizeof(int));
        if (!fds)
                return log_error_errno(ENOMEM, "Cannot open the layers of the app: %m");
        for (size_t i = 0; i < n; i++) {
                fds[i] = open_checked(s, &known, &layers[i]);
                if (fds[i] < 0)
                        return fds[i];
        }

        *ret = TAKE_PTR(fds);
        *ret_n = n;
        return 0;
}
