/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "basic/blob.h"
#include "basic/macro.h"

/* Closes `fd` if it is one (>= 0), keeps errno. Returns -EBADF, so that `fd = fd_close(fd);` reads well. */
int fd_close(int fd);

static inline void fd_closep(int *fd) {
        fd_close(*fd);
}
#define _cleanup_close_ _cleanup_(fd_closep)

static inline void closedirp(DIR **d) {
        if (*d)
                closedir(*d);
}
#define _cleanup_closedir_ _cleanup_(closedirp)

static inline void fclosep(FILE **f) {
        if (*f)
                fclose(*f);
}
#define _cleanup_fclose_ _cleanup_(fclosep)

#define TAKE_FD(fd)                                                                                         \
        ({                                                                                                  \
                int *_fdp = &(fd), _fd = *_fdp;                                                             \
                *_fdp = -EBADF;                                                                             \
                _fd;                                                                                        \
        })

/* Reads until `size` bytes or the end. Returns the number of bytes read or -errno. */
ssize_t fd_read_full(int fd, void *buf, size_t size);

/* Writes all of it. Returns 0 or -errno. */
int fd_write_full(int fd, const void *buf, size_t size);

/* Reads everything up to the end. -EFBIG if there is more than `limit` bytes. The blob is NUL-terminated
 * one byte behind its size. */
int fd_read_blob(int fd, size_t limit, Blob *ret);

/* The same, from the beginning of a file whose offset is where somebody has written to. */
int fd_reread_blob(int fd, size_t limit, Blob *ret);

/* Opens `path` relative to `dir_fd`, regular files only (-EISDIR for a directory, -EINVAL for the rest; FIFOs
 * do not block), and reads it as fd_read_blob(). */
int file_read_at(int dir_fd, const char *path, size_t limit, Blob *ret);

/* Publishes a file: temporary file in the same directory, write, fsync, rename or (without `replace`)
 * link into place, fsync of the directory. -EEXIST if it is there and `replace` is false. After a crash
 * the file is either there whole or not at all. */
int file_publish_at(int dir_fd, const char *name, const void *data, size_t size, mode_t mode, bool replace);

/* Writes a file that was not there (-EEXIST), replacing and following nothing. No fsync: for what may be lost,
 * and what tree_sync() is called for later. */
int file_create_at(int dir_fd, const char *name, const void *data, size_t size, mode_t mode);

/* Gives a file that is there (-ENOENT) other contents, at once and in its place: who has it open, or mounted, sees them. */
int file_overwrite_at(int dir_fd, const char *path, const void *data, size_t size);

/* Brings all files and directories of a small tree of our own to the disk, `dir_fd` included. For what is made
 * whole under a name that does not count, and then renamed: they go to the disk together, which takes about as
 * long as one of them alone. */
int tree_sync(int dir_fd);

/* A file in memory that has these bytes, to be read from its beginning, by whoever gets the fd; nobody can change it any more. `name` is
 * what is seen of it below /proc. Returns the fd or -errno. */
int memory_file(const char *name, const void *data, size_t size);

/* Opens a directory below `dir_fd`, creating it (one level) with `mode`, whatever the umask, if `mode` is not 0. Never follows
 * a symbolic link in the last component. Returns the fd or -errno. */
int dir_open_at(int dir_fd, const char *name, mode_t mode);

/* A stream of its own over the entries of a directory below `dir_fd` ("." for itself), opened as
 * dir_open_at() does. */
int dir_stream_at(int dir_fd, const char *name, DIR **ret);

/* The name of the next entry in there but "." and "..". Returns 1, or 0 if there is none. */
int dir_next(DIR *d, const char **ret_name);

/* Opens `path` below `dir_fd`; no component may leave the directory or be a magic link. `flags` as for
 * open(2), O_CLOEXEC is implied. Returns the fd or -errno. */
int open_beneath(int dir_fd, const char *path, int flags);

/* Opens `path` as a process would whose root is `root_fd`: links lead to what they name in there, magic links nowhere. `flags` as
 * above. */
int open_in_root(int root_fd, const char *path, int flags);

/* The same where no link is wanted, neither on the way nor at its end: -ELOOP. */
int open_in_root_plain(int root_fd, const char *path, int flags);

/* mkdir -p for an absolute path, directories made with `mode`, whatever the umask. */
int mkdir_parents(const char *path, mode_t mode);

/* Removes `name` below `dir_fd` and everything in it, never crossing a mount, never following a link.
 * -ENOENT is success. */
int remove_tree_at(int dir_fd, const char *name);

/* Whether there is something to read now, or an end to be noticed: of a pipe, a socket, a pidfd. */
bool fd_is_readable(int fd);

/* Whether both are the same file. */
bool fd_is_same_file(int a, int b);

/* Clears FD_CLOEXEC so that the next exec'd program inherits the fd. */
int fd_keep_on_exec(int fd);

/* Gives these fds the numbers `first` and behind, for the next exec'd program, whatever is there. Uses the array on the way. */
int fds_place(int *fds, int n, int first);

/* When the inode was last changed, in nanoseconds since the epoch. */
static inline uint64_t stat_changed_nsec(const struct stat *st) {
        return (uint64_t) st->st_ctim.tv_sec * 1000000000 + st->st_ctim.tv_nsec;
}

/* Another name of what an fd is open for, for calls that take paths only: "/proc/self/fd/N". */
typedef struct FdPath {
        char text[32];
} FdPath;

FdPath fd_path(int fd);

/* From there: the file opened anew, with `flags`; O_CLOEXEC is implied. Returns the fd or -errno. */
int fd_reopen(int fd, int flags);

/* The path an fd has now, for messages and for programs that only take paths. */
int fd_get_path(int fd, char **ret);

/* From now on as many fds as an administrator allows, rather than the 1024 a process starts with. */
void fd_limit_raise(void);
