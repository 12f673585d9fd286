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
#include "stage1/current.h"
#include "stage1/versions.h"

static const char *state_of(bool current, bool used) {
        return current ? (used ? "current, used" : "current") : used ? "used" : NULL;
}

static int add_row(Table *t, int dir_fd, const char *version, const char *current) {
        _cleanup_free_ char *name = NULL;
        char size[24];
        struct stat st;

        int r = stage1_file_name(version, &name);
        if (r >= 0 && fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                r = -errno;
        int used = r < 0 ? r : stage1_is_used(dir_fd, version);
        if (used < 0)
                return used == -ENOENT ? 0 : used; /* removed meanwhile */

        (void) snprintf(size, sizeof(size), "%lld", (long long) st.st_size);
        return table_add(t,
                         (const char *[]) { version, size, state_of(streq_ptr(name, current), used > 0) });
}

/* The image that the next pod gets, if this host's systemd is still that. */
static int find_current(int dir_fd, Current *ret) {
        int r = current_read(dir_fd, ret);
        if (r >= 0)
                r = current_holds(ret);

        return r == -ENOENT || r == -EBADMSG ? 0 : r;
}

static int print(int dir_fd) {
        static const char *const headings[] = { "VERSION", "SIZE", "STATE", NULL };
        _cleanup_(table_freep) Table *t = table_new(headings);
        _cleanup_current_ Current c = {};
        _cleanup_strv_ char **versions = NULL;

        int r = t ? stage1_list(dir_fd, &versions) : -ENOMEM;
        int current = r < 0 ? r : find_current(dir_fd, &c);
        if (current < 0)
                return current;

        table_set_bytes(t, 1);
        STRV_FOREACH(version, versions)
                if (r >= 0)
                        r = add_row(t, dir_fd, *version, current > 0 ? c.image.path : NULL);

        return r < 0 ? r : table_print(t);
}

int stage1_tool_list(Store *s) {
        _cleanup_close_ int dir_fd = stage1_dir_open(s, /* create= */ false);

        int r = dir_fd < 0 ? dir_fd : print(dir_fd);
        return r < 0 && r != -ENOENT ? log_error_errno(r, "Cannot list stage1 images: %m") : 0;
}
