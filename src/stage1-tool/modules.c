/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: which modules a kernel has, and which of them belong together.
 * Never: loads one; runs modprobe or depmod.
 * Follows: modules.dep(5); kbuild's modules.builtin; kernel-install(8) for where the configuration of a kernel is. */

#include <fcntl.h>
#include <string.h>

#include "basic/fd.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "stage1-tool/modules.h"
#include "stage1/host.h"

#define LIST_LIMIT ((size_t) 32 * 1024 * 1024)

void modules_done(Modules *m) {
        free(m->directory);
        blob_done(&m->dependencies);
        blob_done(&m->builtin);
}

static int read_list(int root_fd, const char *directory, const char *name, Current *sources, Blob *ret,
                     char **reterr_why) {
        _cleanup_free_ char *path = NULL;

        int r = str_printf(&path, "%s/%s", directory, name);
        if (r < 0)
                return r;

        _cleanup_close_ int fd = host_open_file(root_fd, path);
        r = fd < 0 ? fd : fd_read_blob(fd, LIST_LIMIT, ret);
        if (r < 0)
                return refuse(reterr_why, r, "'%s' cannot be read: %s", path, strerror(-r));

        return current_add_source(sources, path, fd);
}

/* Hosts that have no /usr of all that is read-only have the one for the other. */
static int find_directory(int root_fd, const char *release, char **ret, char **reterr_why) {
        static const char *const places[] = { "/usr/lib/modules", "/lib/modules" };

        for (size_t i = 0; i < ELEMENTSOF(places); i++) {
                _cleanup_free_ char *path = NULL;

                int r = str_printf(&path, "%s/%s", places[i], release);
                if (r < 0)
                        return r;
                _cleanup_close_ int fd = host_open(root_fd, path, O_PATH | O_DIRECTORY);
                if (fd >= 0) {
                        *ret = TAKE_PTR(path);
                        return 0;
                }
        }

        return refuse(reterr_why, -ENOENT, "kernel '%s' has no '/usr/lib/modules/%s'", release, release);
}

static bool has_option(const Blob *config, const char *option) {
        _cleanup_free_ char *line = NULL;

        return str_printf(&line, "\n%s=y\n", option) < 0 || strstr(config->data, line);
}

static bool takes_signed_only(const Blob *config) {
        static const char *const options[] = { "CONFIG_MODULE_SIG_FORCE",
                                               "CONFIG_LOCK_DOWN_KERNEL_FORCE_INTEGRITY",
                                               "CONFIG_LOCK_DOWN_KERNEL_FORCE_CONFIDENTIALITY" };
        bool found = false;

        for (size_t i = 0; i < ELEMENTSOF(options); i++)
                found = found || has_option(config, options[i]);
        return found;
}

/* Returns the fd. */
static int open_config(int root_fd, const char *release, const char *directory, char **ret_path) {
        _cleanup_free_ char *beside = NULL, *in_boot = NULL;

        int r = str_printf(&in_boot, "/boot/config-%s", release);
        if (r >= 0)
                r = str_printf(&beside, "%s/config", directory);
        if (r < 0)
                return r;

        int fd = host_open_file(root_fd, in_boot);
        if (fd >= 0) {
                *ret_path = TAKE_PTR(in_boot);
                return fd;
        }
        fd = host_open_file(root_fd, beside);
        if (fd >= 0)
                *ret_path = TAKE_PTR(beside);
        return fd;
}

/* Of a kernel that does not say so, the worst is taken for granted. */
static int look_at_config(int root_fd, const char *release, Current *sources, Modules *m) {
        _cleanup_free_ char *path = NULL;
        _cleanup_blob_ Blob config = {};

        m->signed_only = true;
        _cleanup_close_ int fd = open_config(root_fd, release, m->directory, &path);
        if (fd < 0)
                return fd == -ENOMEM ? fd : 0;
        int r = fd_read_blob(fd, LIST_LIMIT, &config);
        if (r < 0)
                return r;

        m->signed_only = takes_signed_only(&config);
        return current_add_source(sources, path, fd);
}

int modules_load(int root_fd, const char *release, Current *sources, Modules *ret, char **reterr_why) {
        _cleanup_modules_ Modules m = {};

        int r = find_directory(root_fd, release, &m.directory, reterr_why);
        if (r >= 0)
                r = read_list(root_fd, m.directory, "modules.dep", sources, &m.dependencies, reterr_why);
        if (r >= 0)
                r = read_list(root_fd, m.directory, "modules.builtin", sources, &m.builtin, reterr_why);
        if (r >= 0)
                r = look_at_config(root_fd, release, sources, &m);
        if (r < 0)
                return r;

        *ret = m;
        m = (Modules) {};
        return 0;
}

/* Whether it is "…/NAME.ko", perhaps ".ko.zst", where '-' and '_' are the same. */
static bool has_name(const char *path, size_t size, const char *name) {
        const char *slash = memrchr(path, '/', size), *file = slash ? slash + 1 : path;
        size_t rest = path + size - file, n = strlen(name);

        if (rest < n + 3 || memcmp(file + n, ".ko", 3) != 0)
                return false;
        for (size_t i = 0; i < n; i++)
                if ((file[i] == '-' ? '_' : file[i]) != (name[i] == '-' ? '_' : name[i]))
                        return false;

        return true;
}

/* The line of a list that begins with the path of this module, up to the character `end`. */
static const char *find_line(const Blob *list, const char *name, char end) {
        const char *line = list->data;

        while (*line) {
                const char stops[] = { end, '\n', '\0' };

                if (has_name(line, strcspn(line, stops), name))
                        return line;
                line += strcspn(line, "\n");
                line += *line == '\n';
        }

        return NULL;
}

/* "PATH: NEEDED…", where what is needed last is needed most. */
static int split_line(const char *line, char ***ret) {
        _cleanup_strv_ char **paths = NULL;
        size_t size = strcspn(line, "\n");
        int r = 0;

        for (size_t end = size; end > 0 && r >= 0;) {
                size_t begin = end;
                while (begin > 0 && line[begin - 1] != ' ')
                        begin--;
                size_t n = end - begin;
                if (begin == 0 && n > 0)
                        n--; /* the colon */
                if (n > 0)
                        r = strv_addf(&paths, "%.*s", (int) n, line + begin);
                end = begin > 0 ? begin - 1 : 0;
        }
        if (r < 0)
                return r;

        *ret = TAKE_PTR(paths);
        return 0;
}

int modules_find(const Modules *m, const char *name, char ***ret) {
        const char *line = find_line(&m->dependencies, name, ':');

        if (find_line(&m->builtin, name, '\n')) {
                *ret = NULL;
                return 0;
        }

        return line ? split_line(line, ret) : -ENOENT;
}
