/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what a foreign pod manifest may ask for, and which images it means.
 * Never: believes an annotation of ours that gives an app more than appc has words for.
 * Follows: App Container spec 0.8.11, pods.md, "Pod Manifest Schema"; gantry-prepare(1), "--pod-manifest=". */

#include <fcntl.h>
#include <string.h>

#include "basic/fd.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "pod/annotation-list.h"
#include "pod/annotations.h"
#include "prepare/manifest.h"
#include "settings/volume-setting.h"
#include "store/image-dir.h"

#define OURS "gantry/"

/* Annotations that are honoured, as the settings that they are made of. */
typedef struct Honoured {
        const char *name;
        unsigned section;
        const char *key;
        const char *value; /* it has no other, which means "yes" */
} Honoured;

static const Honoured honoured[] = {
        { ANNOTATION_END, POD_SECTION_POD, "End" },
        { ANNOTATION_SHARE_PID, POD_SECTION_POD, "SharePID", "yes" },
        { ANNOTATION_HOSTNAME, POD_SECTION_POD, "HostName" },
        { ANNOTATION_STAGE1, POD_SECTION_POD, "Stage1" },
        { ANNOTATION_REQUIRE_KVM, POD_SECTION_POD, "RequireKVM", "yes" },
        { ANNOTATION_RW_SIZE, POD_SECTION_POD, "RWSize" },
        { ANNOTATION_IMAGE, POD_SECTION_APP, "Image" },
        { ANNOTATION_AFTER, POD_SECTION_APP, "After" },
        { ANNOTATION_REQUIRES, POD_SECTION_APP, "Requires" },
        { ANNOTATION_RESTART, POD_SECTION_APP, "Restart" },
        { ANNOTATION_STOP_TIMEOUT, POD_SECTION_APP, "StopTimeout" },
        { ANNOTATION_STOP_SIGNAL, POD_SECTION_APP, "StopSignal" },
        { ANNOTATION_NOTIFY, POD_SECTION_APP, "Notify", "app" },
        { ANNOTATION_STDIN, POD_SECTION_APP, "Interactive", "open" },
        { ANNOTATION_TERMINAL, POD_SECTION_APP, "Terminal", "yes" },
};

static const Honoured *find_honoured(const char *name, unsigned section) {
        for (size_t i = 0; i < ELEMENTSOF(honoured); i++)
                if (honoured[i].section == section && streq(honoured[i].name, name))
                        return &honoured[i];

        return NULL;
}

static int set_each(PodSettings *s, AppSettings *app, const Pairs *annotations, const Honoured *h,
                    char **reterr_why) {
        _cleanup_strv_ char **lines = NULL;

        int r = annotation_list(annotations, h->name, &lines);
        STRV_FOREACH(line, lines)
                if (r >= 0)
                        r = pod_settings_set(s, app, h->key, *line, reterr_why);

        return r;
}

static int take_annotation(PodSettings *s, AppSettings *app, const Pairs *annotations, const Pair *pair,
                           char **reterr_why) {
        const Honoured *h = find_honoured(pair->name, app ? POD_SECTION_APP : POD_SECTION_POD);

        if (h && streq(h->name, ANNOTATION_STAGE1) && streq(pair->value, "fly"))
                return refuse(reterr_why, -EPERM,
                              "a pod manifest cannot ask for the rights of the host; give --stage1=fly");
        if (!h)
                return refuse_quoting(reterr_why, -EPERM,
                                      "a pod manifest cannot ask for this with the annotation", pair->name);
        if (!h->value)
                return set_each(s, app, annotations, h, reterr_why);
        if (!streq(pair->value, h->value))
                return refuse(reterr_why, -EINVAL, "annotation '%s' must be '%s'", h->name, h->value);

        return pod_settings_set(s, app, h->key, "yes", reterr_why);
}

/* Takes ours away and leaves the others as they are, in their order. */
static int take_annotations(PodSettings *s, AppSettings *app, Pairs *annotations, char **reterr_why) {
        _cleanup_pairs_ Pairs others = {};
        int r = 0;

        for (size_t i = 0; i < annotations->n && r >= 0; i++) {
                const Pair *pair = &annotations->items[i];

                r = startswith(pair->name, OURS) ? take_annotation(s, app, annotations, pair, reterr_why)
                                                 : pairs_add(&others, pair->name, pair->value);
        }
        if (r < 0)
                return r;

        pairs_done(annotations);
        *annotations = others;
        others = (Pairs) {};
        return 0;
}

static int take_app(PodSettings *s, AppcPodApp *app, bool several, char **reterr_why) {
        _cleanup_free_ char *why = NULL;
        AppSettings *a;

        int r = pod_settings_add_app(s, &a);
        if (r < 0)
                return r;

        a->has_service = several;
        a->has_own_app = app->app;
        r = pod_settings_set(s, a, "AppName", app->name, &why);
        if (r >= 0)
                r = take_annotations(s, a, &app->annotations, &why);
        if (r < 0 && why)
                return refuse(reterr_why, r, "app '%s': %s", app->name, why);
        return r;
}

static int take_settings(AppcPod *pod, PodSettings *s, char **reterr_why) {
        int r = take_annotations(s, NULL, &pod->annotations, reterr_why);

        for (size_t i = 0; i < pod->n_apps && r >= 0; i++)
                r = take_app(s, &pod->apps[i], pod->n_apps > 1, reterr_why);
        if (r >= 0 && pod->n_apps == 0)
                r = refuse(reterr_why, -EINVAL, "it has no apps");

        return r;
}

static int check_source(const AppcVolume *volume, char **reterr_why) {
        return volume && volume->kind == APPC_VOLUME_HOST ? volume_source_check(volume->source, reterr_why)
                                                          : 0;
}

