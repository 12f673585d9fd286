/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what a pod file says to systemd rather than to us.
 * Never: knows systemd's settings, but for those that make a unit a pod's.
 * Follows: gantry.pod(5); systemd.unit(5), systemd.generator(7). */

#include <string.h>

#include "basic/refuse.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "settings/pod-file-unit.h"

#define UNIT_CHARACTERS LOWERCASE UPPERCASE DIGITS ":_.\\@-"

bool pod_file_section_is_systemds(const char *section) {
        return streq(section, "Unit") || streq(section, "Service") || streq(section, "Install");
}

void pod_file_line_done(PodFileLine *l) {
        free(l->section);
        free(l->key);
        free(l->value);
        *l = (PodFileLine) {};
}

static bool is_one_of(const char *key, const char *const *keys) {
        for (; *keys; keys++)
                if (streq(key, *keys))
                        return true;

        return false;
}

/* What stage1 is started by, and what it counts on. */
static int check_service(const char *key, char **reterr_why) {
        static const char *const ours[] = {
                "BusName", "Delegate",      "DynamicUser", "ExecStart", "Group", "KillMode", "NotifyAccess",
                "PIDFile", "RootDirectory", "RootImage",   "Type",      "User",  NULL
        };

        if (is_one_of(key, ours))
                return refuse(reterr_why, -EINVAL, "%s= cannot be changed for the service of a pod", key);

        return 0;
}

/* Adds the words of `value` to the list; "" takes back what it has. */
static int add_words(char ***list, const char *value) {
        _cleanup_free_ char *copy = NULL;
        char *rest = NULL;

        if (value[0] == '\0')
                *list = strv_free(*list);
        int r = str_copy(value, &copy);
        for (char *word = r < 0 ? NULL : strtok_r(copy, " \t", &rest); word && r >= 0;
             word = strtok_r(NULL, " \t", &rest))
                r = strv_add(list, word);

        return r;
}

/* systemd knows an instance by other names than its own only if they are instances of the same name. */
static bool is_alias(const PodFile *f, const char *unit) {
        const char *at = strchr(unit, '@');
        return at && at != unit && streq(at, strchr(f->name.unit, '@'));
}

static int check_install(const PodFile *f, const char *key, const char *value, char **reterr_why) {
        static const char *const lists[] = { "Alias", "RequiredBy", "UpheldBy", "WantedBy", NULL };
        _cleanup_strv_ char **words = NULL;

        if (streq(key, "DefaultInstance")) {
                if (pod_file_name_is_template(&f->name) || f->name.instance)
                        return value[0] == '\0' || in_charset(value, UNIT_CHARACTERS)
                                               ? 0
                                               : refuse_foreign(reterr_why, "not the name of an instance",
                                                                value);
                return refuse(reterr_why, -EINVAL, "DefaultInstance= is for templates, NAME@.pod");
        }
        if (!is_one_of(key, lists))
                return refuse_foreign(reterr_why, "a generator cannot do what this key asks for", key);

        int r = add_words(&words, value);
        STRV_FOREACH(word, words) {
                if (r >= 0 && (!in_charset(*word, UNIT_CHARACTERS) || !strchr(*word, '.')))
                        r = refuse_foreign(reterr_why, "not the name of a unit", *word);
                if (r >= 0 && streq(key, "Alias") && !is_alias(f, *word))
                        r = refuse_foreign(reterr_why,
                                           "systemd cannot know an instance of gantry@.service by this name",
                                           *word);
        }

        return r;
}

int pod_file_add_line(PodFile *f, const char *section, const char *key, const char *value,
                      char **reterr_why) {
        PodFileLine line = {};

        int r = pod_file_name_expand(&f->name, value, /* for_systemd= */ !streq(section, "Install"),
                                     &line.value, reterr_why);
        if (r >= 0 && streq(section, "Service"))
                r = check_service(key, reterr_why);
        if (r >= 0 && streq(section, "Install"))
                r = check_install(f, key, line.value, reterr_why);
        if (r >= 0)
                r = str_copy(section, &line.section);
        if (r >= 0)
                r = str_copy(key, &line.key);

        PodFileLine *more = r < 0 ? NULL : reallocarray(f->lines, f->n_lines + 1, sizeof(PodFileLine));
        if (!more) {
                pod_file_line_done(&line);
                return r < 0 ? r : -ENOMEM;
        }

        more[f->n_lines++] = line;
        f->lines = more;
        return 0;
}

int pod_file_install(const PodFile *f, const char *key, char ***ret) {
        _cleanup_strv_ char **words = NULL;

        for (size_t i = 0; i < f->n_lines; i++)
                if (streq(f->lines[i].section, "Install") && streq(f->lines[i].key, key)) {
                        int r = add_words(&words, f->lines[i].value);
                        if (r < 0)
                                return r;
                }

        *ret = TAKE_PTR(words);
        return 0;
}

/* Of several apps, too, what is the host's comes by the unit. */
static bool shapes_unit(const AppSettings *app) {
        return app->properties || app->devices || app->sockets;
}

bool pod_file_shapes_unit(const PodFile *f) {
        bool shaped = f->settings->properties || f->settings->sockets;

        for (size_t i = 0; i < f->n_lines; i++)
                shaped = shaped || !streq(f->lines[i].section, "Install");
        for (size_t i = 0; i < f->settings->n_apps; i++)
                shaped = shaped || shapes_unit(f->settings->apps[i]);

        return shaped;
}
