/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the names of stage1 images, which there are, and the end of one.
 * Never: looks into one; takes away what a pod runs on.
 * Follows: docs/STORE.md, "stage1". */

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "stage1/versions.h"

static const char *const suffixes[_STAGE1_KINDS] = {
        [STAGE1_IMAGE] = ".erofs",
        [STAGE1_INITRD] = ".initrd",
};

bool stage1_version_is_valid(const char *version) {
        return in_charset(version, LOWERCASE UPPERCASE DIGITS "._~+-") && version[0] != '.' &&
               strlen(version) < STAGE1_VERSION_MAX;
}

int stage1_file_name(Stage1Kind kind, const char *version, char **ret) {
        return str_printf(ret, "%s%s", version, suffixes[kind]);
}

static const char *find_suffix(const char *file_name) {
        const char *suffix = NULL;

        for (size_t i = 0; i < ELEMENTSOF(suffixes) && !suffix; i++)
                suffix = endswith(file_name, suffixes[i]);

        return suffix;
}

char *stage1_version_of(const char *file_name) {
        const char *suffix = find_suffix(file_name);

        char *version = suffix ? strndup(file_name, suffix - file_name) : NULL;
        if (version && !stage1_version_is_valid(version)) {
                free(version);
                return NULL;
        }

        return version;
}

int stage1_dir_open(Store *s, bool create) {
        return dir_open_at(store_root_fd(s), "stage1", create ? 0700 : 0);
}

int stage1_list(int dir_fd, char ***ret) {
        _cleanup_closedir_ DIR *d = NULL;
        _cleanup_strv_ char **names = NULL;

        int r = dir_stream_at(dir_fd, ".", &d);
        for (struct dirent *entry; r >= 0 && (entry = readdir(d));) {
                _cleanup_free_ char *version = stage1_version_of(entry->d_name);
                if (version)
                        r = strv_add(&names, entry->d_name);
        }
        if (r < 0)
                return r;

        strv_sort(names);
        *ret = TAKE_PTR(names);
        return 0;
}

/* Returns an fd by which it is locked for whoever removes it; -EBUSY if somebody has it locked. */
static int open_exclusive(int dir_fd, const char *name) {
        _cleanup_close_ int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        if (fd < 0)
                return -errno;
        if (flock(fd, LOCK_EX | LOCK_NB) < 0)
                return errno == EWOULDBLOCK ? -EBUSY : -errno;

        return TAKE_FD(fd);
}

int stage1_is_used(int dir_fd, const char *file_name) {
        _cleanup_close_ int fd = open_exclusive(dir_fd, file_name);
        return fd >= 0 ? 0 : fd == -EBUSY ? 1 : fd;
}

static int remove_file(int dir_fd, Stage1Kind kind, const char *version) {
        _cleanup_free_ char *name = NULL;

        int r = stage1_file_name(kind, version, &name);
        if (r < 0)
                return r;

        _cleanup_close_ int fd = open_exclusive(dir_fd, name);
        if (fd < 0)
                return fd;

        return unlinkat(dir_fd, name, 0) < 0 || fsync(dir_fd) < 0 ? -errno : 0;
}

int stage1_remove(int dir_fd, const char *version) {
        int r = -ENOENT;

        if (!stage1_version_is_valid(version))
                return r;
        for (Stage1Kind kind = 0; kind < _STAGE1_KINDS && r == -ENOENT; kind++)
                r = remove_file(dir_fd, kind, version);

        return r;
}