static int check_sources(const AppcPod *pod, char **reterr_why) {
        int r = 0;

        for (size_t i = 0; i < pod->n_volumes && r >= 0; i++)
                r = check_source(&pod->volumes[i], reterr_why);
        for (size_t i = 0; i < pod->n_apps; i++)
                for (size_t k = 0; k < pod->apps[i].n_mounts && r >= 0; k++)
                        r = check_source(pod->apps[i].mounts[k].app_volume, reterr_why);

        return r;
}

/* The pod's isolators bound those of its apps. */
static int check_memory(const AppcPod *pod, char **reterr_why) {
        const char *name = "resource/memory";
        const Json *bound = json_get(appc_isolator_get(pod->isolators, pod->n_isolators, name), "limit");
        uint64_t limit, request;

        if (!bound || appc_quantity(bound, 1, &limit) < 0)
                return 0;
        for (size_t i = 0; i < pod->n_apps; i++) {
                const Json *wanted = json_get(appc_pod_app_isolator(&pod->apps[i], name), "request");

                if (wanted && appc_quantity(wanted, 1, &request) >= 0 && request > limit)
                        return refuse(reterr_why, -EINVAL,
                                      "app '%s' wants more memory than the pod is given by its isolator",
                                      pod->apps[i].name);
        }

        return 0;
}

int manifest_parse(const void *data, size_t size, AppcPod **ret, PodSettings **ret_settings,
                   char **reterr_why) {
        _cleanup_(pod_settings_freep) PodSettings *settings = calloc(1, sizeof(PodSettings));
        _cleanup_(appc_pod_freep) AppcPod *pod = NULL;

        int r = settings ? appc_pod_parse(data, size, &pod, reterr_why) : -ENOMEM;
        if (r >= 0)
                r = take_settings(pod, settings, reterr_why);
        if (r >= 0)
                r = check_memory(pod, reterr_why);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(pod);
        *ret_settings = TAKE_PTR(settings);
        return 0;
}

int manifest_load(const char *path, AppcPod **ret, PodSettings **ret_settings, char **reterr_why) {
        _cleanup_free_ char *why = NULL, *shown = str_escape(path, strlen(path), 256);
        _cleanup_(pod_settings_freep) PodSettings *settings = NULL;
        _cleanup_(appc_pod_freep) AppcPod *pod = NULL;
        _cleanup_blob_ Blob text = {};

        int r = shown ? file_read_at(AT_FDCWD, path, APPC_DOCUMENT_MAX, &text) : -ENOMEM;
        if (r >= 0)
                r = manifest_parse(text.data, text.size, &pod, &settings, &why);
        if (r >= 0)
                r = check_sources(pod, &why);
        if (r < 0)
                return refuse(reterr_why, r, "pod manifest '%s': %s", shown, why ? why : strerror(-r));

        *ret = TAKE_PTR(pod);
        *ret_settings = TAKE_PTR(settings);
        return 0;
}

static int format_name(const AppcPodApp *app, char **ret) {
        _cleanup_strv_ char **parts = NULL;

        int r = strv_addf(&parts, "aci:%s", app->image_name);
        for (size_t i = 0; i < app->image_labels.n && r >= 0; i++)
                r = strv_addf(&parts, "%s=%s", app->image_labels.items[i].name,
                              app->image_labels.items[i].value);

        return r < 0 ? r : strv_join(parts, ",", ret);
}

int manifest_image(Store *s, const AppcPodApp *app, char **ret, char **reterr_why) {
        char id[DIGEST_TEXT_MAX];

        _cleanup_close_ int image_fd = app->has_image_id ? image_dir_open(s, &app->image_id) : -ENOENT;
        if (image_fd < 0 && image_fd != -ENOENT)
                return image_fd;
        if (image_fd < 0 && app->image_name)
                return format_name(app, ret);
        if (!app->has_image_id)
                return refuse(reterr_why, -EINVAL,
                              "app '%s' has no image: neither its ID nor its name is said", app->name);

        digest_format_id(&app->image_id, id);
        if (image_fd < 0)
                return refuse(reterr_why, -ENOENT,
                              "app '%s': the store has no image %s; fetch it, or say its name in the manifest",
                              app->name, id);
        return str_copy(id, ret);
}

static bool is_mounted(const AppcPodApp *app, const AppcMountPoint *point) {
        for (size_t i = 0; i < app->n_mounts; i++)
                if (appc_paths_equal(app->mounts[i].path, point->path))
                        return true;

        return false;
}

static int mount_by_name(AppcPodApp *app, const AppcMountPoint *point) {
        _cleanup_free_ char *volume = strdup(point->name), *path = strdup(point->path);
        AppcMount *mounts = reallocarray(app->mounts, app->n_mounts + 1, sizeof(AppcMount));
        if (mounts)
                app->mounts = mounts;
        if (!mounts || !volume || !path)
                return -ENOMEM;

        mounts[app->n_mounts++] = (AppcMount) { .volume = TAKE_PTR(volume), .path = TAKE_PTR(path) };
        return 0;
}

static int fill_mount_points(const AppcPod *pod, AppcPodApp *app) {
        int r = 0;

        for (size_t i = 0; i < app->app->n_mount_points && r >= 0; i++) {
                const AppcMountPoint *point = &app->app->mount_points[i];

                if (!is_mounted(app, point) && appc_pod_find_volume(pod, point->name))
                        r = mount_by_name(app, point);
        }

        return r;
}

int manifest_complete(AppcPod *pod) {
        int r = pairs_set(&pod->annotations, ANNOTATION_METADATA, "yes");

        for (size_t i = 0; i < pod->n_apps && r >= 0; i++)
                r = fill_mount_points(pod, &pod->apps[i]);

        return r;
}
