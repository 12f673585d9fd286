/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the pod manifest, in both directions.
 * Never: completes what is missing; knows what an annotation means.
 * Follows: App Container spec 0.8.11, pods.md, "Pod Manifest Schema"; an image ID may be sha256 (OCI). */

#include <arpa/inet.h>

#include "basic/str.h"
#include "image/appc-pod.h"

static void mount_done(AppcMount *mount) {
        free(mount->volume);
        free(mount->path);
        if (mount->app_volume)
                appc_volume_done(mount->app_volume);
        free(mount->app_volume);
}

static void pod_port_done(AppcPodPort *port) {
        free(port->name);
        free(port->host_ip);
        if (port->pod_port)
                appc_port_done(port->pod_port);
        free(port->pod_port);
}

void appc_pod_app_done(AppcPodApp *app) {
        free(app->name);
        free(app->image_name);
        pairs_done(&app->image_labels);
        appc_app_free(app->app);
        for (size_t i = 0; i < app->n_mounts; i++)
                mount_done(&app->mounts[i]);
        free(app->mounts);
        pairs_done(&app->annotations);
        *app = (AppcPodApp) {};
}

int appc_pod_new(size_t n_apps, AppcPod **ret) {
        _cleanup_(appc_pod_freep) AppcPod *pod = calloc(1, sizeof(AppcPod));
        if (!pod)
                return -ENOMEM;
        pod->apps = calloc(n_apps, sizeof(AppcPodApp));
        if (!pod->apps)
                return -ENOMEM;

        pod->n_apps = n_apps;
        *ret = TAKE_PTR(pod);
        return 0;
}

AppcPod *appc_pod_free(AppcPod *pod) {
        if (!pod)
                return NULL;

        for (size_t i = 0; i < pod->n_apps; i++)
                appc_pod_app_done(&pod->apps[i]);
        free(pod->apps);
        for (size_t i = 0; i < pod->n_volumes; i++)
                appc_volume_done(&pod->volumes[i]);
        free(pod->volumes);
        appc_isolators_free(pod->isolators, pod->n_isolators);
        pairs_done(&pod->annotations);
        for (size_t i = 0; i < pod->n_ports; i++)
                pod_port_done(&pod->ports[i]);
        free(pod->ports);
        pairs_done(&pod->user_annotations);
        pairs_done(&pod->user_labels);
        free(pod);
        return NULL;
}

static int decode_app_volume(const Json *value, void *member, const JsonPath *at) {
        AppcVolume *volume = calloc(1, sizeof(AppcVolume));
        if (!volume)
                return -ENOMEM;

        *(AppcVolume **) member = volume;
        return appc_decode_volume(value, volume, at);
}

static int encode_app_volume(const void *member, Json **ret) {
        const AppcVolume *volume = *(AppcVolume *const *) member;
        return volume ? appc_encode_volume(volume, ret) : 0;
}

static int decode_host_port(const Json *value, void *member, const JsonPath *at) {
        uint64_t port;

        if (json_uint(value, &port) < 0 || port < 1 || port > UINT16_MAX)
                return json_refuse(at, "not a port from 1 to 65535");

        *(uint32_t *) member = port;
        return 0;
}

static int decode_host_ip(const Json *value, void *member, const JsonPath *at) {
        const char *text = json_text(value);
        struct in6_addr address;

        if (!text || (inet_pton(AF_INET, text, &address) != 1 && inet_pton(AF_INET6, text, &address) != 1))
                return json_refuse(at, "not an IP address");

        return str_copy(text, member);
}

static int decode_port(const Json *value, void *member, const JsonPath *at) {
        AppcPort *port = calloc(1, sizeof(AppcPort));
        if (!port)
                return -ENOMEM;

        *(AppcPort **) member = port;
        return appc_decode_port(value, port, at);
}

static int encode_port(const void *member, Json **ret) {
        const AppcPort *port = *(AppcPort *const *) member;
        return port ? appc_encode_port(port, ret) : 0;
}

static const JsonField pod_port_fields[] = {
        { "name", appc_decode_name, offsetof(AppcPodPort, name), JSON_MANDATORY, json_encode_string },
        { "hostPort", decode_host_port, offsetof(AppcPodPort, host_port), JSON_MANDATORY, json_encode_u32 },
        { "hostIP", decode_host_ip, offsetof(AppcPodPort, host_ip), 0, json_encode_string },
        { "podPort", decode_port, offsetof(AppcPodPort, pod_port), 0, encode_port },
        {},
};

