/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: images/ID/layers, which layers an image is stacked of and what they were when they were sealed.
 * Never: decides the order; opens a layer but to note it down.
 * Follows: docs/STORE.md, "images/ID/layers". */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "store/image-dir.h"
#include "store/image-layers.h"

#define FILE_NAME "layers"
#define LINE_MAX_SIZE (2 * DIGEST_TEXT_MAX + 3 * 22)
#define LAYERS_MAX ((size_t) 4096)

static int format(const LayerRecord *layers, size_t n, Blob *ret) {
        _cleanup_free_ char *text = malloc(n * LINE_MAX_SIZE + 1);
        if (!text)
                return -ENOMEM;

        char *p = text;
        for (size_t i = 0; i < n; i++) {
                const LayerRecord *l = &layers[i];
                char id[DIGEST_TEXT_MAX], verity[DIGEST_TEXT_MAX];

                digest_format_id(&l->id, id);
                digest_format_id(&l->verity, verity);
                p += sprintf(p, "%s %" PRIu64 " %s %" PRIu64 " %" PRIu64 "\n", id, l->size, verity, l->inode,
                             l->changed_nsec);
        }

        *ret = (Blob) { text, p - text };
        text = NULL;
        return 0;
}

/* The next word of a line, or NULL. */
static char *word(char **rest) {
        return *rest ? strsep(rest, " ") : NULL;
}

static bool read_number(char **rest, uint64_t *ret) {
        const char *text = word(rest);
        return text && str_to_u64(text, ret) >= 0;
}

static bool read_digest(char **rest, Digest *ret) {
        const char *text = word(rest);
        return text && digest_parse_id(text, ret) >= 0;
}

static bool read_line(char *line, LayerRecord *ret) {
        char *rest = line;

        *ret = (LayerRecord) {};
        return read_digest(&rest, &ret->id) && read_number(&rest, &ret->size) &&
               read_digest(&rest, &ret->verity) && read_number(&rest, &ret->inode) &&
               read_number(&rest, &ret->changed_nsec) && !rest;
}

int image_layers_write(int image_fd, const LayerRecord *layers, size_t n) {
        _cleanup_blob_ Blob text = {}, old = {};

        if (n > LAYERS_MAX)
                return -E2BIG;
        int r = format(layers, n, &text);
        if (r < 0)
                return r;

        r = image_file_read(image_fd, FILE_NAME, LAYERS_MAX * LINE_MAX_SIZE, &old);
        if (r >= 0 && old.size == text.size && memcmp(old.data, text.data, text.size) == 0)
                return 0;

        return file_publish_at(image_fd, FILE_NAME, text.data, text.size, 0444, /* replace= */ true);
}

int image_layers_read(int image_fd, LayerRecord **ret, size_t *ret_n) {
        _cleanup_free_ LayerRecord *list = NULL;
        _cleanup_blob_ Blob text = {};
        size_t lines = 0, n = 0;

        int r = image_file_read(image_fd, FILE_NAME, LAYERS_MAX * LINE_MAX_SIZE, &text);
        if (r < 0)
                return r;

        for (size_t i = 0; i < text.size; i++)
                lines += ((const char *) text.data)[i] == '\n';
        list = calloc(lines + 1, sizeof(LayerRecord));
        if (!list)
                return -ENOMEM;

        for (char *rest = text.data; n < lines; n++)
                if (!read_line(strsep(&rest, "\n"), &list[n]))
                        return -EBADMSG;

        *ret = TAKE_PTR(list);
        *ret_n = n;
        return 0;
}

/* 1 if the image has it noted down. */
static int look_in_image(Store *s, const Digest *image, const Digest *id, LayerRecord *ret) {
        _cleanup_free_ LayerRecord *list = NULL;
        size_t n;

        _cleanup_close_ int fd = image_dir_open(s, image);
        if (fd < 0 || image_layers_read(fd, &list, &n) < 0)
                return 0; /* removed meanwhile, or not complete */

        for (size_t i = 0; i < n; i++)
                if (digest_equal(&list[i].id, id)) {
                        *ret = list[i];
                        return 1;
                }

        return 0;
}

/* The same, and it is still so. */
static bool is_known(Store *s, const Digest *image, const Digest *id, int layer_fd, LayerRecord *ret) {
        LayerRecord noted;

        if (!look_in_image(s, image, id, &noted) || layer_check(layer_fd, &noted) < 0)
                return false;

        *ret = noted;
        return true;
}

/* The file is none that anybody noted down as it is now. That must not make a damaged layer a good one: if it was
 * noted down at all, it has to be what it was. */
static int compare_with_noted(Store *s, const Digest *images, size_t n, const LayerRecord *now) {
        LayerRecord noted;
        int result = 0;

        for (size_t i = 0; i < n; i++) {
                if (!look_in_image(s, &images[i], &now->id, &noted))
                        continue;
                if (digest_equal(&noted.verity, &now->verity))
                        return 0;
                result = -EUCLEAN;
        }

        return result;
}

/* Somebody has noted it down, and nobody as being of this size: nothing has to be read to know that it is not what was sealed. */
static bool has_other_size(Store *s, const Digest *images, size_t n, const Digest *id, uint64_t size) {
        LayerRecord noted;
        bool other = false;

        for (size_t i = 0; i < n; i++) {
                if (!look_in_image(s, &images[i], id, &noted))
                        continue;
                if (noted.size == size)
                        return false;
                other = true;
        }

        return other;
}

int image_layers_find(Store *s, const Digest *likely, const Digest *id, LayerRecord *ret) {
        _cleanup_free_ Digest *images = NULL;
        LayerRecord now;
        struct stat st;
        size_t n;

        _cleanup_close_ int fd = layer_open(s, id);
        if (fd < 0)
                return fd;
        if (is_known(s, likely, id, fd, ret))
                return 0;

        int r = image_dir_list(s, &images, &n);
        if (r < 0)
                return r;
        for (size_t i = 0; i < n; i++)
                if (is_known(s, &images[i], id, fd, ret))
                        return 0;

        if (fstat(fd, &st) < 0)
                return -errno;
        if (has_other_size(s, images, n, id, st.st_size))
                return -EUCLEAN;

        r = layer_record(fd, id, /* verity= */ NULL, &now);
        if (r >= 0)
                r = compare_with_noted(s, images, n, &now);
        if (r < 0)
                return r;

        *ret = now;
        return 0;
}

const char *image_layers_strerror(int r) {
        return r == -EUCLEAN ? "it is not what was sealed; run 'gantry image fsck --repair' and fetch the image again"
                             : strerror(-r);
}
