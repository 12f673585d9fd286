/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the app section of appc's manifests, in both directions.
 * Never: resolves a user, a path or a volume; looks into isolators.
 * Follows: App Container spec 0.8.11, aci.md, "Image Manifest Schema", app. */

#include "basic/str.h"
#include "basic/strv.h"
#include "image/appc-app.h"
#include "image/appc-isolator.h"

typedef struct Handler {
        char *name;
        char **exec;
} Handler;

typedef struct Handlers {
        Handler *items;
        size_t n_items;
} Handlers;

void appc_port_done(AppcPort *port) {
        free(port->name);
        free(port->protocol);
        *port = (AppcPort) {};
}

AppcApp *appc_app_free(AppcApp *app) {
        if (!app)
                return NULL;

        strv_free(app->exec);
        free(app->user);
        free(app->group);
        free(app->supplementary_gids);
        strv_free(app->pre_start);
        strv_free(app->post_stop);
        free(app->working_directory);
        pairs_done(&app->environment);
        for (size_t i = 0; i < app->n_mount_points; i++) {
                free(app->mount_points[i].name);
                free(app->mount_points[i].path);
        }
        free(app->mount_points);
        for (size_t i = 0; i < app->n_ports; i++)
                appc_port_done(&app->ports[i]);
        free(app->ports);
        appc_isolators_free(app->isolators, app->n_isolators);
        pairs_done(&app->user_annotations);
        pairs_done(&app->user_labels);
        free(app);
        return NULL;
}

static int decode_nonempty(const Json *value, void *member, const JsonPath *at) {
        const char *text = json_text(value);
        return text && text[0] == '\0' ? json_refuse(at, "empty") : json_decode_string(value, member, at);
}

/* To the kernel (gid_t) -1 means "no change". */
static int decode_gid(const Json *value, void *member, const JsonPath *at) {
        uint64_t gid;

        if (json_uint(value, &gid) < 0 || gid >= UINT32_MAX)
                return json_refuse(at, "not a group ID");

        *(uint32_t *) member = gid;
        return 0;
}

/* Group 0 is one like any other, json_encode_u32() would leave it out. */
static int encode_gid(const void *member, Json **ret) {
        *ret = json_new_int(*(const uint32_t *) member);
        return *ret ? 0 : -ENOMEM;
}

/* An empty one means the default, as if it were absent. */
static int decode_working_directory(const Json *value, void *member, const JsonPath *at) {
        const char *text = json_text(value);
        return text && text[0] == '\0' ? 0 : appc_decode_path(value, member, at);
}

static void handlers_done(Handlers *h) {
        for (size_t i = 0; i < h->n_items; i++) {
                free(h->items[i].name);
                strv_free(h->items[i].exec);
        }
        free(h->items);
}

static int decode_handler(const Json *value, void *member, const JsonPath *at) {
        static const JsonField fields[] = {
                { "name", json_decode_string, offsetof(Handler, name), JSON_MANDATORY },
                { "exec", json_decode_strv, offsetof(Handler, exec) },
                {},
        };

        return json_decode_object(value, fields, member, at);
}

static int decode_event_handlers(const Json *value, void *member, const JsonPath *at) {
        static const JsonField how = { .decode = decode_handler, JSON_ITEMS(Handlers, items) };
        _cleanup_(handlers_done) Handlers handlers = {};
        bool seen_pre_start = false, seen_post_stop = false;
        AppcApp *app = member;

        int r = json_decode_items(value, &how, &handlers, at);
        if (r < 0)
                return r;

        for (size_t i = 0; i < handlers.n_items; i++) {
                Handler *h = &handlers.items[i];
                bool pre_start = streq(h->name, "pre-start");
                bool *seen = pre_start ? &seen_pre_start : &seen_post_stop;

                if (!pre_start && !streq(h->name, "post-stop"))
                        return json_refuse(at, "neither \"pre-start\" nor \"post-stop\"");
                if (*seen)
                        return json_refuse(at, "\"%s\" comes twice", h->name);

                *seen = true;
                *(pre_start ? &app->pre_start : &app->post_stop) = TAKE_PTR(h->exec);
        }

        return 0;
}

static int append_handler(Json *array, const char *name, char *const *exec) {
        if (!exec)
                return 0;

        _cleanup_json_ Json *handler = json_new_object();
        int r = json_set_string(handler, "name", name);
        if (r >= 0)
                r = json_set_strv(handler, "exec", exec);

        return r < 0 ? r : json_append(array, TAKE_PTR(handler));
}

static int encode_event_handlers(const void *member, Json **ret) {
        const AppcApp *app = member;

        if (!app->pre_start && !app->post_stop)
                return 0;

        _cleanup_json_ Json *array = json_new_array();
        int r = append_handler(array, "pre-start", app->pre_start);
        if (r >= 0)
                r = append_handler(array, "post-stop", app->post_stop);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(array);
        return 0;
}

