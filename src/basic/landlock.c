/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the second bar of the cage: should the first, seccomp, have a gap, there is still nothing to open.
 * Never: allows anything.
 * Follows: https://docs.kernel.org/userspace-api/landlock.html. */

#include <errno.h>
#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/landlock.h"

/* The kernel's struct landlock_ruleset_attr as it is since version 6; the header of the machine we are built
 * on may be older. */
typedef struct Ruleset {
        uint64_t fs, net, scoped;
} Ruleset;

/* What each version of the interface can forbid; a later kernel forbids that much, too. */
static const struct {
        long version;
        Ruleset handled;
        size_t size;
} versions[] = {
        { 6, { 0xffff, 0x3, 0x3 }, 3 * sizeof(uint64_t) }, /* signals and abstract sockets outside */
        { 5, { 0xffff, 0x3 }, 2 * sizeof(uint64_t) },      /* ioctls on devices */
        { 4, { 0x7fff, 0x3 }, 2 * sizeof(uint64_t) },      /* TCP */
        { 3, { 0x7fff }, sizeof(uint64_t) },               /* truncation */
        { 2, { 0x3fff }, sizeof(uint64_t) },               /* links and renames across directories */
        { 1, { 0x1fff }, sizeof(uint64_t) },
};

static int create_ruleset(const Ruleset *ruleset, size_t size, unsigned flags) {
        long r = syscall(SYS_landlock_create_ruleset, ruleset, size, flags);
        return r < 0 ? -errno : (int) r;
}

int landlock_forbid_all(void) {
        size_t i = 0;

        int version = create_ruleset(NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
        if (version == -ENOSYS || version == -EOPNOTSUPP)
                return 0;
        if (version <= 0)
                return version < 0 ? version : -EINVAL;

        while (versions[i].version > version)
                i++;
        _cleanup_close_ int fd = create_ruleset(&versions[i].handled, versions[i].size, 0);
        if (fd < 0)
                return fd;

        return syscall(SYS_landlock_restrict_self, fd, 0) < 0 ? -errno : 1;
}
