/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the time between an image's admission and its name: who is at work on it, and what if nobody
 * succeeds.
 * Never: removes an image that has a name, or once had all its layers.
 * Follows: docs/STORE.md, "images/ID". */

#include <sys/file.h>

#include "basic/fd.h"
#include "basic/log.h"
#include "fetch/image.h"
#include "store/image-dir.h"
#include "store/image-layers.h"
#include "store/lock.h"

int image_open(Store *s, const Digest *id, Image *ret) {
        char name[DIGEST_TEXT_MAX];

        _cleanup_close_ int fd = image_dir_open(s, id);
        int r = fd < 0 ? fd : flock(fd, LOCK_SH) < 0 ? -errno : 0;
        if (r < 0) {
                digest_format_id(id, name);
                return log_error_errno(r, "Cannot open '%s/images/%s': %m", store_path(s), name);
        }

        *ret = (Image) { .store = s, .id = *id, .fd = TAKE_FD(fd) };
        return 0;
}

int image_admit(Store *s, Quarantine *q, Image *ret) {
        Digest id;

        /* Until it is locked an image without a name looks like one that was given up. */
        _cleanup_close_ int lock = store_lock(s, STORE_SHARED);
        if (lock < 0)
                return log_error_errno(lock, "Cannot lock the store '%s': %m", store_path(s));

        int r = quarantine_admit(q, &id);
        return r < 0 ? r : image_open(s, &id, ret);
}

int image_finish(Image *image, const char *reference) {
        int r = image_dir_use(image->fd);
        if (r >= 0)
                r = image_ref_set(image->store, reference, &image->id);
        if (r < 0)
                return log_error_errno(r, "Cannot write the name '%s' of the image: %m", reference);

        image->has_name = true;
        return 0;
}

/* 1 or 0, or -errno. */
static int has_name(const Image *image) {
        ImageRef *refs = NULL;
        int found = 0;
        size_t n = 0;

        int r = image_ref_list(image->store, &refs, &n);
        if (r < 0)
                return r;

        for (size_t i = 0; i < n && !found; i++)
                found = digest_equal(&refs[i].id, &image->id);

        image_refs_free(refs, n);
        return found;
}

/* It has lost its names to another image since. Pods may be made of it, and whether any are is gc's to find out. */
static bool was_complete(const Image *image) {
        _cleanup_free_ LayerRecord *layers = NULL;
        size_t n;

        return image_layers_read(image->fd, &layers, &n) != -ENOENT;
}

static void remove_if_given_up(const Image *image) {
        _cleanup_close_ int lock = store_lock(image->store, STORE_EXCLUSIVE);

        /* Whoever shares the image's lock may be about to set the name. */
        if (lock < 0 || flock(image->fd, LOCK_EX | LOCK_NB) < 0 || was_complete(image) ||
            has_name(image) != 0)
                return;

        int r = image_dir_remove(image->store, &image->id);
        if (r < 0 && r != -ENOENT)
                log_warning_errno(r, "Cannot remove an image that is not complete, ignoring: %m");
}

void image_done(Image *image) {
        if (image->fd >= 0 && !image->has_name)
                remove_if_given_up(image);

        fd_close(image->fd);
        *image = IMAGE_NULL;
}
