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

/* The one that hides all others of its name. */
static const char *first_of_name(char *const *paths, const char *name) {
        STRV_FOREACH(path, paths)
                if (streq(base_name(*path), name))
                        return *path;

        return NULL;
}

static int scan(const char *path, const char *suffix, char ***found) {
        _cleanup_closedir_ DIR *d = opendir(path);
        if (!d)
                return errno == ENOENT ? 0 : -errno;

        int r = 0;
        for (const char *name; r >= 0 && (r = dir_next(d, &name)) > 0;)
                if (name[0] != '.' && endswith(name, suffix))
                        r = strv_addf(found, "%s/%s", path, name);

        return r;
}

/* All there are, those of earlier directories before those of later ones. */
static int scan_all(char *const *directories, const char *suffix, char ***ret) {
        const char *prefix = secure_getenv("GANTRY_CONFIG_ROOT");
        _cleanup_strv_ char **found = NULL;

        STRV_FOREACH(directory, directories) {
                _cleanup_free_ char *path = NULL;

                int r = str_printf(&path, "%s%s", prefix ? prefix : "", *directory);
                if (r >= 0)
                        r = scan(path, suffix, &found);
                if (r < 0)
                        return r;
        }

        *ret = TAKE_PTR(found);
        return 0;
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
        _cleanup_strv_ char **found = NULL, **files = NULL;

        int r = scan_all(directories, suffix, &found);
        STRV_FOREACH(path, found)
                if (r >= 0 && *path == first_of_name(found, base_name(*path)) && !is_mask(*path))
                        r = strv_add(&files, *path);
        if (r < 0)
                return r;

        if (files)
                qsort(files, strv_length(files), sizeof(char *), compare_names);
        *ret = TAKE_PTR(files);
        return 0;
}

static const char *const roots[] = { "/etc", "/run", "/usr/local/lib", "/usr/lib" };

static int list_directories(const char *directory, char ***ret) {
        _cleanup_strv_ char **directories = NULL;
        int r = 0;

        for (size_t i = 0; i < ELEMENTSOF(roots) && r >= 0; i++)
                r = strv_addf(&directories, "%s/gantry/%s", roots[i], directory);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(directories);
        return 0;
}

int conf_files(const char *directory, const char *suffix, char ***ret) {
        _cleanup_strv_ char **directories = NULL;

        int r = list_directories(directory, &directories);
        return r < 0 ? r : conf_files_in(directories, suffix, ret);
}

int conf_drop_ins(const char *directory, const char *name, char ***ret) {
        return conf_drop_ins_of(directory, (char *[]) { (char *) name, NULL }, ret);
}

int conf_drop_ins_of(const char *directory, char *const *names, char ***ret) {
        _cleanup_strv_ char **directories = NULL;
        int r = 0;

        for (size_t i = 0; i < ELEMENTSOF(roots); i++)
                STRV_FOREACH(name, names)
                        if (r >= 0)
                                r = strv_addf(&directories, "%s/gantry/%s/%s.d", roots[i], directory, *name);

        return r < 0 ? r : conf_files_in(directories, ".conf", ret);
}

int conf_hidden_files(const char *directory, const char *suffix, char ***ret, char ***ret_by) {
        _cleanup_strv_ char **directories = NULL, **found = NULL, **hidden = NULL, **by = NULL;

        int r = list_directories(directory, &directories);
        if (r >= 0)
                r = scan_all(directories, suffix, &found);
        STRV_FOREACH(path, found) {
                const char *first = first_of_name(found, base_name(*path));

                if (r >= 0 && first != *path && !is_mask(*path)) {
                        r = strv_add(&hidden, *path);
                        if (r >= 0)
                                r = strv_add(&by, first);
                }
        }
        if (r < 0)
                return r;

        *ret = TAKE_PTR(hidden);
        *ret_by = TAKE_PTR(by);
        return 0;
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
