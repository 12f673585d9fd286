/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: writing the administrator's configuration.
 * Never: writes anywhere but below /etc/gantry; leaves half a file.
 * Follows: gantry-trust.d(5). */

#include <fcntl.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/log.h"
#include "basic/str.h"
#include "trust-tool/config-write.h"

int config_path(const char *sub, char **ret) {
        const char *root = secure_getenv("GANTRY_CONFIG_ROOT");
        return str_printf(ret, "%s/etc/gantry/%s", root ? root : "", sub);
}

bool config_is_ours(const char *path) {
        _cleanup_free_ char *ours = NULL;

        return config_path("", &ours) >= 0 && startswith(path, ours);
}

static const char *not_yours(int error) {
        return error == EACCES ? "; rules are root's to write" : "";
}

int config_remove(const char *path) {
        return unlink(path) < 0 && errno != ENOENT
                               ? log_error_errno(errno, "Cannot remove '%s': %m%s", path, not_yours(errno))
                               : 0;
}

int config_open(const char *sub) {
        _cleanup_free_ char *path = NULL;

        int r = config_path(sub, &path);
        if (r >= 0)
                r = mkdir_parents(path, 0755);
        if (r < 0)
                return r;

        int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

int config_write(const char *directory, const char *name, const void *data, size_t size, bool replace) {
        _cleanup_free_ char *path = NULL;

        int r = config_path(directory, &path);
        if (r < 0)
                return log_error_errno(r, "Cannot write '%s': %m", name);

        _cleanup_close_ int fd = config_open(directory);
        if (fd < 0)
                return log_error_errno(fd, "Cannot make directory '%s': %m", path);
        r = file_publish_at(fd, name, data, size, 0644, replace);
        if (r == -EEXIST)
                return log_error_errno(
                                r, "Cannot write '%s/%s': it exists already; use 'gantry trust rm' first",
                                path, name);
        if (r < 0)
                return log_error_errno(r, "Cannot write '%s/%s': %m%s", path, name, not_yours(-r));

        return 0;
}
