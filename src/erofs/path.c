/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what a name in an archive may look like.
 * Never: touches a file system; follows links.
 * Follows: the OCI image specification, layer.md; the App Container specification, "Image Archives". */

#include "basic/refuse.h"
#include "basic/str.h"
#include "erofs/path.h"

int path_clean(const char *path, char ret[static EROFS_PATH_MAX], char **reterr_why) {
        size_t size = 0;

        if (path[0] == '/' && path[1] != '\0') /* "/" is how some write the root itself */
                return refuse(reterr_why, -EBADMSG, "its name is absolute");

        for (const char *p = path; *p != '\0';) {
                size_t n = strcspn(p, "/");

                if (n == 2 && memcmp(p, "..", 2) == 0)
                        return refuse(reterr_why, -EBADMSG, "its name has a '..' in it");
                if (n > EROFS_NAME_MAX)
                        return refuse(reterr_why, -EBADMSG,
                                      "its name has a part of %zu bytes, %d is the most", n, EROFS_NAME_MAX);

                if (n > 0 && !(n == 1 && p[0] == '.')) {
                        if (size + 1 + n >= EROFS_PATH_MAX)
                                return refuse(reterr_why, -EBADMSG, "its name is longer than %d bytes",
                                              EROFS_PATH_MAX - 1);
                        if (size > 0)
                                ret[size++] = '/';
                        memcpy(ret + size, p, n);
                        size += n;
                }

                p += n;
                p += strspn(p, "/");
        }

        ret[size] = '\0';
        return 0;
}

bool path_is_clean(const char *path) {
        char clean[EROFS_PATH_MAX];

        return path_clean(path, clean, NULL) >= 0 && streq(path, clean);
}
