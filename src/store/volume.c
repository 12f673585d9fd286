/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: volumes/: named volumes on disk.
 * Never: looks at what an app has put there; knows which pods use it.
 * Follows: docs/STORE.md, "Volumes". */

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "store/volume.h"

const char *volume_of_source(const Store *s, const char *source, size_t *ret_size) {
        const char *name = startswith(source, store_path(s));

        name = name ? startswith(name, "/volumes/") : NULL;
        size_t n = name ? strcspn(name, "/") : 0;
        if (n == 0 || !streq(name + n, "/data"))
                return NULL;

        *ret_size = n;
        return name;
}

/* Made when the first volume is. */
static int open_volumes(Store *s, mode_t mode) {
        return dir_open_at(store_root_fd(s), "volumes", mode);
}

static int fill(int fd) {
        _cleanup_close_ int data = dir_open_at(fd, "data", 0755);
        if (data < 0)
                return data;
        if (fchmod(data, 0755) < 0)
                return -errno;

        int r = file_create_at(fd, "new", "", 0, 0400);
        return r < 0 ? r : tree_sync(fd);
}

static int make(int volumes_fd, const char *temporary, const char *name) {
        _cleanup_close_ int fd = dir_open_at(volumes_fd, temporary, 0700);
        int r = fd < 0 ? fd : fill(fd);
        if (r < 0)
                return r;
        if (renameat2(volumes_fd, temporary, volumes_fd, name, RENAME_NOREPLACE) < 0)
                return -errno;

        return fsync(volumes_fd) < 0 ? -errno : 1;
}

static void name_temporary(char ret[24]) {
        (void) snprintf(ret, 24, ".#%016llx", str_random_u64());
}

int volume_make(Store *s, const char *name) {
        char temporary[24];
        struct stat st;

        if (!is_plain_name(name))
                return -EINVAL;

        _cleanup_close_ int volumes_fd = open_volumes(s, 0700);
        if (volumes_fd < 0)
                return volumes_fd;
        if (fstatat(volumes_fd, name, &st, AT_SYMLINK_NOFOLLOW) >= 0)
                return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;

        name_temporary(temporary);
        int r = make(volumes_fd, temporary, name);
        if (r < 0)
                (void) remove_tree_at(volumes_fd, temporary);

        return r == -EEXIST ? 0 : r;
}

int volume_open(Store *s, const char *name) {
        if (!is_plain_name(name))
                return -EINVAL;

        _cleanup_close_ int volumes_fd = open_volumes(s, 0);
        return volumes_fd < 0 ? volumes_fd : dir_open_at(volumes_fd, name, 0);
}

int volume_list(Store *s, char ***ret) {
        _cleanup_closedir_ DIR *d = NULL;
        _cleanup_strv_ char **names = NULL;

        int r = dir_stream_at(store_root_fd(s), "volumes", &d);
        if (r < 0 && r != -ENOENT)
                return r;
        for (struct dirent *entry; d && (entry = readdir(d));) {
                r = is_plain_name(entry->d_name) ? strv_add(&names, entry->d_name) : 0;
                if (r < 0)
                        return r;
        }

        strv_sort(names);
        *ret = TAKE_PTR(names);
        return 0;
}

int volume_remove(Store *s, const char *name, char **ret_remains) {
        char temporary[24];

        if (!is_plain_name(name))
                return -EINVAL;

        _cleanup_close_ int volumes_fd = open_volumes(s, 0);
        if (volumes_fd < 0)
                return volumes_fd;

        name_temporary(temporary);
        if (renameat(volumes_fd, name, volumes_fd, temporary) < 0 || fsync(volumes_fd) < 0)
                return -errno;

        return str_copy(temporary, ret_remains);
}

int volume_delete(Store *s, const char *remains) {
        _cleanup_close_ int volumes_fd = open_volumes(s, 0);
        return volumes_fd < 0 ? volumes_fd : remove_tree_at(volumes_fd, remains);
}
