/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: images/ID/dependencies.
 * Never: finds a dependency, or says whether it is there.
 * Follows: docs/STORE.md. */

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "store/image-dependencies.h"

#define FILE_NAME "dependencies"
#define SIZE_LIMIT ((size_t) 4 * 1024 * 1024)

void image_dependencies_done(ImageDependencies *d) {
        for (size_t i = 0; i < d->n; i++)
                free(d->items[i].reference);

        free(d->items);
        *d = (ImageDependencies) {};
}

int image_dependencies_add(ImageDependencies *d, const Digest *id, const char *reference) {
        ImageDependency item = { .id = *id };

        ImageDependency *grown = reallocarray(d->items, d->n + 1, sizeof(ImageDependency));
        if (!grown)
                return -ENOMEM;
        d->items = grown;

        int r = str_copy(reference, &item.reference);
        if (r < 0)
                return r;

        d->items[d->n++] = item;
        return 0;
}

static int format(const ImageDependencies *d, Blob *ret) {
        char *text = NULL, id[DIGEST_TEXT_MAX];
        size_t size;

        FILE *f = open_memstream(&text, &size);
        if (!f)
                return -ENOMEM;
        for (size_t i = 0; i < d->n; i++) {
                digest_format_id(&d->items[i].id, id);
                fprintf(f, "%s %s\n", id, d->items[i].reference);
        }
        if (fclose(f) == EOF) {
                free(text);
                return -ENOMEM;
        }

        *ret = (Blob) { .data = text, .size = size };
        return 0;
}

int image_dependencies_write(int image_fd, const ImageDependencies *d) {
        _cleanup_blob_ Blob text = {};

        if (d->n == 0)
                return unlinkat(image_fd, FILE_NAME, 0) < 0 && errno != ENOENT ? -errno : 0;

        int r = format(d, &text);
        return r < 0 ? r : file_publish_at(image_fd, FILE_NAME, text.data, text.size, 0444, true);
}

static int parse_line(char *line, ImageDependencies *d) {
        Digest id;

        char *reference = line, *hex = strsep(&reference, " ");
        if (!reference || reference[0] == '\0' || digest_parse_id(hex, &id) < 0 ||
            id.algorithm != DIGEST_SHA512)
                return -EBADMSG;

        return image_dependencies_add(d, &id, reference);
}

int image_dependencies_read(int image_fd, ImageDependencies *ret) {
        _cleanup_dependencies_ ImageDependencies d = {};
        _cleanup_blob_ Blob text = {};

        int r = file_read_at(image_fd, FILE_NAME, SIZE_LIMIT, &text);
        if (r < 0 && r != -ENOENT)
                return r;

        /* Each line has its end: what was cut off is not taken for less. */
        for (char *rest = text.data; rest && rest[0] != '\0';) {
                char *line = strsep(&rest, "\n");

                r = rest ? parse_line(line, &d) : -EBADMSG;
                if (r < 0)
                        return r;
        }

        *ret = d;
        d = (ImageDependencies) {};
        return 0;
}
