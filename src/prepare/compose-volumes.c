/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: which volumes and devices a pod has, and where the app sees them.
 * Never: makes one; looks for a source.
 * Follows: App Container spec 0.8.11, pods.md, "volumes"; gantry.pod(5). */

#include "basic/str.h"
#include "basic/strv.h"
#include "basic/words.h"
#include "pod/annotations.h"
#include "pod/volume-setting.h"
#include "prepare/compose.h"

/* The image's mount point of that path. */
static const AppcMountPoint *find_mount_point(const AppcApp *app, const char *path) {
        for (size_t i = 0; i < app->n_mount_points; i++)
                if (appc_paths_equal(app->mount_points[i].path, path))
                        return &app->mount_points[i];

        return NULL;
}

/* The image's name for what is mounted there, or one that neither image nor pod has. */
static int choose_name(const AppcPod *pod, const AppcMountPoint *point, char **ret) {
        const AppcApp *app = pod->apps[0].app;
        int r = 0;

        if (point)
                return str_copy(point->name, ret);

        for (size_t i = pod->n_volumes;; i++) {
                _cleanup_free_ char *name = NULL;
                bool taken = false;

                r = str_printf(&name, "mount-%zu", i);
                if (r < 0)
                        return r;
                for (size_t k = 0; k < app->n_mount_points; k++)
                        taken = taken || streq(app->mount_points[k].name, name);
                if (!taken && !appc_pod_find_volume(pod, name)) {
                        *ret = TAKE_PTR(name);
                        return 0;
                }
        }
}

/* Takes the volume, which has no name yet, and mounts it. */
static int add_mount(AppcPod *pod, const char *target, AppcVolume *volume, char ***copied) {
        const AppcMountPoint *point = find_mount_point(pod->apps[0].app, target);
        AppcPodApp *app = &pod->apps[0];

        AppcVolume *volumes = reallocarray(pod->volumes, pod->n_volumes + 1, sizeof(AppcVolume));
        if (!volumes)
                return -ENOMEM;
        pod->volumes = volumes;
        AppcMount *mounts = reallocarray(app->mounts, app->n_mounts + 1, sizeof(AppcMount));
        if (!mounts)
                return -ENOMEM;
        app->mounts = mounts;

        _cleanup_free_ char *name = NULL, *path = strdup(target);
        int r = path ? choose_name(pod, point, &volume->name) : -ENOMEM;
        if (r >= 0)
                r = str_copy(volume->name, &name);
        if (r >= 0 && copied)
                r = strv_add(copied, name);
        if (r < 0)
                return r;

        volumes[pod->n_volumes++] = *volume;
        *volume = (AppcVolume) {};
        mounts[app->n_mounts++] = (AppcMount) { .volume = TAKE_PTR(name), .path = TAKE_PTR(path) };
        return 0;
}

static int add_volume(const char *store, AppcPod *pod, const char *text, char ***copied) {
        _cleanup_volume_setting_ VolumeSetting setting = {};
        _cleanup_(appc_volume_done) AppcVolume volume = {};

        int r = volume_setting_parse(text, &setting, NULL);
        if (r < 0)
                return r;

        bool named = volume_setting_is_named(&setting), host = setting.source && !named;
        volume.kind = setting.source ? APPC_VOLUME_HOST : APPC_VOLUME_EMPTY;
        volume.read_only = setting.read_only;
        volume.not_recursive = setting.not_recursive;
        if (named)
                r = str_printf(&volume.source, "%s/volumes/%s/data", store, setting.source);
        else
                volume.source = TAKE_PTR(setting.source);

        return r < 0 ? r : add_mount(pod, setting.target, &volume, host || setting.no_copy ? NULL : copied);
}

static bool is_target(const AppcPodApp *app, char *const *tmpfs, const char *path) {
        for (size_t i = 0; i < app->n_mounts; i++)
                if (appc_paths_equal(app->mounts[i].path, path))
                        return true;
        STRV_FOREACH(t, tmpfs) {
                _cleanup_strv_ char **fields = NULL;

                if (fields_split(*t, &fields, NULL) >= 0 && appc_paths_equal(fields[0], path))
                        return true;
        }

        return false;
}

/* What every pod has there already: images made for a systemd inside ask for some of it. */
static bool is_there_already(const char *path) {
        static const char *const places[] = {
                "/run", "/dev", "/dev/shm", "/proc", "/sys", "/sys/fs/cgroup"
        };

        for (size_t i = 0; i < ELEMENTSOF(places); i++)
                if (appc_paths_equal(path, places[i]))
                        return true;

        return false;
}

/* Each place where the image wants a volume gets one. What the image has there is copied, as docker does it with its own
 * images; appc wants it masked. */
static int add_empty_ones(AppcPod *pod, char *const *tmpfs, char ***copied) {
        AppcPodApp *app = &pod->apps[0];
        bool oci = app->image_id.algorithm == DIGEST_SHA256;
        int r = 0;

        for (size_t i = 0; i < app->app->n_mount_points && r >= 0; i++) {
                _cleanup_(appc_volume_done) AppcVolume volume = { .kind = APPC_VOLUME_EMPTY };

                const char *path = app->app->mount_points[i].path;
                if (!is_target(app, tmpfs, path) && !is_there_already(path))
                        r = add_mount(pod, path, &volume, oci ? copied : NULL);
        }

        return r;
}

/* A root that is read-only has places for what is temporary, as with podman. */
static int list_tmpfs(const PodSettings *s, const AppcPodApp *app, char ***ret) {
        static const char *const places[] = { "/tmp", "/var/tmp" };
        bool wanted = app->read_only_rootfs && !(s->read_only_tmpfs && streq(s->read_only_tmpfs, "no"));
        _cleanup_strv_ char **list = NULL;

        int r = strv_add_all(&list, s->tmpfs);
        if (r >= 0 && s->shm)
                r = strv_add(&list, s->shm);
        for (size_t i = 0; wanted && r >= 0 && i < ELEMENTSOF(places); i++)
                if (!is_target(app, s->tmpfs, places[i]))
                        r = strv_addf(&list, "%s:mode=1777", places[i]);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(list);
        return 0;
}

int compose_volumes(const PodSettings *s, const char *store, AppcPod *pod, char **reterr_why) {
        _cleanup_strv_ char **copied = NULL, **tmpfs = NULL;
        AppcPodApp *app = &pod->apps[0];
        int r = 0;

        STRV_FOREACH(volume, s->volumes)
                if (r >= 0)
                        r = add_volume(store, pod, *volume, &copied);
        if (r >= 0)
                r = list_tmpfs(s, app, &tmpfs);
        if (r >= 0)
                r = add_empty_ones(pod, tmpfs, &copied);
        if (r >= 0)
                r = annotate_list(&app->annotations, ANNOTATION_COPY_UP, copied);
        if (r >= 0)
                r = annotate_list(&app->annotations, ANNOTATION_TMPFS, tmpfs);
        if (r >= 0)
                r = annotate_list(&app->annotations, ANNOTATION_DEVICES, s->devices);

        return r;
}
