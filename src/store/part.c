/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: downloads that are not complete.
 * Never: vouches for what is in them; fsyncs: after a power cut a part may be short, or wrong, and its digest
 * will tell.
 * Follows: docs/ARCHITECTURE.md, "The quarantine"; xattr(7). */

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "store/part.h"

#define SUFFIX ".part"
#define VALIDATOR "user.gantry.validator"
#define VALIDATOR_MAX 256U

bool part_is_name(const char *name) {
        return endswith(name, SUFFIX);
}

void part_done(Part *p) {
        fd_close(p->fd);
        free(p->name);
        free(p->validator);
        *p = PART_NULL;
}

/* 1 if it is ours; 0 if it was removed, or became somebody's file by another name, before we had it. One that has other names as well, or
 * is no file, nobody of us has made. */
static int lock(const Part *p, struct stat *st) {
        struct stat named;

        if (flock(p->fd, LOCK_EX | LOCK_NB) < 0)
                return errno == EWOULDBLOCK ? -EAGAIN : -errno;
        if (fstat(p->fd, st) < 0)
                return -errno;
        if (fstatat(store_incoming_fd(p->store), p->name, &named, AT_SYMLINK_NOFOLLOW) < 0)
                return errno == ENOENT ? 0 : -errno;

        if (named.st_dev != st->st_dev || named.st_ino != st->st_ino)
                return 0;

        return S_ISREG(st->st_mode) && st->st_nlink == 1 ? 1 : -EUCLEAN;
}

/* It comes from a server and goes to servers, in a header. */
static bool is_validator(const char *text) {
        size_t n = strlen(text);

        for (size_t i = 0; i < n; i++)
                if (text[i] < ' ' || text[i] > '~')
                        return false;

        return n > 0 && n <= VALIDATOR_MAX;
}

/* A file system that keeps no such notes has parts without a validator. */
static int read_validator(int fd, char **ret) {
        char text[VALIDATOR_MAX + 1];

        ssize_t n = fgetxattr(fd, VALIDATOR, text, VALIDATOR_MAX);
        if (n <= 0)
                return 0;

        text[n] = '\0';
        return strlen(text) == (size_t) n && is_validator(text) ? str_copy(text, ret) : 0;
}

int part_open(Store *s, const char *name, Part *ret) {
        _cleanup_part_ Part p = { .store = s, .fd = -EBADF };
        struct stat st;

        int r = str_printf(&p.name, "%s" SUFFIX, name);
        while (r == 0) {
                fd_close(p.fd);
                p.fd = openat(store_incoming_fd(s), p.name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
                r = p.fd < 0 ? -errno : lock(&p, &st);
        }
        if (r > 0)
                r = read_validator(p.fd, &p.validator);
        if (r < 0)
                return r;

        p.size = st.st_size;
        *ret = p;
        p = PART_NULL;
        return 0;
}

int part_begin(Part *p, uint64_t size, const char *validator) {
        if (size > p->size || ftruncate(p->fd, size) < 0)
                return size > p->size ? -EINVAL : -errno;

        p->size = size;
        free(TAKE_PTR(p->validator));
        if (!validator || !is_validator(validator)) {
                (void) fremovexattr(p->fd, VALIDATOR);
                return 0;
        }

        (void) fsetxattr(p->fd, VALIDATOR, validator, strlen(validator), 0);
        return str_copy(validator, &p->validator);
}

int part_append(Part *p, const void *data, size_t size) {
        const char *from = data;

        while (size > 0) {
                ssize_t n = pwrite(p->fd, from, size, p->size);
                if (n < 0) {
                        if (errno == EINTR)
                                continue;
                        return -errno;
                }
                from += n;
                size -= n;
                p->size += n;
        }

        return 0;
}

int part_remove(Part *p) {
        return unlinkat(store_incoming_fd(p->store), p->name, 0) < 0 && errno != ENOENT ? -errno : 0;
}

int part_move(Part *p, int dir_fd, const char *name) {
        if (fchmod(p->fd, 0644) < 0 ||
            renameat2(store_incoming_fd(p->store), p->name, dir_fd, name, RENAME_NOREPLACE) < 0)
                return -errno;

        (void) fremovexattr(p->fd, VALIDATOR);
        return 0;
}
