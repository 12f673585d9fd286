/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: who the app is, with what environment, and how one talks with it.
 * Never: says what is in a variable.
 * Follows: gantry.pod(5); podman-run(1), "--env-file". */

#include <fcntl.h>

#include "basic/fd.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "pod/annotations.h"
#include "prepare/compose.h"
#include "settings/oci-app.h"
#include "settings/setting-values.h"

#define ENVIRONMENT_FILE_MAX ((size_t) 1024 * 1024)

static int set_variable(AppcApp *app, const char *assignment) {
        const char *equals = strchr(assignment, '=');
        _cleanup_free_ char *name = strndup(assignment, equals - assignment);

        return name ? pairs_set(&app->environment, name, equals + 1) : -ENOMEM;
}

/* NAME=VALUE lines, taken as they are, as docker and podman do. */
static int read_environment(AppcApp *app, char *text, char **reterr_why) {
        unsigned number = 1;

        for (char *line; (line = strsep(&text, "\n")); number++) {
                _cleanup_free_ char *assignment = NULL, *why = NULL;

                line += strspn(line, " \t");
                if (line[0] == '\0' || line[0] == '#')
                        continue;

                int r = setting_variable(line, &assignment, &why);
                if (r >= 0)
                        r = set_variable(app, assignment);
                if (r < 0)
                        return why ? refuse(reterr_why, r, "line %u: %s", number, why) : r;
        }

        return 0;
}

static int read_environment_file(AppcApp *app, const char *path, char **reterr_why) {
        _cleanup_free_ char *why = NULL, *shown = str_escape(path, strlen(path), 256);
        _cleanup_blob_ Blob text = {};
        if (!shown)
                return -ENOMEM;

        int r = file_read_at(AT_FDCWD, path, ENVIRONMENT_FILE_MAX, &text);
        if (r >= 0 && strlen(text.data) != text.size)
                r = refuse(&why, -EINVAL, "it is no text");
        if (r >= 0)
                r = read_environment(app, text.data, &why);
        blob_wipe(&text);

        return r < 0 ? refuse(reterr_why, r, "EnvironmentFile='%s': %s", shown, why ? why : strerror(-r))
                     : 0;
}

/* One that is not set is not passed, as with systemd and podman. */
static int pass_variable(AppcApp *app, const char *name) {
        const char *value = getenv(name);
        return value ? pairs_set(&app->environment, name, value) : 0;
}

static int compose_environment(const AppSettings *s, AppcApp *app, char **reterr_why) {
        int r = 0;

        STRV_FOREACH(name, s->pass_environment)
                if (r >= 0)
                        r = pass_variable(app, *name);
        STRV_FOREACH(path, s->environment_files)
                if (r >= 0)
                        r = read_environment_file(app, *path, reterr_why);
        STRV_FOREACH(assignment, s->environment)
                if (r >= 0)
                        r = set_variable(app, *assignment);

        return r;
}

/* A group that is not named is the user's own, whatever the image has for the user it names. */
static int compose_user(const AppSettings *s, AppcPodApp *app) {
        _cleanup_free_ char *both = NULL;

        if (!s->user && !s->group)
                return 0;
        if (!s->group)
                return pod_app_set_user(app, s->user);

        int r = str_printf(&both, "%s:%s", s->user ? s->user : app->app->user, s->group);
        return r < 0 ? r : pod_app_set_user(app, both);
}

static int annotate_switch(AppcPodApp *app, const char *setting, const char *name, const char *value) {
        return setting && streq(setting, "yes") ? pairs_set(&app->annotations, name, value) : 0;
}

int compose_app(const AppSettings *s, AppcPodApp *app, char **reterr_why) {
        int r = compose_environment(s, app->app, reterr_why);
        if (r >= 0)
                r = compose_user(s, app);
        if (r >= 0 && s->working_directory) {
                free(app->app->working_directory);
                r = str_copy(s->working_directory, &app->app->working_directory);
        }
        if (r >= 0 && s->stop_signal)
                r = pairs_set(&app->annotations, ANNOTATION_STOP_SIGNAL, s->stop_signal);
        if (r >= 0)
                r = annotate_switch(app, s->notify, ANNOTATION_NOTIFY, "app");
        if (r >= 0)
                r = annotate_switch(app, s->interactive, ANNOTATION_STDIN, "open");
        if (r >= 0)
                r = annotate_switch(app, s->terminal, ANNOTATION_TERMINAL, "yes");

        return r;
}
