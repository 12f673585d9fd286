/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the list of layers of an app.
 * Never: knows whether they are there.
 * Follows: docs/ARCHITECTURE.md, "The store". */

#include <string.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "pod/app-layers.h"

#define FILE_NAME "layers"
#define FILE_MAX ((size_t) 1024 * 1024)
#define LINE_MIN (sizeof("sha256-") + 64) /* with the newline */

int app_layers_write(const PodDir *p, const char *app, const Digest *layers, size_t n) {
        _cleanup_close_ int apps_fd = dir_open_at(p->fd, "apps", 0755);
        if (apps_fd < 0)
                return apps_fd;
        _cleanup_close_ int app_fd = dir_open_at(apps_fd, app, 0755);
        if (app_fd < 0)
                return app_fd;

        _cleanup_free_ char *text = malloc(n * DIGEST_TEXT_MAX + 1);
        if (!text)
                return -ENOMEM;

        char *q = text;
        for (size_t i = 0; i < n; i++) {
                digest_format_id(&layers[i], q);
                q += strlen(q);
                *q++ = '\n';
        }

        return file_create_at(app_fd, FILE_NAME, text, q - text, 0644);
}

int app_layers_read(const PodDir *p, const char *app, Digest **ret, size_t *ret_n) {
        _cleanup_free_ Digest *list = NULL;
        _cleanup_free_ char *path = NULL;
        _cleanup_blob_ Blob text = {};
        size_t n = 0;

        int r = str_printf(&path, "apps/%s/" FILE_NAME, app);
        if (r >= 0)
                r = file_read_at(p->fd, path, FILE_MAX, &text);
        if (r < 0)
                return r;

        list = calloc(text.size / LINE_MIN + 1, sizeof(Digest));
        if (!list)
                return -ENOMEM;
        for (char *rest = text.data, *line; (line = strsep(&rest, "\n")) && (*line || rest); n++)
                if (digest_parse_id(line, &list[n]) < 0)
                        return -EBADMSG;

        *ret = TAKE_PTR(list);
        *ret_n = n;
        return 0;
}
