/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: values of settings that put something at a place of an app's root: volumes, tmpfs, devices.
 * Never: looks whether it is there.
 * Follows: gantry.pod(5); podman-run(1) for the order of the parts. */

#include "basic/refuse.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "basic/words.h"
#include "image/appc-types.h"
#include "settings/setting-values.h"
#include "settings/volume-setting.h"

void volume_setting_done(VolumeSetting *v) {
        free(v->source);
        free(v->target);
        *v = (VolumeSetting) {};
}

static bool is_below(const char *path, const char *directory) {
        const char *rest = startswith(path, directory);
        return rest && (*rest == '\0' || *rest == '/');
}

/* Where nothing of the caller's may be put: what makes the pod one is there. */
static int read_target(const char *value, char **ret, char **reterr_why) {
        static const char *const reserved[] = { "/proc", "/sys", "/run/gantry" };
        _cleanup_free_ char *path = NULL;

        if (setting_path(value, &path, NULL) < 0)
                return refuse(reterr_why, -EINVAL, "its target must be an absolute path without '..'");
        for (size_t i = 0; i < ELEMENTSOF(reserved); i++)
                if (is_below(path, reserved[i]))
                        return refuse(reterr_why, -EINVAL, "its target may not be in %s", reserved[i]);
        if (streq(path, "/") || streq(path, "/dev"))
                return refuse(reterr_why, -EINVAL, "its target may not be %s itself", path);

        *ret = TAKE_PTR(path);
        return 0;
}

static int read_source(const char *value, char **ret, char **reterr_why) {
        if (is_plain_name(value))
                return str_copy(value, ret);
        if (setting_path(value, ret, NULL) < 0)
                return refuse(reterr_why, -EINVAL,
                              "its source must be an absolute path without '..', or a name of letters, digits, '_', '.' and '-'");

        return 0;
}

/* What has been said of a volume, so that nobody says the opposite. */
enum {
        READ_ONLY = 1 << 0,
        READ_WRITE = 1 << 1,
        RECURSIVE = 1 << 2,
        NOT_RECURSIVE = 1 << 3,
        COPY = 1 << 4,
        NO_COPY = 1 << 5,
        SHARED = 1 << 6,
        PRIVATE = 1 << 7,
        PROPAGATED = 1 << 8,
};

static const struct {
        const char *name;
        unsigned flag, opposite;
} volume_options[] = {
        { "ro", READ_ONLY, READ_WRITE },
        { "rw", READ_WRITE, READ_ONLY },
        { "rbind", RECURSIVE, NOT_RECURSIVE },
        { "norbind", NOT_RECURSIVE, RECURSIVE },
        { "bind", NOT_RECURSIVE, RECURSIVE },
        { "rshared", RECURSIVE | PROPAGATED, NOT_RECURSIVE },
        { "copy", COPY, NO_COPY },
        { "nocopy", NO_COPY, COPY },
        { "z", SHARED, PRIVATE },
        { "Z", PRIVATE, SHARED },
        { "idmap", 0, 0 }, /* all volumes are */
};

static int read_volume_options(char *list, unsigned *ret, char **reterr_why) {
        unsigned flags = 0;

        for (char *word; (word = strsep(&list, ","));) {
                size_t i = 0;

                while (i < ELEMENTSOF(volume_options) && !streq(word, volume_options[i].name))
                        i++;
                if (i == ELEMENTSOF(volume_options))
                        return refuse(reterr_why, -EINVAL,
                                      "its options must be of ro, rw, rbind, norbind, rshared, copy, nocopy, z, Z and idmap");
                if (flags & volume_options[i].opposite)
                        return refuse(reterr_why, -EINVAL, "its options contradict each other");
                flags |= volume_options[i].flag;
        }

        *ret = flags;
        return 0;
}

static int check_volume_options(const VolumeSetting *v, unsigned flags, char **reterr_why) {
        bool of_host = v->source && v->source[0] == '/';

        if (of_host && flags & (COPY | NO_COPY))
                return refuse(reterr_why, -EINVAL,
                              "nothing is ever copied into a directory of the host: leave copy and nocopy out");
        if (!of_host && flags & (RECURSIVE | NOT_RECURSIVE))
                return refuse(reterr_why, -EINVAL,
                              "rbind, bind, norbind and rshared are for directories of the host: leave them out");

        return 0;
}

int volume_setting_parse(const char *text, VolumeSetting *ret, char **reterr_why) {
        _cleanup_volume_setting_ VolumeSetting v = {};
        _cleanup_strv_ char **fields = NULL;
        unsigned flags = 0;

        int r = fields_split(text, &fields, reterr_why);
        if (r < 0)
                return r;
        size_t n = strv_length(fields);
        if (n > 3)
                return refuse(reterr_why, -EINVAL,
                              "it must be [SOURCE:]TARGET[:OPTIONS]; a colon in a path is written '\\:'");

        if (n > 1)
                r = read_source(fields[0], &v.source, reterr_why);
        if (r >= 0)
                r = read_target(fields[n > 1], &v.target, reterr_why);
        if (r >= 0 && n > 2)
                r = read_volume_options(fields[2], &flags, reterr_why);
        if (r >= 0)
                r = check_volume_options(&v, flags, reterr_why);
        if (r < 0)
                return r;

        v.read_only = flags & READ_ONLY;
        v.not_recursive = flags & NOT_RECURSIVE;
        v.no_copy = flags & NO_COPY;
        v.shared = flags & PROPAGATED;
        v.relabel_shared = flags & SHARED;
        v.relabel_private = flags & PRIVATE;
        *ret = v;
        v = (VolumeSetting) {};
        return 0;
}

