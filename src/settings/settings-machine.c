/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: whether this machine has what the settings of a pod name: sources of volumes, devices, files.
 * Never: makes what is missing; keeps anything open: the stage looks again when it uses it.
 * Follows: appc "Volume Setup": a source is there, and no link leads to it. */

#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "basic/words.h"
#include "settings/settings-apps.h"
#include "settings/volume-setting.h"

static int refuse_path(const char *key, const char *path, int error, const char *why, char **reterr_why) {
        _cleanup_free_ char *shown = str_escape(path, strlen(path), 256);

        return shown ? refuse(reterr_why, error, "%s='%s': %s", key, shown, why ? why : strerror(-error))
                     : -ENOMEM;
}

int volume_source_check(const char *path, char **reterr_why) {
        const struct open_how how = {
                .flags = O_PATH | O_CLOEXEC,
                .resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
        };

        _cleanup_close_ int fd = syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
        if (fd >= 0)
                return 0;

        const char *why = errno == ENOENT  ? "there is no such file or directory, and none is made"
                          : errno == ELOOP ? "a symbolic link leads there; give the path that it leads to"
                                           : NULL;
        return refuse_path("Volume", path, -errno, why, reterr_why);
}

static int check_volume(const char *volume, char **reterr_why) {
        _cleanup_volume_setting_ VolumeSetting v = {};

        int r = volume_setting_parse(volume, &v, NULL);
        if (r < 0 || !v.source || volume_setting_is_named(&v))
                return r;

        return volume_source_check(v.source, reterr_why);
}

static int check_device(const char *device, char **reterr_why) {
        bool optional = device[0] == '-';
        _cleanup_strv_ char **fields = NULL;
        struct stat st;

        int r = fields_split(device + optional, &fields, NULL);
        if (r < 0)
                return r;
        if (stat(fields[0], &st) < 0)
                return optional && errno == ENOENT
                                       ? 0
                                       : refuse_path("AddDevice", fields[0], -errno, NULL, reterr_why);
        if (!S_ISCHR(st.st_mode) && !S_ISBLK(st.st_mode))
                return refuse_path("AddDevice", fields[0], -ENODEV, "it is no device", reterr_why);

        return 0;
}

static int check_file(const char *key, const char *path, char **reterr_why) {
        struct stat st;

        if (stat(path, &st) < 0)
                return refuse_path(key, path, -errno, NULL, reterr_why);

        return S_ISREG(st.st_mode) ? 0
                                   : refuse_path(key, path, -EINVAL, "it is no regular file", reterr_why);
}

/* A file, a directory of them, or a socket to ask; a name without a path systemd looks for itself. */
static int check_credential(const char *property, char **reterr_why) {
        static const char *const keys[] = { "LoadCredential", "LoadCredentialEncrypted" };

        for (size_t i = 0; i < ELEMENTSOF(keys); i++) {
                const char *value = startswith(property, keys[i]);
                const char *path = value && value[0] == '=' ? strchr(value, ':') : NULL;

                if (path && path[1] == '/' && access(path + 1, F_OK) < 0)
                        return refuse_path(keys[i], path + 1, -errno, NULL, reterr_why);
        }

        return 0;
}

static int check_credentials(char *const *properties, char **reterr_why) {
        int r = 0;

        STRV_FOREACH(property, properties)
                if (r >= 0)
                        r = check_credential(*property, reterr_why);

        return r;
}

static int check_app(const AppSettings *a, char **reterr_why) {
        bool profile = a->seccomp_profile && a->seccomp_profile[0] == '/';
        int r = profile ? check_file("SeccompProfile", a->seccomp_profile, reterr_why) : 0;

        STRV_FOREACH(path, a->environment_files)
                if (r >= 0)
                        r = check_file("EnvironmentFile", *path, reterr_why);
        STRV_FOREACH(volume, a->volumes)
                if (r >= 0)
                        r = check_volume(*volume, reterr_why);
        STRV_FOREACH(device, a->devices)
                if (r >= 0)
                        r = check_device(*device, reterr_why);

        return r < 0 ? r : check_credentials(a->properties, reterr_why);
}

int pod_settings_check_machine(const PodSettings *s, char **reterr_why) {
        int r = check_credentials(s->properties, reterr_why);

        if (r >= 0)
                r = settings_check_virtual_machine(s, reterr_why);
        for (size_t i = 0; i < s->n_apps && r >= 0; i++)
                r = check_app(s->apps[i], reterr_why);

        return r;
}
