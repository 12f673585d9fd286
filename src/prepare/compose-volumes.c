/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: which volumes and devices a pod has, and where the app sees them.
 * Never: makes one; looks for a source.
 * Follows: App Container spec 0.8.11, pods.md, "volumes"; gantry.pod(5). */

#include "basic/str.h"
#include "basic/strv.h"
#include "basic/words.h"
#include "pod/annotations.h"
#include "prepare/compose.h"
#include "settings/volume-setting.h"

/* The image's mount point of that path. */
static const AppcMountPoint *find_mount_point(const AppcApp *app, const char *path) {
        for (size_t i = 0; i < app->n_mount_points; i++)
                if (appc_paths_equal(app->mount_points[i].path, path))
                        return &app->mount_points[i];

        return NULL;
}

/* An app whose volumes are put together. */
typedef struct Composition {
        const PodSettings *settings;
        const char *store;
        AppcPod *pod;
        AppcPodApp *app;
        char **copied;          /* volumes that get what the image has in their place … */
        char **shared, **alone; /* … and a label that says whose they are */
        char **propagated;      /* in which what is mounted is mounted on the host, too */
} Composition;

static bool is_name_taken(const Composition *c, const char *name) {
        for (size_t i = 0; i < c->app->app->n_mount_points; i++)
                if (streq(c->app->app->mount_points[i].name, name))
                        return true;

        return appc_pod_find_volume(c->pod, name) || pod_settings_empty_volume(c->settings, name);
}

/* The image's name for what is mounted there, unless another app's image has it, too; or one that neither image nor pod has. */
static int choose_name(const Composition *c, const AppcMountPoint *point, char **ret) {
        if (point && !appc_pod_find_volume(c->pod, point->name) &&
            !pod_settings_empty_volume(c->settings, point->name))
                return str_copy(point->name, ret);

        for (size_t i = c->pod->n_volumes;; i++) {
                _cleanup_free_ char *name = NULL;

                int r = str_printf(&name, "mount-%zu", i);
                if (r < 0)
                        return r;
                if (!is_name_taken(c, name)) {
                        *ret = TAKE_PTR(name);
                        return 0;
                }
        }
}

/* Takes the volume, also on failure. */
static int add_volume(AppcPod *pod, AppcVolume *taken) {
        _cleanup_(appc_volume_done) AppcVolume volume = *taken;
        *taken = (AppcVolume) {};

        AppcVolume *volumes = reallocarray(pod->volumes, pod->n_volumes + 1, sizeof(AppcVolume));
        if (!volumes)
                return -ENOMEM;

        pod->volumes = volumes;
        volumes[pod->n_volumes++] = volume;
        volume = (AppcVolume) {};
        return 0;
}

static int add_mount(AppcPodApp *app, const char *volume, const char *target, AppcMount **ret) {
        _cleanup_free_ char *name = strdup(volume), *path = strdup(target);
        AppcMount *mounts = reallocarray(app->mounts, app->n_mounts + 1, sizeof(AppcMount));
        if (mounts)
                app->mounts = mounts;
        if (!mounts || !name || !path)
                return -ENOMEM;

        *ret = &mounts[app->n_mounts++];
        **ret = (AppcMount) { .volume = TAKE_PTR(name), .path = TAKE_PTR(path) };
        return 0;
}

/* Takes the volume, which has no name yet, and mounts it. */
static int mount_new(Composition *c, const char *target, AppcVolume *volume, bool copies) {
        _cleanup_free_ char *name = NULL;
        AppcMount *mount;

        int r = choose_name(c, find_mount_point(c->app->app, target), &name);
        if (r >= 0)
                r = str_copy(name, &volume->name);
        if (r >= 0)
                r = add_volume(c->pod, volume);
        if (r >= 0)
                r = add_mount(c->app, name, target, &mount);

        return r < 0 || !copies ? r : strv_add(&c->copied, name);
}

/* A view of it that is the mount's own. */
static int restrict_mount(AppcMount *mount, const char *volume) {
        mount->app_volume = calloc(1, sizeof(AppcVolume));
        if (!mount->app_volume)
                return -ENOMEM;

        int r = empty_volume_parse(volume, mount->app_volume, NULL);
        mount->app_volume->read_only = true;
        return r;
}

