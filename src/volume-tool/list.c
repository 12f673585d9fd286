/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: `gantry volume list`.
 * Never: looks at what is in a volume but to count it.
 * Follows: gantry-volume(1). */

#include <inttypes.h>
#include <stdio.h>

#include "basic/fd.h"
#include "basic/log.h"
#include "basic/strv.h"
#include "basic/table.h"
#include "inventory/usage.h"
#include "store/volume.h"
#include "volume-tool/volume-tool.h"

static int add_row(Table *t, Store *s, const VolumeUsers *users, const char *name) {
        _cleanup_usage_ Usage usage = {};
        _cleanup_free_ char *pods = NULL;
        uint64_t bytes = 0;
        char size[24];

        _cleanup_close_ int fd = volume_open(s, name);
        int r = fd < 0 ? fd : usage_add_tree(&usage, fd, ".", &bytes);
        if (r == -ENOENT)
                return 0; /* removed meanwhile */
        if (r >= 0 && users)
                r = volume_users_of(users, name, &pods);
        if (r < 0)
                return r;

        (void) snprintf(size, sizeof(size), "%" PRIu64, bytes);
        return table_add(t, (const char *[]) { name, size, users ? pods : "?" });
}

static int print(Store *s, const VolumeUsers *users) {
        static const char *const headings[] = { "NAME", "SIZE", "PODS", NULL };
        _cleanup_(table_freep) Table *t = table_new(headings);
        _cleanup_strv_ char **names = NULL;

        int r = t ? volume_list(s, &names) : -ENOMEM;
        if (r < 0)
                return r;

        table_set_bytes(t, 1);
        STRV_FOREACH(name, names)
                if (r >= 0)
                        r = add_row(t, s, users, *name);

        return r < 0 ? r : table_print(t);
}

int volume_tool_list(Store *s) {
        _cleanup_(volume_users_freep) VolumeUsers *users = NULL;
        _cleanup_free_ char *pod = NULL;

        int r = volume_users_load(s, &users, &pod);
        if (r == -EBADMSG)
                log_warning("Cannot read the manifest of pod '%s': which volumes it has nobody knows", pod);
        else if (r < 0)
                return log_error_errno(r, "Cannot look at the pods: %m");

        r = print(s, users);
        return r < 0 ? log_error_errno(r, "Cannot list volumes: %m") : 0;
}
