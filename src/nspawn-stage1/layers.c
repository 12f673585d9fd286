/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: opening what an app's root is stacked of, and refusing what is not as it was sealed.
 * Never: reads a layer; mounts it.
 * Follows: docs/STORE.md, "At every start". */

#include <string.h>

#include "basic/fd.h"
#include "basic/log.h"
#include "nspawn-stage1/layers.h"
#include "store/image-dir.h"
#include "store/image-layers.h"

#define LIST_MAX ((size_t) 1024 * 1024)

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
static int open_checked(Store *s, const Known *k, const char *name) {
        const LayerRecord *record;
        Digest id;

        int r = digest_parse_id(name, &id);
        if (r < 0)
                return log_error_errno(r, "Cannot open layer '%s': that is no name of a layer", name);
        record = find(k, &id);
        if (!record)
                return log_error_errno(ENOENT,
                                       "Cannot open layer '%s': the image has changed; prepare the pod anew",
                                       name);

        _cleanup_close_ int fd = layer_open(s, &id);
        if (fd < 0)
                return log_error_errno(fd, "Cannot open layer '%s': %m; fetch the image again", name);

        r = layer_check(fd, record);
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

int layers_open(Store *s, const Digest *image, int app_fd, int **ret, size_t *ret_n) {
        _cleanup_(known_done) Known known = {};
        _cleanup_free_ int *fds = NULL;
        _cleanup_blob_ Blob text = {};
        size_t n = 0;

        int r = file_read_at(app_fd, "layers", LIST_MAX, &text);
        if (r < 0)
                return log_error_errno(r, "Cannot read which layers the app has: %m");
        r = load(s, image, &known);
        if (r < 0)
                return r;

        fds = calloc(known.n + 1, sizeof(int));
        if (!fds)
                return log_error_errno(ENOMEM, "Cannot open the layers of the app: %m");
        for (char *rest = text.data, *line; (line = strsep(&rest, "\n")) && *line; n++) {
                if (n == known.n)
                        return log_error_errno(E2BIG,
                                               "Cannot use the app's layers: it has more than its image");
                fds[n] = open_checked(s, &known, line);
                if (fds[n] < 0)
                        return fds[n];
        }
        if (n == 0)
                return log_error_errno(ENODATA, "Cannot use the app's layers: there are none");

        *ret = TAKE_PTR(fds);
        *ret_n = n;
        return 0;
}
