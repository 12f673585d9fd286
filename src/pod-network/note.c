/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: beginning the note of a pod's networks: from then on, ports are the pod's.
 * Never: has two pods begin at once: they would not see each other.
 * Follows: network/pod-network.h. */

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "basic/fd.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "network/port-mappings.h"
#include "pod-network/lock.h"
#include "pod-network/steps.h"

/* What is older than the lock is from before. Nobody else takes such a pod out of its networks, unless it is started again: no pod-exit came. */
static bool is_forgotten(const PodDir *p, int lock) {
        struct stat note, made;

        return !pod_dir_alive(p) && fstatat(p->fd, POD_NETWORK_NOTE, &note, AT_SYMLINK_NOFOLLOW) >= 0 &&
               fstat(lock, &made) >= 0 && stat_changed_nsec(&note) < stat_changed_nsec(&made);
}

/* One that has no note, or one that cannot be read, has no ports that anybody knows of. */
static int check_against(const PodDir *other, const Json *mappings, char **reterr_why) {
        _cleanup_pod_network_ PodNetwork n = {};
        _cleanup_free_ char *what = NULL;

        if (pod_network_read(other->fd, &n, NULL) < 0)
                return 0;
        const Json *common = port_mappings_find_common(mappings, pod_network_mappings(&n));
        if (!common)
                return 0;

        int r = port_mapping_describe(common, &what);
        return r < 0 ? r
                     : refuse(reterr_why, -EADDRINUSE, "port %s of the host is taken: pod '%s' has it", what,
                              other->name ? other->name : other->uuid);
}

static int look_at_others(Store *store, const PodDir *p, const Json *mappings, int lock, char **reterr_why) {
        PodDir *pods = NULL;
        size_t n = 0;

        int r = pod_dir_list(store_pods_fd(store), &pods, &n);
        for (size_t i = 0; r >= 0 && i < n; i++) {
                if (streq(pods[i].uuid, p->uuid))
                        continue;
                if (is_forgotten(&pods[i], lock))
                        (void) pod_leave(&pods[i]); /* says what fails */
                else if (mappings)
                        r = check_against(&pods[i], mappings, reterr_why);
        }
        pod_dirs_free(pods, n);

        return r;
}

int pod_begin_note(Store *store, const PodDir *p, const PodNetwork *n, char **reterr_why) {
        const Json *mappings = pod_network_mappings(n);

        _cleanup_close_ int lock = lock_take(LOCK_NETWORK, LOCK_EX);
        if (lock < 0)
                return lock;

        (void) pod_leave(p); /* an earlier run that nobody has seen the end of */
        int r = look_at_others(store, p, mappings, lock, reterr_why);
        if (r >= 0)
                r = port_mappings_check_free(mappings, reterr_why);

        return r < 0 ? r : pod_network_write(p->fd, n);
}
