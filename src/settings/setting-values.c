/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: values of settings that are paths, users, sizes, or words.
 * Never: looks whether anything of that name exists.
 * Follows: gantry.pod(5); podman-systemd.unit(5) for what podman's users write. */

#include <stdio.h>

#include "basic/ini.h"
#include "basic/refuse.h"
#include "basic/signals.h"
#include "basic/str.h"
#include "image/appc-types.h"
#include "settings/setting-values.h"

#define APP_NAME_MAX 128

int setting_accept(bool good, const char *value, const char *wanted, char **ret, char **reterr_why) {
        return good ? str_copy(value, ret) : refuse(reterr_why, -EINVAL, "it must be %s", wanted);
}

int setting_text(const char *value, char **ret, char **reterr_why) {
        return str_copy(value, ret);
}

int setting_switch(const char *value, char **ret, char **reterr_why) {
        bool on = false;

        int r = ini_parse_bool(value, &on);
        return setting_accept(r >= 0, on ? "yes" : "no", "yes or no", ret, reterr_why);
}

/* The components of `path` into `q`, one slash before each. False if one is "..". */
static bool tidy(const char *path, char *q) {
        while (*(path += strspn(path, "/"))) {
                size_t n = strcspn(path, "/");

                if (n == 2 && path[0] == '.' && path[1] == '.')
                        return false;
                if (n != 1 || path[0] != '.')
                        q += sprintf(q, "/%.*s", (int) n, path);
                path += n;
        }
        *q = '\0';

        return true;
}

int setting_path(const char *value, char **ret, char **reterr_why) {
        _cleanup_free_ char *path = malloc(strlen(value) + 2);
        if (!path)
                return -ENOMEM;
        if (value[0] != '/' || !tidy(value, path))
                return refuse(reterr_why, -EINVAL, "it must be an absolute path without '..'");

        if (path[0] == '\0')
                strcpy(path, "/");
        *ret = TAKE_PTR(path);
        return 0;
}

int setting_assignment(const char *value, char **ret, char **reterr_why) {
        const char *equals = strchr(value, '=');
        return setting_accept(equals && equals > value, value, "NAME=VALUE", ret, reterr_why);
}

/* As the manifest has it. */
static bool is_variable_name(const char *s, size_t n) {
        return n > 0 && !strchr(DIGITS ".-", s[0]) && strspn(s, LOWERCASE UPPERCASE DIGITS "_.-") >= n;
}

int setting_variable(const char *value, char **ret, char **reterr_why) {
        const char *equals = strchr(value, '=');

        return setting_accept(equals && is_variable_name(value, equals - value), value,
                              "NAME=VALUE, the name of letters, digits, '_', '.' and '-'", ret, reterr_why);
}

int setting_variable_name(const char *value, char **ret, char **reterr_why) {
        return setting_accept(is_variable_name(value, strlen(value)), value,
                              "a name of letters, digits, '_', '.' and '-'", ret, reterr_why);
}

int setting_pull(const char *value, char **ret, char **reterr_why) {
        return setting_accept(streq(value, "missing") || streq(value, "always") || streq(value, "never"),
                              value, "missing, always or never", ret, reterr_why);
}

/* To the kernel 4294967295 means "no change". */
static bool is_identity(const char *s, size_t n) {
        _cleanup_free_ char *name = strndup(s, n);
        uint64_t id;

        if (!name || n == 0 || n > 256 || name[0] == '-')
                return false;
        if (in_charset(name, DIGITS))
                return str_to_u64(name, &id) >= 0 && id < UINT32_MAX;

        for (const char *p = name; *p; p++)
                if (*p <= ' ' || *p == 0x7f || *p == ':' || *p == '/')
                        return false;
        return true;
}

int setting_user(const char *value, char **ret, char **reterr_why) {
        const char *colon = strchrnul(value, ':');
        bool good = is_identity(value, colon - value) &&
                    (!*colon || is_identity(colon + 1, strlen(colon + 1)));

        return setting_accept(good, value, "USER or USER:GROUP, names or numbers", ret, reterr_why);
}

int setting_group(const char *value, char **ret, char **reterr_why) {
        return setting_accept(is_identity(value, strlen(value)), value, "a name or a number", ret,
                              reterr_why);
}

int setting_signal(const char *value, char **ret, char **reterr_why) {
        return setting_accept(signal_parse(value) > 0, value, "a signal, such as SIGINT", ret, reterr_why);
}

/* systemd's sizes and podman's, which are written "512m". */
int setting_size(const char *value, char **ret, char **reterr_why) {
        static const char lower[] = "bkmgtpe", upper[] = "\0KMGTPE";
        size_t n = strlen(value);

        if (streq(value, "infinity") || endswith(value, "%"))
                return str_copy(value, ret);

        const char *unit = n > 0 ? strchr(lower, value[n - 1]) : NULL;
        if (n > 0 && value[n - 1] == 'B')
                unit = lower;
        if (!unit)
                return str_copy(value, ret);
        return str_printf(ret, "%.*s%.1s", (int) n - 1, value, upper + (unit - lower));
}

int setting_tasks(const char *value, char **ret, char **reterr_why) {
        return str_copy(streq(value, "-1") || streq(value, "unlimited") ? "infinity" : value, ret);
}

/* What is stopped by hand stays so in any case. */
int setting_restart(const char *value, char **ret, char **reterr_why) {
        return str_copy(streq(value, "unless-stopped") ? "always" : value, ret);
}

/* To systemd 0 means no limit, to podman no grace. */
int setting_grace(const char *value, char **ret, char **reterr_why) {
        return str_copy(streq(value, "0") ? "1ms" : value, ret);
}

/* As the manifest has it; and a directory, a log identifier and part of a unit's name are called so. */
static bool is_app_name(const char *name) {
        return appc_name_is_valid(name) && strlen(name) <= APP_NAME_MAX;
}

int setting_app_name(const char *value, char **ret, char **reterr_why) {
        return setting_accept(is_app_name(value), value,
                              "a name of at most 128 lower-case letters, digits and '-'", ret, reterr_why);
}

int setting_end(const char *value, char **ret, char **reterr_why) {
        const char *name = startswith(value, "app:");

        return setting_accept(streq(value, "all") || streq(value, "any-failed") ||
                                              (name && is_app_name(name)),
                              value, "all, any-failed or app:NAME", ret, reterr_why);
}