static int decode_pod_port(const Json *value, void *member, const JsonPath *at) {
        return json_decode_object(value, pod_port_fields, member, at);
}

static int encode_pod_port(const void *member, Json **ret) {
        return json_encode_object(pod_port_fields, member, ret);
}

static const JsonField mount_fields[] = {
        { "volume", appc_decode_name, offsetof(AppcMount, volume), JSON_MANDATORY, json_encode_string },
        { "path", appc_decode_target, offsetof(AppcMount, path), JSON_MANDATORY, json_encode_string },
        { "appVolume", decode_app_volume, offsetof(AppcMount, app_volume), 0, encode_app_volume },
        {},
};

static int decode_mount(const Json *value, void *member, const JsonPath *at) {
        return json_decode_object(value, mount_fields, member, at);
}

static int encode_mount(const void *member, Json **ret) {
        return json_encode_object(mount_fields, member, ret);
}

static int decode_image_id(const Json *value, void *member, const JsonPath *at) {
        AppcPodApp *app = member;
        const char *id = json_text(value);

        if (!id || digest_parse_id(id, &app->image_id) < 0)
                return json_refuse(at, "not an image ID");

        app->has_image_id = true;
        return 0;
}

static int encode_image_id(const void *member, Json **ret) {
        const AppcPodApp *app = member;
        char id[DIGEST_TEXT_MAX];

        if (!app->has_image_id)
                return 0;

        digest_format_id(&app->image_id, id);
        *ret = json_new_string(id);
        return *ret ? 0 : -ENOMEM;
}

/* The image is an object of its own in JSON and three members of the app here. */
static const JsonField image_fields[] = {
        { "name", appc_decode_identifier, offsetof(AppcPodApp, image_name), 0, json_encode_string },
        { "id", decode_image_id, 0, 0, encode_image_id },
        { "labels", appc_decode_labels, offsetof(AppcPodApp, image_labels), 0, appc_encode_pairs },
        {},
};

static int decode_image(const Json *value, void *member, const JsonPath *at) {
        return json_decode_object(value, image_fields, member, at);
}

static int encode_image(const void *member, Json **ret) {
        return json_encode_object(image_fields, member, ret);
}

static const JsonField pod_app_fields[] = {
        { "name", appc_decode_name, offsetof(AppcPodApp, name), JSON_MANDATORY, json_encode_string },
        { "image", decode_image, 0, JSON_MANDATORY, encode_image },
        { "app", appc_decode_app, offsetof(AppcPodApp, app), 0, appc_encode_app },
        { "readOnlyRootFS", json_decode_bool, offsetof(AppcPodApp, read_only_rootfs), 0, json_encode_bool },
        { "mounts", decode_mount, offsetof(AppcPodApp, mounts), 0, encode_mount,
          JSON_ITEMS(AppcPodApp, mounts) },
        { "annotations", appc_decode_annotations, offsetof(AppcPodApp, annotations), 0, appc_encode_pairs },
        {},
};

static int decode_pod_app(const Json *value, void *member, const JsonPath *at) {
        return json_decode_object(value, pod_app_fields, member, at);
}

static int encode_pod_app(const void *member, Json **ret) {
        return json_encode_object(pod_app_fields, member, ret);
}

static int decode_kind(const Json *value, void *unused, const JsonPath *at) {
        const char *kind = json_text(value);
        return kind && streq(kind, "PodManifest") ? 0 : json_refuse(at, "not \"PodManifest\"");
}

static int encode_kind(const void *unused, Json **ret) {
        *ret = json_new_string("PodManifest");
        return *ret ? 0 : -ENOMEM;
}

static int decode_version(const Json *value, void *unused, const JsonPath *at) {
        _cleanup_free_ char *version = NULL;
        return appc_decode_version(value, &version, at);
}

static int encode_version(const void *unused, Json **ret) {
        *ret = json_new_string(APPC_VERSION);
        return *ret ? 0 : -ENOMEM;
}