/* The pod's empty volume of this name: who comes first brings it along. */
static int mount_shared(Composition *c, const char *name, const char *target, bool read_only, bool copies) {
        const char *text = pod_settings_empty_volume(c->settings, name);
        _cleanup_(appc_volume_done) AppcVolume volume = {};
        AppcMount *mount;
        int r = 0;

        if (!appc_pod_find_volume(c->pod, name)) {
                r = empty_volume_parse(text, &volume, NULL);
                if (r >= 0)
                        r = add_volume(c->pod, &volume);
        }
        if (r >= 0)
                r = add_mount(c->app, name, target, &mount);
        if (r >= 0 && read_only)
                r = restrict_mount(mount, text);

        return r < 0 || !copies ? r : strv_add(&c->copied, name);
}

/* What appc has no word for, of the volume that was added last. */
static int note(Composition *c, const VolumeSetting *s) {
        const char *name = c->pod->volumes[c->pod->n_volumes - 1].name;

        int r = s->shared ? strv_add(&c->propagated, name) : 0;
        if (r < 0)
                return r;

        return s->relabel_shared    ? strv_add(&c->shared, name)
               : s->relabel_private ? strv_add(&c->alone, name)
                                    : 0;
}

static int mount_setting(Composition *c, const char *text) {
        _cleanup_volume_setting_ VolumeSetting setting = {};
        _cleanup_(appc_volume_done) AppcVolume volume = {};

        int r = volume_setting_parse(text, &setting, NULL);
        if (r < 0)
                return r;

        bool named = volume_setting_is_named(&setting), host = setting.source && !named,
             copies = !host && !setting.no_copy;
        if (named && pod_settings_empty_volume(c->settings, setting.source))
                return mount_shared(c, setting.source, setting.target, setting.read_only, copies);

        volume.kind = setting.source ? APPC_VOLUME_HOST : APPC_VOLUME_EMPTY;
        volume.read_only = setting.read_only;
        volume.not_recursive = setting.not_recursive;
        if (named)
                r = str_printf(&volume.source, "%s/volumes/%s/data", c->store, setting.source);
        else
                volume.source = TAKE_PTR(setting.source);

        if (r >= 0)
                r = mount_new(c, setting.target, &volume, copies);
        return r < 0 ? r : note(c, &setting);
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

/* By the pod's empty volume of its name, else by one of its own. What an image has in the place of an empty one is copied, as docker does it with its own images; appc wants it masked. */
static int fill_mount_point(Composition *c, const AppcMountPoint *point) {
        _cleanup_(appc_volume_done) AppcVolume volume = { .kind = APPC_VOLUME_EMPTY };
        bool oci = c->app->image_id.algorithm == DIGEST_SHA256;

        if (pod_settings_empty_volume(c->settings, point->name))
                return mount_shared(c, point->name, point->path, point->read_only, /* copies= */ false);
        return mount_new(c, point->path, &volume, oci);
}

static int fill_mount_points(Composition *c, char *const *tmpfs) {
        const AppcApp *app = c->app->app;
        int r = 0;

        for (size_t i = 0; i < app->n_mount_points && r >= 0; i++) {
                const char *path = app->mount_points[i].path;

                if (!is_target(c->app, tmpfs, path) && !is_there_already(path))
                        r = fill_mount_point(c, &app->mount_points[i]);
        }

        return r;
}

/* A root that is read-only has places for what is temporary, as with podman. */
static int list_tmpfs(const AppSettings *s, const AppcPodApp *app, char ***ret) {
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

int compose_volumes(const PodSettings *s, const AppSettings *a, const char *store, AppcPod *pod,
                    AppcPodApp *app) {
        Composition c = { .settings = s, .store = store, .pod = pod, .app = app };
        _cleanup_strv_ char **tmpfs = NULL;
        int r = 0;

        STRV_FOREACH(volume, a->volumes)
                if (r >= 0)
                        r = mount_setting(&c, *volume);
        if (r >= 0)
                r = list_tmpfs(a, app, &tmpfs);
        if (r >= 0)
                r = fill_mount_points(&c, tmpfs);
        if (r >= 0)
                r = annotate_list(&app->annotations, ANNOTATION_COPY_UP, c.copied);
        if (r >= 0)
                r = annotate_list(&app->annotations, ANNOTATION_RELABEL_SHARED, c.shared);
        if (r >= 0)
                r = annotate_list(&app->annotations, ANNOTATION_RELABEL_PRIVATE, c.alone);
        if (r >= 0)
                r = annotate_list(&app->annotations, ANNOTATION_PROPAGATE, c.propagated);
        if (r >= 0)
                r = annotate_list(&app->annotations, ANNOTATION_TMPFS, tmpfs);
        if (r >= 0)
                r = annotate_list(&app->annotations, ANNOTATION_DEVICES, a->devices);
        strv_free(c.copied);
        strv_free(c.shared);
        strv_free(c.alone);
        strv_free(c.propagated);

        return r;
}
