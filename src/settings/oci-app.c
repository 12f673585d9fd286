/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: how an image's configuration becomes an app of a pod.
 * Never: looks into the image's files; who a user is, is found out in the pod.
 * Follows: OCI image-spec "Conversion to OCI Runtime Configuration", appc pod manifest. */

#include "basic/refuse.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "basic/words.h"
#include "pod/annotations.h"
#include "settings/oci-app.h"
#include "settings/volume-setting.h"

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
int pod_app_set_user(AppcPodApp *app, const char *user) {
        const char *colon = strchr(user, ':');
        size_t n = colon ? (size_t) (colon - user) : strlen(user);

        free(app->app->user);
        free(app->app->group);
        app->app->user = app->app->group = NULL;

        int r = str_printf(&app->app->user, "%.*s", n > 0 ? (int) n : 1, n > 0 ? user : "0");
        if (r >= 0)
                r = str_copy(colon && colon[1] ? colon + 1 : "0", &app->app->group);

        return r < 0 ? r : pairs_set(&app->annotations, ANNOTATION_OCI_USER, user);
}

/* Volumes have no names in OCI. */
static int map_volumes(const OciConfig *config, AppcApp *app, char **reterr_why) {
        app->mount_points = calloc(strv_length(config->volumes) + 1, sizeof(AppcMountPoint));
        if (!app->mount_points)
                return -ENOMEM;

        STRV_FOREACH(v, config->volumes) {
                _cleanup_volume_setting_ VolumeSetting volume = {};
                _cleanup_free_ char *target = NULL, *why = NULL;
                AppcMountPoint *m = &app->mount_points[app->n_mount_points];

                int r = field_quote(*v, &target);
                if (r >= 0)
                        r = volume_setting_parse(target, &volume, &why);
                if (r == -EINVAL)
                        return refuse(reterr_why, -EBADMSG, "config.Volumes: %s", why);
                if (r >= 0)
                        r = str_printf(&m->name, "volume-%zu", app->n_mount_points);
                if (r < 0)
                        return r;
                m->path = TAKE_PTR(volume.target);
                app->n_mount_points++;
        }

        return 0;
}

/* "80/tcp", "80", "8000-8010/udp"; false if it is none of them. */
static bool parse_port(const char *text, AppcPort *ret) {
        const char *slash = strchrnul(text, '/'), *dash = memchr(text, '-', slash - text);
        _cleanup_free_ char *first = strndup(text, (dash ? dash : slash) - text),
                            *last = dash ? strndup(dash + 1, slash - dash - 1) : NULL;
        uint64_t from, to;

        if (!first || str_to_u64(first, &from) < 0 || str_to_u64(last ? last : first, &to) < 0 || from < 1 ||
            to < from || to > UINT16_MAX)
                return false;

        *ret = (AppcPort) { .port = from, .count = to - from + 1 };
        return true;
}

static bool has_port(const AppcApp *app, const char *name) {
        for (size_t i = 0; i < app->n_ports; i++)
                if (streq(app->ports[i].name, name))
                        return true;

        return false;
}

/* "80-tcp", as docker2aci calls it; "8000-8010-udp". */
static int name_port(const AppcPort *port, const char *protocol, char **ret) {
        return port->count == 1 ? str_printf(ret, "%u-%s", port->port, protocol)
                                : str_printf(ret, "%u-%u-%s", port->port, port->port + port->count - 1,
                                             protocol);
}

/* They are for information only, so what is none is passed over, and what is there twice. */
static int map_ports(const OciConfig *config, AppcApp *app) {
        app->ports = calloc(strv_length(config->exposed_ports) + 1, sizeof(AppcPort));
        if (!app->ports)
                return -ENOMEM;

        STRV_FOREACH(p, config->exposed_ports) {
                _cleanup_free_ char *name = NULL;
                AppcPort port;
                const char *slash = strchr(*p, '/'), *protocol = slash ? slash + 1 : "tcp";

                if (!in_charset(protocol, LOWERCASE) || !parse_port(*p, &port))
                        continue;
                int r = name_port(&port, protocol, &name);
                if (r < 0)
                        return r;
                if (has_port(app, name))
                        continue;

                port.name = TAKE_PTR(name);
                app->ports[app->n_ports++] = port; /* the app's from now on, whole or not */
                r = str_copy(protocol, &app->ports[app->n_ports - 1].protocol);
                if (r < 0)
                        return r;
        }

        return 0;
}

/* Whether Entrypoint= says something, if only that there is none. */
static bool is_command(char *const *entrypoint) {
        return entrypoint && entrypoint[0][0] != '\0';
}

static int map_command(const OciConfig *config, const AppSettings *s, char ***exec) {
        int r = 0;

        if (!s->entrypoint)
                r = strv_add_all(exec, config->entrypoint);
        else if (is_command(s->entrypoint))
                r = strv_add_all(exec, s->entrypoint);
        if (r < 0)
                return r;

        return strv_add_all(exec, strv_length(s->exec) > 0 ? s->exec : s->entrypoint ? NULL : config->cmd);
}

int pod_app_from_oci(const OciConfig *config, const AppSettings *s, AppcPodApp *app, char **reterr_why) {
        bool relative = config->working_dir && config->working_dir[0] != '/';
        int r;

        app->app = calloc(1, sizeof(AppcApp));
        if (!app->app)
                return -ENOMEM;

        r = map_command(config, s, &app->app->exec);
        if (r >= 0 && strv_length(app->app->exec) == 0)
                return -ENOEXEC;
        if (r >= 0)
                r = pod_app_set_user(app, config->user ? config->user : "0");
        if (r >= 0)
                r = map_environment(config, app->app, reterr_why);
        if (r >= 0)
                r = str_printf(&app->app->working_directory, "%s%s", relative ? "/" : "",
                               config->working_dir ? config->working_dir : "/");
        if (r >= 0 && config->stop_signal)
                r = pairs_set(&app->annotations, ANNOTATION_STOP_SIGNAL, config->stop_signal);
        if (r >= 0)
                r = map_volumes(config, app->app, reterr_why);
        if (r >= 0)
                r = map_ports(config, app->app);

        return r;
}

/* By way of the document that it came from: nothing of it is forgotten. */
static int copy_app(const AppcApp *app, AppcApp **ret) {
        _cleanup_json_ Json *j = NULL;

        int r = appc_encode_app(&app, &j);
        return r < 0 ? r : json_decode(j, appc_decode_app, ret, /* reterr_why= */ NULL);
}

int pod_app_from_appc(const AppcApp *image_app, const AppSettings *s, AppcPodApp *app) {
        int r = copy_app(image_app, &app->app);

        if (r >= 0 && s->entrypoint)
                app->app->exec = strv_free(app->app->exec);
        if (r >= 0 && is_command(s->entrypoint))
                r = strv_add_all(&app->app->exec, s->entrypoint);
        if (r >= 0)
                r = strv_add_all(&app->app->exec, s->exec);
        if (r >= 0 && strv_length(app->app->exec) == 0)
                return -ENOEXEC;
        if (r >= 0 && !pairs_get(&app->app->environment, "PATH"))
                r = pairs_set(&app->app->environment, "PATH", DEFAULT_PATH);

        return r;
}
