/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: which instances of pod file templates there are.
 * Never: asks systemd, which waits for us.
 * Follows: systemd.unit(5), "[INSTALL] SECTION OPTIONS"; gantry.pod(5). */

#include <dirent.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "pod-generator/instances.h"
#include "settings/pod-file-unit.h"

#define UNIT_PREFIX "gantry@"

/* Of "gantry@web@blue.service", if "web@" is one of the names. */
static int add_unit(char ***names, const char *unit) {
        const char *name = startswith(unit, UNIT_PREFIX), *end = endswith(unit, ".service");
        const char *at = name ? strchr(name, '@') : NULL;
        _cleanup_free_ char *template = NULL, *instance = NULL;

        if (!at || !end || at + 1 >= end)
                return 0;
        template = strndup(name, at + 1 - name);
        instance = strndup(name, end - name);
        if (!template || !instance)
                return -ENOMEM;
        if (!strv_contains(*names, template) || strv_contains(*names, instance))
                return 0;

        return strv_add(names, instance);
}

static int add_links(char ***names, int units_fd, const char *directory) {
        _cleanup_closedir_ DIR *d = NULL;

        int r = dir_stream_at(units_fd, directory, &d);
        if (r < 0)
                return r == -ENOENT || r == -ENOTDIR || r == -ELOOP ? 0 : r;

        for (struct dirent *entry; r >= 0 && (entry = readdir(d));)
                r = add_unit(names, entry->d_name);

        return r;
}

/* Where `systemctl enable` and `systemctl add-wants` put their links. */
static int add_enabled(char ***names, const char *units) {
        _cleanup_closedir_ DIR *d = opendir(units);
        int r = 0;

        if (!d)
                return errno == ENOENT ? 0 : -errno;

        for (struct dirent *entry; r >= 0 && (entry = readdir(d));)
                if (endswith(entry->d_name, ".wants") || endswith(entry->d_name, ".requires"))
                        r = add_links(names, dirfd(d), entry->d_name);

        return r;
}

static int add_default(char ***names, const char *template) {
        _cleanup_pod_file_ PodFile *f = NULL;
        _cleanup_strv_ char **instance = NULL;
        _cleanup_free_ char *name = NULL;

        int r = pod_file_load(template, &f, /* reterr_why= */ NULL);
        if (r >= 0)
                r = pod_file_install(f, "DefaultInstance", &instance);
        if (r < 0 || !instance)
                return r;

        r = str_printf(&name, "%s%s", template, instance[strv_length(instance) - 1]);
        return r < 0 || strv_contains(*names, name) ? r : strv_add(names, name);
}

int instances_add(char ***names) {
        static const char *const units[] = { "/etc/systemd/system", "/run/systemd/system" };
        const char *prefix = secure_getenv("GANTRY_CONFIG_ROOT");
        size_t n = strv_length(*names);
        int r = 0;

        for (size_t i = 0; i < ELEMENTSOF(units) && r >= 0; i++) {
                _cleanup_free_ char *path = NULL;

                r = str_printf(&path, "%s%s", prefix ? prefix : "", units[i]);
                if (r >= 0)
                        r = add_enabled(names, path);
        }
        for (size_t i = 0; i < n && r >= 0; i++)
                if (endswith((*names)[i], "@"))
                        r = add_default(names, (*names)[i]);

        return r;
}
