/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the way into the host's mount namespace and back, for a copy of a mount that is its peer.
 * Never: mounts anything there; makes a peer of what has none.
 * Follows: mount_namespaces(7), "Shared subtrees"; proc_pid_mountinfo(5). */

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "basic/fd.h"
#include "basic/refuse.h"
#include "stage/shared-tree.h"
#include "stage/volume-tree.h"

/* "ID … [shared:GROUP] … - TYPE …": a path in there has no spaces. */
static bool says_shared(const char *line) {
        const char *word = strstr(line, " shared:"), *end = strstr(line, " - ");
        return word && end && word < end;
}

/* If it is not, all seems to be well, and nothing arrives. */
static int check_shared(int fd, char **reterr_why) {
        _cleanup_fclose_ FILE *f = fopen("/proc/self/mountinfo", "re");
        _cleanup_free_ char *line = NULL;
        struct statx st;
        size_t size = 0;

        if (!f || statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &st) < 0)
                return -errno;
        while (getline(&line, &size, f) >= 0)
                if (strtoull(line, NULL, 10) == st.stx_mnt_id && says_shared(line))
                        return 0;

        return refuse(reterr_why, -EINVAL,
                      "what it is mounted in is not shared, so that nothing would arrive: 'mount --make-rshared' makes it so");
}

/* Of the namespace that this process is in. */
static int copy_source(const AppcVolume *v, char **reterr_why) {
        _cleanup_close_ int source = volume_open_source(v, reterr_why);
        int r = source < 0 ? source : check_shared(source, reterr_why);
        if (r < 0)
                return r;

        int tree = open_tree(source, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
        return tree < 0 ? -errno : tree;
}

int shared_tree_open(const Stage *s, const AppcVolume *v, char **reterr_why) {
        _cleanup_close_ int own = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
        if (own < 0 || setns(s->host_mounts_fd, CLONE_NEWNS) < 0)
                return -errno;

        _cleanup_close_ int tree = copy_source(v, reterr_why);
        return setns(own, CLONE_NEWNS) < 0 ? -errno : TAKE_FD(tree);
}
