/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: `gantry stage1 list`.
 * Never: changes anything.
 * Follows: gantry-stage1(1). */

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>

#include "basic/fd.h"
#include "basic/log.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "basic/table.h"
#include "stage1-tool/stage1-tool.h"
#include "stage1/build.h"

static const char *state_of(bool current, bool used) {
        return current ? (used ? "current, used" : "current") : used ? "used" : NULL;
}

static int add_row(Table *t, int dir_fd, const char *name, bool current) {
        _cleanup_free_ char *version = stage1_version_of(name);
        char size[24];
        struct stat st;

        if (!version)
                return -ENOMEM;
        int used = fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ? -errno
                                                                       : stage1_is_used(dir_fd, name);
        if (used < 0)
                return used == -ENOENT ? 0 : used; /* removed meanwhile */

        (void) snprintf(size, sizeof(size), "%lld", (long long) st.st_size);
        return table_add(t, (const char *[]) { version, size, state_of(current, used > 0) });
}

/* Those that the next pods get, if this host's systemd and kernel are still these. */
static int find_current(int dir_fd, char ***ret) {
        _cleanup_strv_ char **names = NULL;

        for (Stage1Kind kind = 0; kind < _STAGE1_KINDS; kind++) {
                _cleanup_current_ Current c = {};

                int r = stage1_read_current(dir_fd, kind, &c, /* reterr_why= */ NULL);
                if (r >= 0)
                        r = strv_add(&names, c.image.path);
                if (r < 0 && r != -ENOENT)
                        return r;
        }

        *ret = TAKE_PTR(names);
        return 0;
}

static int print(int dir_fd) {
        static const char *const headings[] = { "VERSION", "SIZE", "STATE", NULL };
        _cleanup_(table_freep) Table *t = table_new(headings);
        _cleanup_strv_ char **names = NULL, **current = NULL;

        int r = t ? stage1_list(dir_fd, &names) : -ENOMEM;
        if (r >= 0)
                r = find_current(dir_fd, &current);
        if (r < 0)
                return r;

        table_set_bytes(t, 1);
        STRV_FOREACH(name, names)
                if (r >= 0)
                        r = add_row(t, dir_fd, *name, strv_contains(current, *name));

        return r < 0 ? r : table_print(t);
}

int stage1_tool_list(Store *s) {
        _cleanup_close_ int dir_fd = stage1_dir_open(s, /* create= */ false);

        int r = dir_fd < 0 ? dir_fd : print(dir_fd);
        return r < 0 && r != -ENOENT ? log_error_errno(r, "Cannot list '%s/stage1': %m", store_path(s)) : 0;
}