static const JsonField pod_fields[] = {
        { "acVersion", decode_version, 0, JSON_MANDATORY, encode_version },
        { "acKind", decode_kind, 0, JSON_MANDATORY, encode_kind },
        { "apps", decode_pod_app, offsetof(AppcPod, apps), 0, encode_pod_app, JSON_ITEMS(AppcPod, apps) },
        { "volumes", appc_decode_volume, offsetof(AppcPod, volumes), 0, appc_encode_volume,
          JSON_ITEMS(AppcPod, volumes) },
        { "isolators", appc_decode_isolator, offsetof(AppcPod, isolators), 0, appc_encode_isolator,
          JSON_ITEMS(AppcPod, isolators) },
        { "annotations", appc_decode_annotations, offsetof(AppcPod, annotations), 0, appc_encode_pairs },
        { "ports", decode_pod_port, offsetof(AppcPod, ports), 0, encode_pod_port,
          JSON_ITEMS(AppcPod, ports) },
        { "userAnnotations", json_decode_map, offsetof(AppcPod, user_annotations), 0, json_encode_map },
        { "userLabels", json_decode_map, offsetof(AppcPod, user_labels), 0, json_encode_map },
        {},
};

const AppcPodApp *appc_pod_find_app(const AppcPod *pod, const char *name) {
        for (size_t i = 0; i < pod->n_apps; i++)
                if (streq(pod->apps[i].name, name))
                        return &pod->apps[i];

        return NULL;
}

const Json *appc_pod_app_isolator(const AppcPodApp *app, const char *name) {
        return app->app ? appc_isolator_get(app->app->isolators, app->app->n_isolators, name) : NULL;
}

const AppcVolume *appc_pod_find_volume(const AppcPod *pod, const char *name) {
        for (size_t i = 0; i < pod->n_volumes; i++)
                if (streq(pod->volumes[i].name, name))
                        return &pod->volumes[i];

        return NULL;
}

static int check_mounts(const AppcPod *pod, const AppcPodApp *app, const JsonPath *at) {
        for (size_t i = 0; i < app->n_mounts; i++) {
                const AppcMount *mount = &app->mounts[i];

                if (!mount->app_volume && !appc_pod_find_volume(pod, mount->volume))
                        return json_refuse(at, "app %s mounts the volume %s, which does not exist",
                                           app->name, mount->volume);
                for (size_t k = 0; k < i; k++)
                        if (appc_paths_equal(app->mounts[k].path, mount->path))
                                return json_refuse(at, "app %s has two mounts at %.64s", app->name,
                                                   mount->path);
        }

        return 0;
}

static int check_names(const AppcPod *pod, const JsonPath *at) {
        for (size_t i = 0; i < pod->n_apps; i++)
                if (appc_pod_find_app(pod, pod->apps[i].name) != &pod->apps[i])
                        return json_refuse(at, "two apps are called %s", pod->apps[i].name);

        for (size_t i = 0; i < pod->n_volumes; i++)
                if (appc_pod_find_volume(pod, pod->volumes[i].name) != &pod->volumes[i])
                        return json_refuse(at, "two volumes are called %s", pod->volumes[i].name);

        return 0;
}

static int decode_pod(const Json *value, void *target, const JsonPath *at) {
        const AppcPod *pod = target;

        int r = json_decode_object(value, pod_fields, target, at);
        if (r >= 0)
                r = check_names(pod, at);
        if (r >= 0)
                r = appc_isolators_check(pod->isolators, pod->n_isolators, at);
        for (size_t i = 0; r >= 0 && i < pod->n_apps; i++)
                r = check_mounts(pod, &pod->apps[i], at);

        return r;
}

int appc_pod_parse(const void *data, size_t size, AppcPod **ret, char **reterr_why) {
        if (size > APPC_DOCUMENT_MAX)
                return -EFBIG;

        _cleanup_(appc_pod_freep) AppcPod *pod = calloc(1, sizeof(AppcPod));
        if (!pod)
                return -ENOMEM;

        int r = json_parse_into(data, size, decode_pod, pod, reterr_why);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(pod);
        return 0;
}

/* Reads its own writing before it hands it out: nobody finds a pod.json that cannot be read. */
int appc_pod_format(const AppcPod *pod, Blob *ret) {
        _cleanup_(appc_pod_freep) AppcPod *again = NULL;
        _cleanup_json_ Json *document = NULL;
        _cleanup_blob_ Blob text = {};

        int r = json_encode_object(pod_fields, pod, &document);
        if (r >= 0)
                r = json_format(document, /* pretty= */ true, &text);
        if (r < 0)
                return r;

        r = appc_pod_parse(text.data, text.size, &again, /* reterr_why= */ NULL);
        if (r < 0)
                return r == -ENOMEM ? r : -EINVAL;

        *ret = TAKE_BLOB(text);
        return 0;
}