int setting_volume(const char *value, char **ret, char **reterr_why) {
        _cleanup_volume_setting_ VolumeSetting v = {};

        int r = volume_setting_parse(value, &v, reterr_why);
        return r < 0 ? r : str_copy(value, ret);
}

static bool read_id(const char *text, uint32_t *ret) {
        uint64_t id;
        if (str_to_u64(text, &id) < 0 || id > UINT16_MAX)
                return false;

        *ret = id;
        return true;
}

/* One of mode=, uid= and gid=. */
static bool read_empty_option(const char *option, AppcVolume *v) {
        const char *mode = startswith(option, "mode="), *uid = startswith(option, "uid="),
                   *gid = startswith(option, "gid=");

        if (uid || gid)
                return uid ? read_id(uid, &v->uid) : read_id(gid, &v->gid);
        if (!mode || v->mode || !in_charset(mode, "01234567") || strlen(mode) > 4)
                return false;
        return str_copy(mode, &v->mode) >= 0;
}

int empty_volume_parse(const char *text, AppcVolume *ret, char **reterr_why) {
        _cleanup_(appc_volume_done) AppcVolume v = { .kind = APPC_VOLUME_EMPTY };
        _cleanup_free_ char *copy = strdup(text);
        if (!copy)
                return -ENOMEM;

        char *options = copy;
        const char *name = strsep(&options, ":");
        bool good = appc_name_is_valid(name);
        for (char *option; (option = strsep(&options, ","));)
                good = good && read_empty_option(option, &v);
        if (!good)
                return refuse(reterr_why, -EINVAL,
                              "it must be NAME[:OPTIONS], of lower-case letters, digits and '-', and of mode=, uid= and gid=");

        int r = str_copy(name, &v.name);
        if (r < 0)
                return r;
        *ret = v;
        v = (AppcVolume) {};
        return 0;
}

int setting_empty_volume(const char *value, char **ret, char **reterr_why) {
        _cleanup_(appc_volume_done) AppcVolume v = {};

        int r = empty_volume_parse(value, &v, reterr_why);
        return r < 0 ? r : str_copy(value, ret);
}

/* tmpfs(5) reads the numbers itself. */
static bool is_tmpfs_option(const char *option) {
        static const char *const words[] = { "ro", "rw", "exec", "noexec", "nosuid", "nodev" };
        const char *size = startswith(option, "size="), *inodes = startswith(option, "nr_inodes="),
                   *mode = startswith(option, "mode="), *number = size ? size : inodes;

        for (size_t i = 0; i < ELEMENTSOF(words); i++)
                if (streq(option, words[i]))
                        return true;
        if (mode)
                return in_charset(mode, "01234567") && strlen(mode) <= 5;
        if (!number)
                return false;

        size_t n = strspn(number, DIGITS);
        return n > 0 && n < 16 &&
               (number[n] == '\0' ||
                (strchr(size ? "kKmMgG%" : "kKmMgG", number[n]) && number[n + 1] == '\0'));
}

int setting_tmpfs(const char *value, char **ret, char **reterr_why) {
        _cleanup_strv_ char **fields = NULL;
        _cleanup_free_ char *target = NULL, *quoted = NULL;

        int r = fields_split(value, &fields, reterr_why);
        if (r >= 0)
                r = read_target(fields[0], &target, reterr_why);
        if (r >= 0)
                r = field_quote(target, &quoted);
        if (r < 0)
                return r;
        if (!fields[1])
                return str_copy(quoted, ret);

        _cleanup_free_ char *options = strdup(fields[1]);
        if (!options)
                return -ENOMEM;
        bool good = !fields[2];
        for (char *rest = options, *word; (word = strsep(&rest, ","));)
                good = good && is_tmpfs_option(word);
        if (!good)
                return refuse(reterr_why, -EINVAL,
                              "it must be PATH[:OPTIONS], of size=, mode=, nr_inodes=, exec, noexec, ro and rw");

        return str_printf(ret, "%s:%s", quoted, fields[1]);
}

int setting_shm_size(const char *value, char **ret, char **reterr_why) {
        _cleanup_free_ char *text = NULL;

        int r = str_printf(&text, "/dev/shm:mode=1777,size=%s", value);
        if (r < 0)
                return r;
        return strchr(value, ',') || setting_tmpfs(text, ret, NULL) < 0
                               ? refuse(reterr_why, -EINVAL, "it must be a size, such as 64m")
                               : 0;
}

static bool is_access(const char *s) {
        return in_charset(s, "rwm") && strlen(s) <= 3;
}

/* HOST[:POD][:ACCESS]; a dash in front: it may be missing. */
int setting_device(const char *value, char **ret, char **reterr_why) {
        const char *dash = value[0] == '-' ? "-" : "";
        _cleanup_strv_ char **fields = NULL;
        _cleanup_free_ char *host = NULL, *pod = NULL, *quoted_host = NULL, *quoted_pod = NULL;

        int r = fields_split(value + strlen(dash), &fields, reterr_why);
        if (r < 0)
                return r;
        size_t n = strv_length(fields);
        bool has_access = n > 1 && is_access(fields[n - 1]);
        if (n - has_access > 2 || setting_path(fields[0], &host, NULL) < 0 ||
            setting_path(fields[n - has_access - 1], &pod, NULL) < 0 || !startswith(host, "/dev/") ||
            !startswith(pod, "/dev/"))
                return refuse(reterr_why, -EINVAL,
                              "it must be HOST[:POD][:ACCESS], paths in /dev and some of the letters rwm");

        r = field_quote(host, &quoted_host);
        if (r >= 0)
                r = field_quote(pod, &quoted_pod);
        return r < 0 ? r
                     : str_printf(ret, "%s%s:%s:%s", dash, quoted_host, quoted_pod,
                                  has_access ? fields[n - 1] : "rwm");
}
