/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: which credentials the unit has.
 * Never: reads one.
 * Follows: https://systemd.io/CREDENTIALS. */

#include <fcntl.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "stage/credentials.h"

static int list(DIR *d, char ***ret) {
        _cleanup_strv_ char **names = NULL;
        int r = 0;

        for (const char *name; r >= 0 && (r = dir_next(d, &name)) > 0;)
                r = name[0] == '.' ? 0 : strv_add(&names, name);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(names);
        return 0;
}

int credentials_names(char ***ret) {
        const char *directory = getenv("CREDENTIALS_DIRECTORY");
        _cleanup_closedir_ DIR *d = NULL;

        *ret = NULL;
        if (!directory)
                return 0;

        int r = dir_stream_at(AT_FDCWD, directory, &d);
        return r < 0 ? r : list(d, ret);
}
