/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the way of the unit's credentials to gantry-init, which copies them for the app.
 * Never: reads one.
 * Follows: https://systemd.io/CREDENTIALS; pod/init-config.h. */

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/log.h"
#include "fly-stage1/credentials.h"
#include "pod/init-config.h"

#define NAME "credentials" /* in INIT_DIRECTORY */

static int show(const StageApp *a, const char *source) {
        _cleanup_close_ int directory = dir_open_at(a->place_fd, "gantry", 0755);
        _cleanup_close_ int target = directory < 0 ? directory : dir_open_at(directory, NAME, 0700);
        if (target < 0)
                return target;
        _cleanup_close_ int tree = open_tree(AT_FDCWD, source, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
        if (tree < 0)
                return -errno;

        return move_mount(tree, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0
                               ? -errno
                               : 0;
}

int credentials_show(const StageApp *a) {
        const char *source = getenv("CREDENTIALS_DIRECTORY");

        int r = source ? show(a, source) : 0;
        return r < 0 ? log_error_errno(r, "Cannot pass the credentials of pod '%s' on: %m",
                                       a->stage->pod.name)
                     : 0;
}

const char *credentials_variable(void) {
        return getenv("CREDENTIALS_DIRECTORY") ? "CREDENTIALS_DIRECTORY=" INIT_DIRECTORY "/" NAME : NULL;
}
