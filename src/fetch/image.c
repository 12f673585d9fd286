/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the time between an image's admission and its name: who is at work on it, and what if nobody
 * succeeds.
 * Never: removes an image that has a name.
 * Follows: store/image-dir.h: an image without a name in refs/ was never complete. */

#include <sys/file.h>
#include <sys/stat.h>

#include "basic/fd.h"
#include "basic/log.h"
#include "fetch/image.h"
#include "store/image-dir.h"

/* Waits while somebody is removing it. */
static int lock(int fd) {
        struct stat st;

        if (flock(fd, LOCK_SH) < 0 || fstat(fd, &st) < 0)
                return -errno;

        return st.st_nlink == 0 ? -ENOENT : 0;
}

int image_open(Store *s, const Digest *id, Image *ret) {
        char name[DIGEST_TEXT_MAX];

        _cleanup_close_ int fd = image_dir_open(s, id);
        int r = fd < 0 ? fd : lock(fd);
        if (r < 0) {
                digest_format_id(id, name);
                return log_error_errno(r, "Cannot open '%s/images/%s': %m", store_path(s), name);
        }

        *ret = (Image) { .store = s, .id = *id, .fd = TAKE_FD(fd) };
        return 0;
}

int image_finish(Image *image, const char *reference) {
        int r = image_ref_set(image->store, reference, &image->id);
        return r < 0 ? log_error_errno(r, "Cannot write the name '%s' of the image: %m", reference) : 0;
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

static void remove_if_given_up(const Image *image) {
        /* The lock first: whoever shares it may be about to set the name. */
        if (flock(image->fd, LOCK_EX | LOCK_NB) < 0 || has_name(image) != 0)
                return;

        int r = image_dir_remove(image->store, &image->id);
        if (r < 0 && r != -ENOENT)
                log_warning_errno(r, "Cannot remove an image that is not complete, ignoring: %m");
}

void image_done(Image *image) {
        if (image->fd >= 0)
                remove_if_given_up(image);

        fd_close(image->fd);
        *image = IMAGE_NULL;
}