static const JsonField mount_point_fields[] = {
        { "name", appc_decode_name, offsetof(AppcMountPoint, name), JSON_MANDATORY, json_encode_string },
        { "path", appc_decode_target, offsetof(AppcMountPoint, path), JSON_MANDATORY, json_encode_string },
        { "readOnly", json_decode_bool, offsetof(AppcMountPoint, read_only), 0, json_encode_bool },
        {},
};

static int decode_mount_point(const Json *value, void *member, const JsonPath *at) {
        return json_decode_object(value, mount_point_fields, member, at);
}

static int encode_mount_point(const void *member, Json **ret) {
        return json_encode_object(mount_point_fields, member, ret);
}

static const JsonField port_fields[] = {
        { "name", appc_decode_name, offsetof(AppcPort, name), JSON_MANDATORY, json_encode_string },
        { "protocol", decode_nonempty, offsetof(AppcPort, protocol), JSON_MANDATORY, json_encode_string },
        { "port", json_decode_u32, offsetof(AppcPort, port), JSON_MANDATORY, json_encode_u32 },
        { "count", json_decode_u32, offsetof(AppcPort, count), 0, json_encode_u32 },
        { "socketActivated", json_decode_bool, offsetof(AppcPort, socket_activated), 0, json_encode_bool },
        {},
};

int appc_decode_port(const Json *value, void *member, const JsonPath *at) {
        AppcPort *port = member;

        int r = json_decode_object(value, port_fields, port, at);
        if (r < 0)
                return r;

        if (!json_get(value, "count"))
                port->count = 1;
        if (port->port < 1 || port->count < 1 || (uint64_t) port->port + port->count - 1 > UINT16_MAX)
                return json_refuse(at, "not within the ports 1 to 65535");

        return 0;
}

int appc_encode_port(const void *member, Json **ret) {
        return json_encode_object(port_fields, member, ret);
}

static const JsonField app_fields[] = {
        { "exec", json_decode_strv, offsetof(AppcApp, exec), 0, json_encode_strv },
        { "user", decode_nonempty, offsetof(AppcApp, user), JSON_MANDATORY, json_encode_string },
        { "group", decode_nonempty, offsetof(AppcApp, group), JSON_MANDATORY, json_encode_string },
        { "supplementaryGIDs", decode_gid, offsetof(AppcApp, supplementary_gids), 0, encode_gid,
          JSON_ITEMS(AppcApp, supplementary_gids) },
        /* As the spec's own example spells it. */
        { "supplementaryGids", decode_gid, offsetof(AppcApp, supplementary_gids), 0, NULL,
          JSON_ITEMS(AppcApp, supplementary_gids) },
        { "eventHandlers", decode_event_handlers, 0, 0, encode_event_handlers },
        { "workingDirectory", decode_working_directory, offsetof(AppcApp, working_directory), 0,
          json_encode_string },
        { "environment", appc_decode_environment, offsetof(AppcApp, environment), 0, appc_encode_pairs },
        { "mountPoints", decode_mount_point, offsetof(AppcApp, mount_points), 0, encode_mount_point,
          JSON_ITEMS(AppcApp, mount_points) },
        { "ports", appc_decode_port, offsetof(AppcApp, ports), 0, appc_encode_port,
          JSON_ITEMS(AppcApp, ports) },
        { "isolators", appc_decode_isolator, offsetof(AppcApp, isolators), 0, appc_encode_isolator,
          JSON_ITEMS(AppcApp, isolators) },
        { "userAnnotations", json_decode_map, offsetof(AppcApp, user_annotations), 0, json_encode_map },
        { "userLabels", json_decode_map, offsetof(AppcApp, user_labels), 0, json_encode_map },
        {},
};

static int check_mount_points(const AppcApp *app, const JsonPath *at) {
        for (size_t i = 0; i < app->n_mount_points; i++)
                for (size_t k = 0; k < i; k++) {
                        const AppcMountPoint *a = &app->mount_points[i], *b = &app->mount_points[k];
                        if (streq(a->name, b->name))
                                return json_refuse(at, "two mountPoints are called \"%.64s\"", a->name);
                        if (appc_paths_overlap(a->path, b->path))
                                return json_refuse(at, "mountPoints \"%.64s\" and \"%.64s\" overlap",
                                                   b->name, a->name);
                }

        return 0;
}

int appc_decode_app(const Json *value, void *member, const JsonPath *at) {
        _cleanup_(appc_app_freep) AppcApp *app = calloc(1, sizeof(AppcApp));
        if (!app)
                return -ENOMEM;

        int r = json_decode_object(value, app_fields, app, at);
        if (r >= 0)
                r = check_mount_points(app, at);
        if (r >= 0)
                r = appc_isolators_check(app->isolators, app->n_isolators, at);
        if (r < 0)
                return r;

        *(AppcApp **) member = TAKE_PTR(app);
        return 0;
}

int appc_encode_app(const void *member, Json **ret) {
        const AppcApp *app = *(AppcApp *const *) member;
        return app ? json_encode_object(app_fields, app, ret) : 0;
}
