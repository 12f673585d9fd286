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
#include "store/digest-list.h"
#include "store/layer.h"

#define SUFFIX ".erofs"

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

int layer_publish(Store *s, int fd, const Digest *id) {
        char path[64];

        if (fchmod(fd, 0444) < 0 || fsync(fd) < 0)
                return -errno;

        (void) snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        if (linkat(AT_FDCWD, path, store_layers_fd(s), layer_name(id).text, AT_SYMLINK_FOLLOW) < 0 &&
            errno != EEXIST)
                return -errno;

        return fsync(store_layers_fd(s)) < 0 ? -errno : 0;
}

int layer_open(Store *s, const Digest *id) {
        int fd = openat(store_layers_fd(s), layer_name(id).text, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        return fd < 0 ? -errno : fd;
}

int layer_remove(Store *s, const Digest *id) {
        return unlinkat(store_layers_fd(s), layer_name(id).text, 0) < 0 ? -errno : 0;
}

static bool parse_layer_name(const char *name, Digest *ret) {
        const char *suffix = endswith(name, SUFFIX);
        char id[DIGEST_TEXT_MAX] = "";

        if (!suffix || (size_t) (suffix - name) >= sizeof(id))
                return false;
        memcpy(id, name, suffix - name);

        return digest_parse_id(id, ret) >= 0;
}

int layer_list(Store *s, Digest **ret, size_t *ret_n) {
        return digest_list_at(store_layers_fd(s), parse_layer_name, ret, ret_n);
}
