/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: having a pod leave its networks, for whoever finds that it has ended.
 * Never: costs a pod anything that is in none.
 * Follows: pod-network(8). */

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "basic/process.h"
#include "basic/strv.h"
#include "network/leave.h"
#include "network/pod-network.h"

int network_leave(const char *root, const PodDir *p) {
        _cleanup_strv_ char **argv = NULL;

        if (faccessat(p->fd, POD_NETWORK_NOTE, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
                return errno == ENOENT ? 0 : -errno;

        int r = program_command(&argv, "pod-network", root, "leave", p->uuid, NULL);
        if (r >= 0)
                r = process_run(&(Spawn) {
                                .argv = argv,
                                .in = -EBADF,
                                .out = STDERR_FILENO,
                                .err = -EBADF,
                });

        return r > 0 ? -EREMOTEIO : r;
}
