/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: whole reads and writes, files published atomically, directories opened and removed by fd.
 * Never: follows a link out of a tree it was given, leaves a half-written file under its final name.
 * Follows: open(2), openat2(2), linkat(2), renameat2(2). */

#include <fcntl.h>
#include <poll.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
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

int fd_reread_blob(int fd, size_t limit, Blob *ret) {
        return lseek(fd, 0, SEEK_SET) < 0 ? -errno : fd_read_blob(fd, limit, ret);
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
        char temporary[24];

        (void) snprintf(temporary, sizeof(temporary), ".#%016llx", str_random_u64());
        _cleanup_close_ int fd = openat(dir_fd, temporary,
                                        O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
                return -errno;

        int r = fd_write_full(fd, data, size);
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

int file_create_at(int dir_fd, const char *name, const void *data, size_t size, mode_t mode) {
        _cleanup_close_ int fd =
                        openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0 || fchmod(fd, mode) < 0)
                return -errno;

        return fd_write_full(fd, data, size);
}

int file_overwrite_at(int dir_fd, const char *path, const void *data, size_t size) {
        _cleanup_close_ int fd = openat(dir_fd, path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
        ssize_t n = fd < 0 ? -1 : pwrite(fd, data, size, 0);
        if (n < 0)
                return -errno;

        return (size_t) n != size ? -ENOSPC : ftruncate(fd, (off_t) size) < 0 ? -errno : 0;
}

int memory_file(const char *name, const void *data, size_t size) {
        const int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

        _cleanup_close_ int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
        if (fd < 0)
                return -errno;
        int r = fd_write_full(fd, data, size);
        if (r < 0)
                return r;
        if (lseek(fd, 0, SEEK_SET) < 0 || fcntl(fd, F_ADD_SEALS, seals) < 0)
                return -errno;

        return TAKE_FD(fd);
}

/* What is made has the mode that was asked for: a umask is about files of the user's, and these have others to serve. */
int dir_open_at(int dir_fd, const char *name, mode_t mode) {
        bool made = mode != 0 && mkdirat(dir_fd, name, mode) >= 0;
        if (mode != 0 && !made && errno != EEXIST)
                return -errno;

        _cleanup_close_ int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        if (fd < 0 || (made && fchmod(fd, mode) < 0))
                return -errno;

        return TAKE_FD(fd);
}

static int make_stream(int fd, DIR **ret) {
        if (fd < 0)
                return fd;

        DIR *d = fdopendir(fd);
        if (!d) {
                int r = -errno;
                fd_close(fd);
                return r;
        }

        *ret = d;
        return 0;
}

int dir_stream_at(int dir_fd, const char *name, DIR **ret) {
        return make_stream(dir_open_at(dir_fd, name, 0), ret);
}

int dir_next(DIR *d, const char **ret_name) {
        struct dirent *entry;

        do {
                errno = 0;
                entry = readdir(d);
                if (!entry)
                        return -errno;
        } while (streq(entry->d_name, ".") || streq(entry->d_name, ".."));

        *ret_name = entry->d_name;
        return 1;
}

static int open_resolved(int dir_fd, const char *path, int flags, uint64_t resolve) {
        struct open_how how = { .flags = flags | O_CLOEXEC, .resolve = resolve };

        int fd = syscall(SYS_openat2, dir_fd, path, &how, sizeof(how));
        return fd < 0 ? -errno : fd;
}

int open_beneath(int dir_fd, const char *path, int flags) {
        return open_resolved(dir_fd, path, flags, RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS);
}

int open_in_root(int root_fd, const char *path, int flags) {
        return open_resolved(root_fd, path, flags, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
}

int open_in_root_plain(int root_fd, const char *path, int flags) {
        return open_resolved(root_fd, path, flags, RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS);
}

static int mkdir_or_accept(const char *path, mode_t mode) {
        struct stat st;

        if (mkdir(path, mode) >= 0) {
                _cleanup_close_ int fd = dir_open_at(AT_FDCWD, path, 0);
                return fd < 0 ? fd : fchmod(fd, mode) < 0 ? -errno : 0;
        }
        if (errno != EEXIST || stat(path, &st) < 0)
                return -errno;

        return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
}

int mkdir_parents(const char *path, mode_t mode) {
        _cleanup_free_ char *copy = strdup(path);
        if (!copy)
                return -ENOMEM;

        for (char *p = copy + 1; *p; p++)
                if (*p == '/') {
                        *p = '\0';
                        int r = mkdir_or_accept(copy, mode);
                        if (r < 0)
                                return r;
                        *p = '/';
                }

        return mkdir_or_accept(copy, mode);
}

/* Opens a directory that is really there: neither a link nor something mounted over it. */
static int open_unmounted(int dir_fd, const char *name) {
        return open_resolved(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW,
                             RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
}

/* Calls back for every entry until that fails. */
static int for_each_entry(int dir_fd, int (*f)(int dir_fd, const char *name, void *userdata),
                          void *userdata) {
        _cleanup_closedir_ DIR *d = NULL;

        int r = make_stream(open_unmounted(dir_fd, "."), &d);
        if (r < 0)
                return r;

        for (;;) {
                const char *name;

                r = dir_next(d, &name);
                if (r <= 0)
                        return r;
                r = f(dir_fd, name, userdata);
                if (r < 0)
                        return r;
        }
}

static int start_sync(int dir_fd, const char *name, void *userdata) {
        _cleanup_close_ int fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
                return errno == ELOOP ? 0 : -errno; /* a link is all in its directory */

        struct stat st;
        if (fstat(fd, &st) < 0)
                return -errno;
        if (S_ISDIR(st.st_mode))
                return for_each_entry(fd, start_sync, userdata);

        (void) sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE); /* a hint */
        return 0;
}

static int finish_sync(int dir_fd, const char *name, void *userdata) {
        _cleanup_close_ int fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
                return errno == ELOOP ? 0 : -errno; /* a link is all in its directory */

        struct stat st;
        int r = fstat(fd, &st) < 0 ? -errno : 0;
        if (r >= 0 && S_ISDIR(st.st_mode))
                r = for_each_entry(fd, finish_sync, userdata);

        return r < 0 ? r : fsync(fd) < 0 ? -errno : 0;
}

int tree_sync(int dir_fd) {
        int r = for_each_entry(dir_fd, start_sync, NULL);
        if (r >= 0)
                r = for_each_entry(dir_fd, finish_sync, NULL);

        return r < 0 ? r : fsync(dir_fd) < 0 ? -errno : 0;
}

/* 1 if it was a file, 0 if it is a directory. */
static int remove_file(int dir_fd, const char *name) {
        if (unlinkat(dir_fd, name, 0) >= 0 || errno == ENOENT)
                return 1;

        return errno == EISDIR || errno == EPERM ? 0 : -errno;
}

/* An app may nest directories deeper than there are fds to hold them open, so nothing descends: what is
 * in a directory comes up to the top, until the top has no directory left. */
typedef struct Removal {
        int top;
        bool again;
} Removal;

static int remove_or_hoist(int dir_fd, const char *name, void *userdata) {
        Removal *removal = userdata;
        char up[24];

        int r = remove_file(dir_fd, name);
        if (r != 0)
                return r;

        (void) snprintf(up, sizeof(up), ".#%016llx", str_random_u64());
        removal->again = true;
        return renameat(dir_fd, name, removal->top, up) < 0 && errno != ENOENT ? -errno : 0;
}

static int remove_from_top(int dir_fd, const char *name, void *userdata) {
        int r = remove_file(dir_fd, name);
        if (r != 0)
                return r < 0 ? r : 0;

        _cleanup_close_ int fd = open_unmounted(dir_fd, name);
        r = fd < 0 ? fd : for_each_entry(fd, remove_or_hoist, userdata);
        if (r >= 0 && unlinkat(dir_fd, name, AT_REMOVEDIR) < 0)
                r = -errno;

        return r == -ENOENT ? 0 : r;
}

int remove_tree_at(int dir_fd, const char *name) {
        _cleanup_close_ int fd = open_unmounted(dir_fd, name);
        if (fd == -ENOENT)
                return 0;
        if (fd == -ENOTDIR || fd == -ELOOP)
                return unlinkat(dir_fd, name, 0) < 0 ? -errno : 0;
        if (fd < 0)
                return fd;

        Removal removal = { .top = fd };
        do {
                removal.again = false;
                int r = for_each_entry(fd, remove_from_top, &removal);
                if (r < 0)
                        return r;
        } while (removal.again);

        return unlinkat(dir_fd, name, AT_REMOVEDIR) < 0 && errno != ENOENT ? -errno : 0;
}

bool fd_is_readable(int fd) {
        struct pollfd p = { .fd = fd, .events = POLLIN };
        return poll(&p, 1, 0) > 0;
}

bool fd_is_same_file(int a, int b) {
        struct stat x, y;

        return fstat(a, &x) >= 0 && fstat(b, &y) >= 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

int fd_keep_on_exec(int fd) {
        int flags = fcntl(fd, F_GETFD);
        if (flags < 0 || fcntl(fd, F_SETFD, flags & ~FD_CLOEXEC) < 0)
                return -errno;

        return 0;
}

/* They go out of each other's way first. */
int fds_place(int *fds, int n, int first) {
        for (int i = 0; i < n; i++) {
                fds[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, first + n);
                if (fds[i] < 0)
                        return -errno;
        }
        for (int i = 0; i < n; i++)
                if (dup2(fds[i], first + i) < 0)
                        return -errno;

        return 0;
}

FdPath fd_path(int fd) {
        FdPath path;

        (void) snprintf(path.text, sizeof(path.text), "/proc/self/fd/%d", fd);
        return path;
}

int fd_reopen(int fd, int flags) {
        int copy = open(fd_path(fd).text, flags | O_CLOEXEC);
        return copy < 0 ? -errno : copy;
}

int fd_get_path(int fd, char **ret) {
        char path[PATH_MAX];

        ssize_t n = readlink(fd_path(fd).text, path, sizeof(path) - 1);
        if (n < 0)
                return -errno;
        path[n] = '\0';

        return str_copy(path, ret);
}

void fd_limit_raise(void) {
        struct rlimit limit;

        if (getrlimit(RLIMIT_NOFILE, &limit) >= 0 && limit.rlim_cur < limit.rlim_max) {
                limit.rlim_cur = limit.rlim_max;
                (void) setrlimit(RLIMIT_NOFILE, &limit);
        }
}
