/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what can be wrong with an image's documents.
 * Never: judges: whether an image may run is gantry-verify's to say.
 * Follows: docs/STORE.md. */

#include <string.h>

#include "basic/array.h"
#include "basic/fd.h"
#include "basic/refuse.h"
#include "image-tool/documents.h"
#include "image-tool/fsck.h"
#include "store/image-dir.h"
#include "store/image-layers.h"
#include "store/lock.h"

/* Whether what was opened still is the image of this ID. */
static bool is_still_there(Store *s, const Digest *id, int image_fd) {
        _cleanup_close_ int fd = image_dir_open(s, id);
        return fd >= 0 && fd_is_same_file(fd, image_fd);
}

/* Its names go, too, so that the next gantry-fetch begins at the beginning. */
static int put_away(Store *s, const Digest *id) {
        _cleanup_close_ int lock = store_lock(s, STORE_EXCLUSIVE);

        int r = lock < 0 ? lock : image_dir_remove(s, id);
        return r == -ENOENT ? 0 : r;
}

static int damaged(Fsck *f, const InventoryImage *image, int image_fd, const char *why) {
        if (!is_still_there(f->store, &image->id, image_fd))
                return 0;

        fsck_wrong(f, "Image '%s' is damaged: %s%s", fsck_name(image).text, why,
                   f->repair ? "; it is removed, fetch it again" : "");
        return f->repair ? put_away(f->store, &image->id) : 0;
}

/* 0, or what is wrong in *ret_why; -ENOMEM. */
static int check_documents(const Digest *id, int image_fd, char **ret_why) {
        _cleanup_documents_ Documents documents = {};
        _cleanup_reference_ Reference *reference = NULL;

        int r = documents_read(image_fd, id, &documents, ret_why);
        if (r < 0)
                return r;

        r = image_dir_reference(image_fd, &reference);
        return r < 0 ? refuse(ret_why, r, "its verdict.json: %s", strerror(-r)) : 0;
}

static int read_layers(int image_fd, LayerRecord **ret, size_t *ret_n, char **ret_why) {
        int r = image_layers_read(image_fd, ret, ret_n);
        return r < 0 ? refuse(ret_why, r, "the list of its layers: %s", strerror(-r)) : 0;
}

/* Of its dependencies no more is looked at than whether they are there: they are images of their own. */
static void check_dependencies(Fsck *f, const InventoryImage *image, const LayerRecord *layers, size_t n) {
        size_t missing = 0;

        for (size_t i = 0; i < n; i++)
                missing += !inventory_find_layer(f->inventory, &layers[i].id);
        if (image->n_missing > missing)
                fsck_wrong(f, "Image '%s' needs another image that is missing; fetch it again",
                           fsck_name(image).text);
}

static int claim(Fsck *f, const InventoryImage *image, const LayerRecord *layers, size_t n) {
        int r = array_reserve(&f->claims, &f->claims_allocated, f->n_claims + n, sizeof(Claim));

        for (size_t i = 0; r >= 0 && i < n; i++)
                f->claims[f->n_claims++] = (Claim) { .record = layers[i], .image = image };
        return r;
}

int fsck_image(Fsck *f, const InventoryImage *image) {
        _cleanup_free_ LayerRecord *layers = NULL;
        _cleanup_free_ char *why = NULL;
        size_t n = 0;

        /* It was never complete: if nobody is at work on it, it is gc's. */
        if (!image->names && !image->sealed)
                return 0;

        _cleanup_close_ int fd = image_dir_open(f->store, &image->id);
        if (fd < 0)
                return fd == -ENOENT ? 0 : fd;

        f->n_images++;
        int r = check_documents(&image->id, fd, &why);
        if (r >= 0)
                r = read_layers(fd, &layers, &n, &why);
        if (r < 0)
                return r == -ENOMEM ? r : damaged(f, image, fd, why ? why : strerror(-r));

        check_dependencies(f, image, layers, n);
        return claim(f, image, layers, n);
}
