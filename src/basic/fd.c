/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: whole reads and writes, files published atomically, directories opened and removed by fd.
 * Never: follows a link out of a tree it was given, leaves a half-written file under its final name.
 * Follows: open(2), openat2(2), linkat(2), renameat2(2). */

#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/str.h"

int fd_close(int fd) {
        if (fd >= 0) {
                int saved = errno;
                (void) close(fd);
                errno = saved;
        }

        return -EBADF;
}

ssize_t fd_read_full(int fd, void *buf, size_t size) {
        uint8_t *p = buf;
        size_t done = 0;

        while (done < size) {
                ssize_t n = read(fd, p + done, size - done);
                if (n < 0) {
                        if (errno == EINTR)
                                continue;
                        return -errno;
                }
                if (n == 0)
                        break;
                done += n;
        }

        return done;
}

int fd_write_full(int fd, const void *buf, size_t size) {
        const uint8_t *p = buf;

        while (size > 0) {
                ssize_t n = write(fd, p, size);
                if (n < 0) {
                        if (errno == EINTR)
                                continue;
                        return -errno;
                }
                p += n;
                size -= n;
        }

        return 0;
}

int fd_read_blob(int fd, size_t limit, Blob *ret) {
        _cleanup_blob_ Blob b = {};
        size_t allocated = 0;

        for (;;) {
                if (b.size + 1 >= allocated) {
                        size_t want = MIN(MAX(allocated * 2, (size_t) 4096), limit + 2);
                        void *p = realloc(b.data, want);
                        if (!p)
                                return -ENOMEM;
                        b.data = p;
                        allocated = want;
                }

                ssize_t n = fd_read_full(fd, (char *) b.data + b.size, allocated - 1 - b.size);
                if (n < 0)
                        return n;
                b.size += n;
                if (b.size > limit)
                        return -EFBIG;
                if (b.size < allocated - 1)
                        break;
        }

        ((char *) b.data)[b.size] = '\0';
        *ret = TAKE_BLOB(b);
        return 0;
}

int file_read_at(int dir_fd, const char *path, size_t limit, Blob *ret) {
        _cleanup_close_ int fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        if (fd < 0)
                return -errno;

        struct stat st;
        if (fstat(fd, &st) < 0)
                return -errno;
        if (S_ISDIR(st.st_mode))
                return -EISDIR;
        if (!S_ISREG(st.st_mode))
                return -EINVAL;

        return fd_read_blob(fd, limit, ret);
}

int file_publish_at(int dir_fd, const char *name, const void *data, size_t size, mode_t mode, bool replace) {
        _cleanup_free_ char *temporary = NULL;
        int r;

        r = str_printf(&temporary, ".#%s.%016llx", name, str_random_u64());
        if (r < 0)
                return r;

        _cleanup_close_ int fd = openat(dir_fd, temporary,
                                        O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
                return -errno;

        r = fd_write_full(fd, data, size);
        if (r >= 0 && fchmod(fd, mode) < 0)
                r = -errno;
        if (r >= 0 && fsync(fd) < 0)
                r = -errno;
        if (r >= 0 &&
            syscall(SYS_renameat2, dir_fd, temporary, dir_fd, name, replace ? 0 : 1 /* NOREPLACE */) < 0)
                r = -errno;
        if (r < 0) {
                (void) unlinkat(dir_fd, temporary, 0);
                return r;
        }

        return fsync(dir_fd) < 0 ? -errno : 0;
}

int dir_open_at(int dir_fd, const char *name, mode_t mode) {
        if (mode != 0 && mkdirat(dir_fd, name, mode) < 0 && errno != EEXIST)
                return -errno;

        int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        return fd < 0 ? -errno : fd;
}

int open_beneath(int dir_fd, const char *path, int flags) {
        struct open_how how = {
                .flags = flags | O_CLOEXEC,
                .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
        };

        int fd = syscall(SYS_openat2, dir_fd, path, &how, sizeof(how));
        return fd < 0 ? -errno : fd;
}

int mkdir_parents(const char *path, mode_t mode) {
        _cleanup_free_ char *copy = strdup(path);
        if (!copy)
                return -ENOMEM;

        for (char *p = copy + 1;; p++)
                if (*p == '/' || *p == '\0') {
                        char saved = *p;
                        *p = '\0';
                        if (mkdir(copy, mode) < 0 && errno != EEXIST)
                                return -errno;
                        if (saved == '\0')
                                return 0;
                        *p = saved;
                }
}

static int remove_children(int dir_fd, dev_t device) {
        int copy = fcntl(dir_fd, F_DUPFD_CLOEXEC, 3);
        if (copy < 0)
                return -errno;

        _cleanup_closedir_ DIR *d = fdopendir(copy);
        if (!d) {
                fd_close(copy);
                return -errno;
        }

        for (;;) {
                errno = 0;
                struct dirent *entry = readdir(d);
                if (!entry)
                        return -errno;
                if (streq(entry->d_name, ".") || streq(entry->d_name, ".."))
                        continue;
                if (unlinkat(dir_fd, entry->d_name, 0) >= 0 || errno == ENOENT)
                        continue;
                if (errno != EISDIR && errno != EPERM)
                        return -errno;

                _cleanup_close_ int child = dir_open_at(dir_fd, entry->d_name, 0);
                if (child < 0)
                        return child;

                struct stat st;
                if (fstat(child, &st) < 0)
                        return -errno;
                if (st.st_dev != device)
                        return -EXDEV;

                int r = remove_children(child, device);
                if (r < 0)
                        return r;
                if (unlinkat(dir_fd, entry->d_name, AT_REMOVEDIR) < 0 && errno != ENOENT)
                        return -errno;
        }
}

int remove_tree_at(int dir_fd, const char *name) {
        _cleanup_close_ int fd = dir_open_at(dir_fd, name, 0);
        if (fd == -ENOENT)
                return 0;
        if (fd == -ENOTDIR || fd == -ELOOP)
                return unlinkat(dir_fd, name, 0) < 0 ? -errno : 0;
        if (fd < 0)
                return fd;

        struct stat st;
        if (fstat(fd, &st) < 0)
                return -errno;

        int r = remove_children(fd, st.st_dev);
        if (r < 0)
                return r;

        return unlinkat(dir_fd, name, AT_REMOVEDIR) < 0 && errno != ENOENT ? -errno : 0;
}

int fd_keep_on_exec(int fd) {
        int flags = fcntl(fd, F_GETFD);
        if (flags < 0 || fcntl(fd, F_SETFD, flags & ~FD_CLOEXEC) < 0)
                return -errno;

        return 0;
}

int fd_get_path(int fd, char **ret) {
        char link[64], path[PATH_MAX];

        (void) snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
        ssize_t n = readlink(link, path, sizeof(path) - 1);
        if (n < 0)
                return -errno;
        path[n] = '\0';

        return str_copy(path, ret);
}
