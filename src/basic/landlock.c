/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the second bar of cages: should the first, seccomp, have a gap, there is still nothing to open, or not much.
 * Never: says that it cannot be done where it is just not there.
 * Follows: https://docs.kernel.org/userspace-api/landlock.html. */

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/stat.h>
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

/* 0 if the kernel has none, or it is switched off. */
static int get_version(void) {
        int version = create_ruleset(NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
        if (version == -ENOSYS || version == -EOPNOTSUPP)
                return 0;

        return version == 0 ? -EINVAL : version;
}

static size_t find_version(int version) {
        size_t i = 0;

        while (versions[i].version > version)
                i++;
        return i;
}

static int restrict_self(int ruleset) {
        return syscall(SYS_landlock_restrict_self, ruleset, 0) < 0 ? -errno : 1;
}

int landlock_forbid_all(void) {
        int version = get_version();
        if (version <= 0)
                return version;

        size_t i = find_version(version);
        _cleanup_close_ int fd = create_ruleset(&versions[i].handled, versions[i].size, 0);
        return fd < 0 ? fd : restrict_self(fd);
}

#define EXECUTE UINT64_C(0x1)
#define WRITE_FILE UINT64_C(0x2)
#define READ UINT64_C(0xc)      /* files and directories */
#define CHANGE UINT64_C(0x7ff2) /* their contents, and what there is */
#define DEVICES UINT64_C(0x840) /* to make some */
#define ON_FILES UINT64_C(0x4007)
#define BIND_TCP UINT64_C(0x1)

/* Of what is open nobody has to be allowed anything: not of streams either. */
static int allow(int ruleset, int fd, uint64_t rights) {
        struct stat st;

        if (fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISDIR(st.st_mode))
                rights &= ON_FILES;

        struct landlock_path_beneath_attr rule = { .allowed_access = rights, .parent_fd = fd };
        return syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0 ? -errno
                                                                                                 : 0;
}

static int allow_path(int ruleset, const char *path, uint64_t rights) {
        _cleanup_close_ int fd = open(path, O_PATH | O_CLOEXEC);
        if (fd < 0)
                return errno == ENOENT ? 0 : -errno;

        return allow(ruleset, fd, rights);
}

/* The first version knows no way to rename anything into another directory. */
#define VERSION_MIN 2

static int allow_paths(int ruleset, const char *const *paths, uint64_t rights) {
        int r = 0;

        for (; r >= 0 && paths && *paths; paths++)
                r = allow_path(ruleset, *paths, rights);

        return r;
}

int landlock_limit(const LandlockLimit *limit) {
        int version = get_version();
        if (version < VERSION_MIN)
                return MIN(version, 0);

        size_t i = find_version(version);
        Ruleset handled = versions[i].handled;
        handled.fs &= CHANGE | (limit->read ? READ : 0) | (limit->execute ? EXECUTE : 0);
        handled.net &= BIND_TCP;

        _cleanup_close_ int fd = create_ruleset(&handled, versions[i].size, 0);
        int r = fd < 0 ? fd : allow_path(fd, "/dev/null", handled.fs & (READ | WRITE_FILE));
        if (r >= 0)
                r = allow_paths(fd, limit->read, READ);
        if (r >= 0)
                r = allow_paths(fd, limit->execute, EXECUTE);
        if (r >= 0)
                r = allow_paths(fd, limit->change, handled.fs & ~(EXECUTE | DEVICES));
        if (r >= 0 && limit->directory_fd >= 0)
                r = allow(fd, limit->directory_fd, handled.fs & ~(EXECUTE | DEVICES));

        return r < 0 ? r : restrict_self(fd);
}
