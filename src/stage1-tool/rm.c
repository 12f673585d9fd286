/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: `gantry stage1 rm`.
 * Never: takes away what a pod runs on.
 * Follows: gantry-stage1(1); docs/STORE.md, "Who may remove what". */

#include <string.h>

#include "basic/fd.h"
#include "basic/log.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "stage1-tool/stage1-tool.h"
#include "stage1/versions.h"
#include "store/lock.h"

static int rm(int dir_fd, const char *version) {
        _cleanup_free_ char *escaped = str_escape(version, strlen(version), STAGE1_VERSION_MAX);
        if (!escaped)
                return log_error_errno(-ENOMEM, "Cannot remove a stage1 image: %m");

        int r = dir_fd < 0 ? dir_fd : stage1_remove(dir_fd, version);
        if (r == -ENOENT)
                return log_error_errno(
                                r,
                                "Cannot remove stage1 image '%s': there is none; see 'gantry stage1 list'",
                                escaped);
        if (r == -EBUSY)
                return log_error_errno(
                                r,
                                "Cannot remove stage1 image '%s': pods run on it; they keep it until they end",
                                escaped);

        return r < 0 ? log_error_errno(r, "Cannot remove stage1 image '%s': %m", escaped) : 0;
}

/* Who looks through the store tries the images' locks, too, and must not be taken for a pod. */
int stage1_tool_rm(Store *s, char *const *versions) {
        int result = 0;

        if (strv_length(versions) == 0)
                return log_error_errno(-EINVAL,
                                       "Which version? Name at least one; see 'gantry stage1 list'");

        _cleanup_close_ int lock = store_lock(s, STORE_EXCLUSIVE),
                            dir_fd = stage1_dir_open(s, /* create= */ false);
        if (lock < 0)
                return log_error_errno(lock, "Cannot lock the store '%s': %m", store_path(s));

        STRV_FOREACH(version, versions) {
                int r = rm(dir_fd, *version);
                if (r < 0 && result >= 0)
                        result = r;
        }

        return result;
}
