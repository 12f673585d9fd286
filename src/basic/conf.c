/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: where configuration files are looked for, and in which order.
 * Never: reads what is in them.
 * Follows: "CONFIGURATION DIRECTORIES AND PRECEDENCE" of systemd's manual pages. */

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "basic/conf.h"
#include "basic/fd.h"
#include "basic/str.h"
#include "basic/strv.h"

static const char *base_name(const char *path) {
        return strrchr(path, '/') + 1;
}

static bool already_found(char *const *found, const char *name) {
        STRV_FOREACH(path, found)
                if (streq(base_name(*path), name))
                        return true;

        return false;
}

static int scan(const char *path, const char *suffix, char ***found) {
        _cleanup_closedir_ DIR *d = opendir(path);
        if (!d)
                return errno == ENOENT ? 0 : -errno;

        for (;;) {
                errno = 0;
                struct dirent *entry = readdir(d);
                if (!entry)
                        return -errno;
                if (entry->d_name[0] == '.' || !endswith(entry->d_name, suffix) ||
                    already_found(*found, entry->d_name))
                        continue;

                int r = strv_addf(found, "%s/%s", path, entry->d_name);
                if (r < 0)
                        return r;
        }
}

static int compare_names(const void *a, const void *b) {
        return strcmp(base_name(*(char *const *) a), base_name(*(char *const *) b));
}

/* An empty file and a link to /dev/null both have no size and nothing to read. */
static bool is_mask(const char *path) {
        struct stat st;
        return stat(path, &st) >= 0 && st.st_size == 0 && (S_ISREG(st.st_mode) || S_ISCHR(st.st_mode));
}

int conf_files_in(char *const *directories, const char *suffix, char ***ret) {
        const char *prefix = secure_getenv("GANTRY_CONFIG_ROOT");
        _cleanup_strv_ char **found = NULL, **files = NULL;
        int r;

        STRV_FOREACH(directory, directories) {
                _cleanup_free_ char *path = NULL;

                r = str_printf(&path, "%s%s", prefix ? prefix : "", *directory);
                if (r >= 0)
                        r = scan(path, suffix, &found);
                if (r < 0)
                        return r;
        }

        if (found)
                qsort(found, strv_length(found), sizeof(char *), compare_names);
        STRV_FOREACH(path, found)
                if (!is_mask(*path)) {
                        r = strv_add(&files, *path);
                        if (r < 0)
                                return r;
                }

        *ret = TAKE_PTR(files);
        return 0;
}

static const char *const roots[] = { "/etc", "/run", "/usr/local/lib", "/usr/lib" };

int conf_files(const char *directory, const char *suffix, char ***ret) {
        _cleanup_strv_ char **directories = NULL;
        int r = 0;

        for (size_t i = 0; i < ELEMENTSOF(roots) && r >= 0; i++)
                r = strv_addf(&directories, "%s/gantry/%s", roots[i], directory);

        return r < 0 ? r : conf_files_in(directories, suffix, ret);
}

int conf_file(const char *name, char **ret) {
        const char *prefix = secure_getenv("GANTRY_CONFIG_ROOT");

        for (size_t i = 0; i < ELEMENTSOF(roots); i++) {
                _cleanup_free_ char *path = NULL;

                int r = str_printf(&path, "%s%s/gantry/%s", prefix ? prefix : "", roots[i], name);
                if (r < 0)
                        return r;
                if (access(path, F_OK) >= 0) {
                        *ret = is_mask(path) ? NULL : TAKE_PTR(path);
                        return 0;
                }
                if (errno != ENOENT && errno != ENOTDIR)
                        return -errno;
        }

        *ret = NULL;
        return 0;
}
