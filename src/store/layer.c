/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: layers/, one sealed file a layer.
 * Never: gives a layer its name before it is whole and on the disk.
 * Follows: open(2) on O_TMPFILE, linkat(2). */

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "store/layer.h"
#include "store/verity.h"

#define SUFFIX ".erofs"
#define DAMAGED ".damaged"

typedef struct LayerName {
        char text[DIGEST_TEXT_MAX + sizeof(SUFFIX)];
} LayerName;

static LayerName layer_name(const Digest *id) {
        LayerName name;

        digest_format_id(id, name.text);
        strcat(name.text, SUFFIX);
        return name;
}

int layer_exists(Store *s, const Digest *id) {
        if (faccessat(store_layers_fd(s), layer_name(id).text, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
                return errno == ENOENT ? 0 : -errno;

        return 1;
}

int layer_create(Store *s) {
        int fd = openat(store_layers_fd(s), ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
        return fd < 0 ? -errno : fd;
}

/* Makes the file one that nobody changes any more, and brings it to the disk. Returns an fd to read it. */
static int finish_file(int fd) {
        _cleanup_close_ int writable = fd, file = -EBADF;

        if (fchmod(writable, 0444) < 0 || fsync(writable) < 0)
                return -errno;
        file = fd_reopen(writable, O_RDONLY); /* fs-verity wants nobody to write */
        if (file < 0)
                return file;

        writable = fd_close(writable);
        int r = verity_enable(file);
        if (r == -EOPNOTSUPP)
                return TAKE_FD(file);
        if (r < 0 || fsync(file) < 0)
                return r < 0 ? r : -errno;

        return TAKE_FD(file);
}

int layer_publish(Store *s, int fd, const Digest *id) {
        int linked = 1;

        _cleanup_close_ int file = finish_file(fd);
        if (file < 0)
                return file;

        if (linkat(AT_FDCWD, fd_path(file).text, store_layers_fd(s), layer_name(id).text,
                   AT_SYMLINK_FOLLOW) < 0) {
                if (errno != EEXIST)
                        return -errno;
                linked = 0;
        }

        return fsync(store_layers_fd(s)) < 0 ? -errno : linked;
}

int layer_open(Store *s, const Digest *id) {
        struct stat st;

        /* Nobody waits for a pipe. */
        _cleanup_close_ int fd = openat(store_layers_fd(s), layer_name(id).text,
                                        O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        if (fd < 0 || fstat(fd, &st) < 0)
                return -errno;

        return S_ISREG(st.st_mode) ? TAKE_FD(fd) : -EUCLEAN;
}

int layer_check(int fd, const LayerRecord *expected) {
        struct stat st;
        Digest measured;

        if (fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode) || (uint64_t) st.st_size != expected->size)
                return -EUCLEAN;

        int r = verity_measure(fd, &measured);
        if (r != -ENODATA)
                return r < 0 ? r : digest_equal(&measured, &expected->verity) ? 0 : -EUCLEAN;

        return st.st_ino == expected->inode && stat_changed_nsec(&st) == expected->changed_nsec ? 0
                                                                                                : -ESTALE;
}

int layer_quarantine(Store *s, const Digest *id) {
        char damaged[DIGEST_TEXT_MAX + sizeof(DAMAGED)];
        int fd = store_layers_fd(s);

        digest_format_id(id, damaged);
        strcat(damaged, DAMAGED);

        return renameat(fd, layer_name(id).text, fd, damaged) < 0 || fsync(fd) < 0 ? -errno : 0;
}

bool layer_is_damaged_name(const char *name) {
        return endswith(name, DAMAGED);
}

int layer_remove(Store *s, const Digest *id) {
        return unlinkat(store_layers_fd(s), layer_name(id).text, 0) < 0 ? -errno : 0;
}

bool layer_parse_name(const char *name, Digest *ret) {
        const char *suffix = endswith(name, SUFFIX);
        char id[DIGEST_TEXT_MAX] = "";

        if (!suffix || (size_t) (suffix - name) >= sizeof(id))
                return false;
        memcpy(id, name, suffix - name);

        return digest_parse_id(id, ret) >= 0;
}
