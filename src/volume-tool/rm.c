/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: `gantry volume rm`.
 * Never: removes what a pod has; deletes under the store's lock.
 * Follows: gantry-volume(1); store/lock.h. */

#include "basic/fd.h"
#include "basic/log.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "store/lock.h"
#include "store/volume.h"
#include "volume-tool/volume-tool.h"

static int check_unused(Store *s, const char *name) {
        _cleanup_(volume_users_freep) VolumeUsers *users = NULL;
        _cleanup_free_ char *pods = NULL, *damaged = NULL;

        int r = volume_users_load(s, &users, &damaged);
        if (r == -EBADMSG)
                return log_error_errno(
                                r,
                                "Cannot remove volume '%s': the manifest of pod '%s' cannot be read; remove that first by 'gantry rm'",
                                name, damaged);
        if (r >= 0)
                r = volume_users_of(users, name, &pods);
        if (r < 0)
                return log_error_errno(r, "Cannot remove volume '%s': %m", name);
        if (pods)
                return log_error_errno(-EBUSY, "Cannot remove volume '%s': it is needed by %s", name, pods);

        return 0;
}

/* From here on no pod can get it: who prepares one holds the lock, too. */
static int take_name(Store *s, const char *name, char **ret_remains) {
        _cleanup_close_ int lock = store_lock(s, STORE_EXCLUSIVE);
        if (lock < 0)
                return log_error_errno(lock, "Cannot lock the store '%s': %m", store_path(s));

        int r = check_unused(s, name);
        if (r < 0)
                return r;

        r = volume_remove(s, name, ret_remains);
        if (r == -ENOENT)
                return log_error_errno(
                                r,
                                "Cannot remove volume '%s': there is no such volume; see 'gantry volume list'",
                                name);
        return r < 0 ? log_error_errno(r, "Cannot remove volume '%s': %m", name) : 0;
}

static int rm(Store *s, const char *name) {
        _cleanup_free_ char *remains = NULL;

        if (!is_plain_name(name)) {
                _cleanup_free_ char *escaped = str_escape(name, strlen(name), 256);
                return log_error_errno(-EINVAL, "Cannot remove volume '%s': no volume is called so",
                                       escaped);
        }

        int r = take_name(s, name, &remains);
        if (r < 0)
                return r;
        r = volume_delete(s, remains);
        if (r < 0)
                log_warning_errno(r, "Cannot delete all of volume '%s', which 'gantry gc' will: %m", name);

        return 0;
}

int volume_tool_rm(Store *s, char *const *names) {
        int result = 0;

        if (strv_length(names) == 0)
                return log_error_errno(-EINVAL, "Which volume? Name at least one; see 'gantry volume list'");

        STRV_FOREACH(name, names) {
                int r = rm(s, *name);
                if (r < 0 && result >= 0)
                        result = r;
        }

        return result;
}
