/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the files and links of a pod in the directory of a generator.
 * Never: replaces anything: systemd has emptied it.
 * Follows: systemd.generator(7). */

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "config.h"
#include "pod-generator/output.h"
#include "pod-generator/unit-text.h"
#include "settings/pod-file-unit.h"

/* Goes before what an administrator adds, and before the 50-*.conf of `systemctl set-property`. */
#define DROP_IN "10-pod.conf"

static int write_in(int output_fd, const char *directory, const char *name, const char *text) {
        _cleanup_close_ int fd = dir_open_at(output_fd, directory, 0755);

        return fd < 0 ? fd : file_create_at(fd, name, text, strlen(text), 0644);
}

static int link_in(int output_fd, const char *unit, const char *suffix, const char *name,
                   const char *target) {
        _cleanup_free_ char *directory = NULL;

        int r = str_printf(&directory, "%s.%s", unit, suffix);
        if (r < 0)
                return r;

        _cleanup_close_ int fd = dir_open_at(output_fd, directory, 0755);
        if (fd < 0)
                return fd;

        return symlinkat(target, fd, name) < 0 && errno != EEXIST ? -errno : 0;
}

static int write_service(int output_fd, const PodFile *f) {
        _cleanup_free_ char *directory = NULL, *text = NULL;

        int r = str_printf(&directory, "%s.d", f->name.unit);
        if (r >= 0)
                r = unit_text_service(f, &text);

        return r < 0 ? r : write_in(output_fd, directory, DROP_IN, text);
}

static int write_socket(int output_fd, const PodFile *f) {
        _cleanup_free_ char *name = NULL, *text = NULL;

        int r = str_printf(&name, "gantry@%s.socket", f->name.name);
        if (r >= 0)
                r = unit_text_socket(f, &text);

        return r < 0 ? r : file_create_at(output_fd, name, text, strlen(text), 0644);
}

/* systemd before 254 has no directory of links for that. */
static int uphold(int output_fd, const PodFile *f) {
        _cleanup_free_ char *name = NULL, *text = NULL;
        _cleanup_strv_ char **units = NULL;

        int r = str_printf(&name, "%s.conf", f->name.unit);
        if (r >= 0)
                r = str_printf(&text, "[Unit]\nUpholds=%s\n", f->name.unit);
        if (r >= 0)
                r = pod_file_install(f, "UpheldBy", &units);
        STRV_FOREACH(unit, units) {
                _cleanup_free_ char *directory = NULL;

                if (r >= 0)
                        r = str_printf(&directory, "%s.d", *unit);
                if (r >= 0)
                        r = write_in(output_fd, directory, name, text);
        }

        return r;
}

/* By whom sockets are wanted, the sockets of the pod are; the pod itself is wanted by the others. */
static int link_wanted(int output_fd, const PodFile *f, const char *unit, const char *suffix) {
        _cleanup_free_ char *socket = NULL, *target = NULL;

        if (!pod_settings_has_sockets(f->settings) || !streq(unit, "sockets.target"))
                return link_in(output_fd, unit, suffix, f->name.unit, GANTRY_UNIT_DIR "/gantry@.service");

        int r = str_printf(&socket, "gantry@%s.socket", f->name.name);
        if (r >= 0)
                r = str_printf(&target, "../%s", socket);

        return r < 0 ? r : link_in(output_fd, unit, suffix, socket, target);
}

static int link_all(int output_fd, const PodFile *f, const char *key, const char *suffix) {
        _cleanup_strv_ char **units = NULL;

        int r = pod_file_install(f, key, &units);
        STRV_FOREACH(unit, units)
                if (r >= 0)
                        r = link_wanted(output_fd, f, *unit, suffix);

        return r;
}

static int link_aliases(int output_fd, const PodFile *f) {
        _cleanup_strv_ char **aliases = NULL;

        int r = pod_file_install(f, "Alias", &aliases);
        STRV_FOREACH(alias, aliases)
                if (r >= 0 && symlinkat(f->name.unit, output_fd, *alias) < 0 && errno != EEXIST)
                        r = -errno;

        return r;
}

int output_write(int output_fd, const PodFile *f) {
        int r = write_service(output_fd, f);
        if (r >= 0 && f->n_problems == 0 && pod_settings_has_sockets(f->settings))
                r = write_socket(output_fd, f);
        if (r >= 0)
                r = link_all(output_fd, f, "WantedBy", "wants");
        if (r >= 0)
                r = link_all(output_fd, f, "RequiredBy", "requires");
        if (r >= 0)
                r = uphold(output_fd, f);
        if (r >= 0)
                r = link_aliases(output_fd, f);

        return r;
}
