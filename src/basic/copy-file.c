/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the copy of one file or directory by itself: data, attributes, owner, mode, times.
 * Never: looks anything up by a name.
 * Follows: copy_file_range(2), lseek(2), xattr(7), capabilities(7). */

#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/sendfile.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "basic/copy-file.h"
#include "basic/fd.h"
#include "basic/str.h"

#define IDS 65536U /* of a pod */
#define NOBODY 65534U

int copy_reopen(int path_fd, int flags) {
        return fd_reopen(path_fd, flags | O_NOCTTY | O_NONBLOCK);
}

/* The kernel shares the blocks where it can, and copies them itself where it cannot. */
static ssize_t copy_some(int from, int to, off_t *offset, size_t size) {
        off_t there = *offset;

        ssize_t n = copy_file_range(from, offset, to, &there, size, 0);
        if (n >= 0 || (errno != EXDEV && errno != EINVAL && errno != EOPNOTSUPP && errno != ENOSYS))
                return n < 0 ? -errno : n;

        if (lseek(to, *offset, SEEK_SET) < 0)
                return -errno;
        n = sendfile(to, from, offset, size);
        return n < 0 ? -errno : n;
}

static int copy_range(int from, int to, off_t offset, off_t end) {
        while (offset < end) {
                ssize_t n = copy_some(from, to, &offset, MIN(end - offset, (off_t) 1 << 30));
                if (n < 0)
                        return n;
                if (n == 0)
                        return 0; /* it has become shorter */
        }

        return 0;
}

int copy_data(int from, int to, uint64_t size) {
        off_t limit = (off_t) size, end;

        if (ftruncate(to, limit) < 0)
                return -errno;

        for (off_t data = 0; data < limit; data = end) {
                data = lseek(from, data, SEEK_DATA);
                if (data < 0)
                        return errno == ENXIO ? 0 : -errno;
                end = lseek(from, data, SEEK_HOLE);
                if (end < 0)
                        return errno == ENXIO ? 0 : -errno;

                int r = copy_range(from, to, data, MIN(end, limit));
                if (r < 0)
                        return r;
        }

        return 0;
}

/* Labels are of the place, not of the file; access control lists have ids in them. */
static bool is_kept(const char *name, const CopyOptions *o) {
        if (streq(name, "security.capability"))
                return o->keep_set_id;
        if (startswith(name, "system.posix_acl_"))
                return o->keep_owner && o->from_base == o->to_base;

        return startswith(name, "user.");
}

static int copy_xattr(int from, int to, const char *name) {
        char value[65536]; /* there are no longer ones */

        ssize_t n = fgetxattr(from, name, value, sizeof(value));
        if (n < 0)
                return errno == ENODATA ? 0 : -errno;
        if (fsetxattr(to, name, value, n, 0) < 0)
                return errno == EOPNOTSUPP ? 0 : -errno;

        return 0;
}

int copy_xattrs(int from, int to, const CopyOptions *o) {
        ssize_t size = flistxattr(from, NULL, 0);
        if (size <= 0)
                return size < 0 && errno != EOPNOTSUPP ? -errno : 0;

        _cleanup_free_ char *names = malloc(size);
        if (!names)
                return -ENOMEM;
        size = flistxattr(from, names, size);
        if (size < 0)
                return -errno;

        int r = 0;
        for (ssize_t i = 0; r >= 0 && i < size; i += strlen(names + i) + 1)
                if (is_kept(names + i, o))
                        r = copy_xattr(from, to, names + i);

        return r;
}

uid_t copy_shift_id(uid_t id, const CopyOptions *o) {
        if (o->from_base == o->to_base)
                return id;

        uid_t counted = id - o->from_base;
        return o->to_base + (counted < IDS ? counted : NOBODY);
}

/* The owner first: a change of it takes set-ID bits away. */
int copy_metadata(int to, const struct stat *st, const CopyOptions *o) {
        mode_t mode = st->st_mode & (o->keep_set_id || S_ISDIR(st->st_mode) ? 07777 : 01777);

        if (o->keep_owner && fchown(to, copy_shift_id(st->st_uid, o), copy_shift_id(st->st_gid, o)) < 0)
                return -errno;
        if (fchmod(to, mode) < 0 || futimens(to, (struct timespec[]) { st->st_atim, st->st_mtim }) < 0)
                return -errno;

        return 0;
}

bool copy_is_pseudo(int fd) {
        static const unsigned magic[] = { PROC_SUPER_MAGIC,    SYSFS_MAGIC,   CGROUP_SUPER_MAGIC,
                                          CGROUP2_SUPER_MAGIC, DEBUGFS_MAGIC, TRACEFS_MAGIC,
                                          SECURITYFS_MAGIC,    BPF_FS_MAGIC,  DEVPTS_SUPER_MAGIC };
        struct statfs fs;

        if (fstatfs(fd, &fs) < 0)
                return false;
        for (size_t i = 0; i < ELEMENTSOF(magic); i++)
                if ((unsigned) fs.f_type == magic[i])
                        return true;

        return false;
}
