/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: how an image's configuration becomes an app of a pod.
 * Never: looks into the image's files; who a user is, is found out in the pod.
 * Follows: OCI image-spec "Conversion to OCI Runtime Configuration", appc pod manifest. */

#include "basic/str.h"
#include "basic/strv.h"
#include "pod/oci-app.h"

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

int pod_app_name(const char *image_name, char **ret) {
        const char *slash = strrchr(image_name, '/');
        _cleanup_free_ char *name = strdup(slash ? slash + 1 : image_name);
        size_t n = 0;

        if (!name)
                return -ENOMEM;

        /* Runs of anything that is not allowed become one dash; none at the ends. */
        for (const char *p = name; *p; p++) {
                char c = *p >= 'A' && *p <= 'Z' ? *p - 'A' + 'a' : *p;

                if (strchr(LOWERCASE DIGITS, c))
                        name[n++] = c;
                else if (n > 0 && name[n - 1] != '-')
                        name[n++] = '-';
        }
        while (n > 0 && name[n - 1] == '-')
                n--;
        name[n] = '\0';

        return str_copy(n > 0 ? name : "app", ret);
}

static int map_environment(const OciConfig *config, AppcApp *app, char **reterr_why) {
        STRV_FOREACH(e, config->env) {
                const char *equals = strchr(*e, '=');
                _cleanup_free_ char *name = equals ? strndup(*e, equals - *e) : strdup(*e);

                if (!name)
                        return -ENOMEM;
                if (!*name) {
                        if (reterr_why)
                                (void) str_copy("config.Env: a variable without a name", reterr_why);
                        return -EBADMSG;
                }

                int r = pairs_set(&app->environment, name, equals ? equals + 1 : "");
                if (r < 0)
                        return r;
        }

        return pairs_get(&app->environment, "PATH") ? 0 : pairs_set(&app->environment, "PATH", DEFAULT_PATH);
}

/* "user[:group]" for the members appc insists on; the annotation keeps what was said and what was not. */
static int map_user(const OciConfig *config, AppcPodApp *app) {
        const char *user = config->user ? config->user : "0", *colon = strchr(user, ':');
        size_t n = colon ? (size_t) (colon - user) : strlen(user);

        int r = str_printf(&app->app->user, "%.*s", n > 0 ? (int) n : 1, n > 0 ? user : "0");
        if (r >= 0)
                r = str_copy(colon && colon[1] ? colon + 1 : "0", &app->app->group);

        return r < 0 ? r : pairs_set(&app->annotations, ANNOTATION_OCI_USER, user);
}

int pod_app_from_oci(const OciConfig *config, char *const *arguments, AppcPodApp *app, char **reterr_why) {
        bool relative = config->working_dir && config->working_dir[0] != '/';
        int r;

        app->app = calloc(1, sizeof(AppcApp));
        if (!app->app)
                return -ENOMEM;

        r = strv_add_all(&app->app->exec, config->entrypoint);
        if (r >= 0)
                r = strv_add_all(&app->app->exec, strv_length(arguments) > 0 ? arguments : config->cmd);
        if (r >= 0 && strv_length(app->app->exec) == 0)
                return -ENOEXEC;
        if (r >= 0)
                r = map_user(config, app);
        if (r >= 0)
                r = map_environment(config, app->app, reterr_why);
        if (r >= 0)
                r = str_printf(&app->app->working_directory, "%s%s", relative ? "/" : "",
                               config->working_dir ? config->working_dir : "/");
        if (r >= 0 && config->stop_signal)
                r = pairs_set(&app->annotations, ANNOTATION_STOP_SIGNAL, config->stop_signal);

        return r;
}

int pod_app_from_appc(const AppcApp *image_app, char *const *arguments, AppcPodApp *app) {
        AppcApp *copy = app->app = calloc(1, sizeof(AppcApp));
        int r;

        if (!copy)
                return -ENOMEM;

        r = strv_add_all(&copy->exec, image_app->exec);
        if (r >= 0)
                r = strv_add_all(&copy->exec, arguments);
        if (r >= 0 && strv_length(copy->exec) == 0)
                return -ENOEXEC;
        if (r >= 0)
                r = str_copy(image_app->user, &copy->user);
        if (r >= 0)
                r = str_copy(image_app->group, &copy->group);
        if (r >= 0)
                r = str_copy(image_app->working_directory, &copy->working_directory);
        for (size_t i = 0; i < image_app->environment.n && r >= 0; i++)
                r = pairs_set(&copy->environment, image_app->environment.items[i].name,
                              image_app->environment.items[i].value);
        if (r >= 0 && !pairs_get(&copy->environment, "PATH"))
                r = pairs_set(&copy->environment, "PATH", DEFAULT_PATH);
        if (r >= 0 && image_app->n_supplementary_gids > 0) {
                copy->supplementary_gids = calloc(image_app->n_supplementary_gids, sizeof(uint32_t));
                if (!copy->supplementary_gids)
                        return -ENOMEM;
                memcpy(copy->supplementary_gids, image_app->supplementary_gids,
                       image_app->n_supplementary_gids * sizeof(uint32_t));
                copy->n_supplementary_gids = image_app->n_supplementary_gids;
        }

        return r;
}
