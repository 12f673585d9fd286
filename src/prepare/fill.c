/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what is in the directory of a prepared pod.
 * Never: makes the pod count: that is its commit.
 * Follows: docs/ARCHITECTURE.md, "The store". */

#include <fcntl.h>
#include <string.h>

#include "basic/fd.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "pod/annotations.h"
#include "pod/capabilities.h"
#include "pod/init-orders.h"
#include "pod/metadata.h"
#include "prepare/compose.h"
#include "prepare/fill.h"
#include "seccomp/app-filter.h"
#include "seccomp/profile.h"
#include "settings/volume-setting.h"
#include "store/volume.h"

static int write_manifest(const PodDir *p, const AppcPod *pod) {
        _cleanup_blob_ Blob text = {};

        int r = appc_pod_format(pod, &text);
        return r < 0 ? r : file_create_at(p->fd, "pod.json", text.data, text.size, 0444);
}

/* A copy: the pod stays what it was prepared as. */
static int write_profile(int app_fd, const char *path) {
        _cleanup_blob_ Blob text = {};

        int r = file_read_at(AT_FDCWD, path, SECCOMP_PROFILE_MAX, &text);
        return r < 0 ? r : file_create_at(app_fd, SECCOMP_PROFILE_NAME, text.data, text.size, 0444);
}

static bool has_default_filter(const AppcPodApp *app) {
        return !pairs_get(&app->annotations, ANNOTATION_SECCOMP) &&
               !appc_pod_app_isolator(app, "os/linux/seccomp-retain-set") &&
               !appc_pod_app_isolator(app, "os/linux/seccomp-remove-set");
}

/* What is wrong with a filter of system calls is said now, and the pod finds it compiled when it starts. With the default
 * nothing can be wrong but the capabilities. */
static int make_filter(const PodDir *p, const AppSettings *settings, const AppcPodApp *app,
                       char **reterr_why) {
        bool profile = settings->seccomp_profile && !streq(settings->seccomp_profile, "unconfined");
        _cleanup_blob_ Blob filter = {};
        _cleanup_free_ char *why = NULL;
        uint64_t capabilities;

        if (has_default_filter(app))
                return app_capabilities(app, &capabilities, reterr_why);

        _cleanup_close_ int app_fd = profile ? pod_dir_open_app(p, app->name) : -EBADF;
        if (profile && app_fd < 0)
                return app_fd;

        int r = profile ? write_profile(app_fd, settings->seccomp_profile) : 0;
        if (r >= 0)
                r = seccomp_app_filter(app, app_fd, &filter, &why);
        if (r < 0 && profile)
                return refuse(reterr_why, r, "SeccompProfile='%s': %s", settings->seccomp_profile,
                              why ? why : strerror(-r));

        *reterr_why = TAKE_PTR(why);
        return r;
}

/* What the pod's manifest asks for that cannot be is said now, too. */
static int check_orders(const AppcPod *pod, const AppcPodApp *app, char **reterr_why) {
        _cleanup_blob_ Blob orders = {};
        return init_orders(pod, app, /* credentials= */ false, &orders, reterr_why);
}

/* An empty volume of the pod's is none of the store's. */
static bool is_of_store(const PodSettings *settings, const VolumeSetting *v) {
        return volume_setting_is_named(v) && !pod_settings_empty_volume(settings, v->source);
}

static int make_volumes(Store *s, const PodSettings *settings, const AppSettings *app, char **reterr_why) {
        STRV_FOREACH(text, app->volumes) {
                _cleanup_volume_setting_ VolumeSetting v = {};

                int r = volume_setting_parse(*text, &v, NULL);
                if (r >= 0 && is_of_store(settings, &v))
                        r = volume_make(s, v.source);
                if (r < 0)
                        return refuse(reterr_why, r, "volume '%s' cannot be made: %s",
                                      v.source ? v.source : "", strerror(-r));
        }

        return 0;
}

int fill_pod(Store *s, const PodSettings *settings, AppcPod *pod, const PodDir *p, char **reterr_why) {
        int r = compose_pod(settings, store_path(s), pod, reterr_why);

        for (size_t i = 0; i < pod->n_apps && r >= 0; i++) {
                _cleanup_free_ char *why = NULL;

                r = make_filter(p, settings->apps[i], &pod->apps[i], &why);
                if (r >= 0)
                        r = check_orders(pod, &pod->apps[i], &why);
                if (r < 0)
                        return refuse_app(pod, &pod->apps[i], r, why, reterr_why);
        }
        if (r >= 0)
                r = write_manifest(p, pod);
        if (r >= 0)
                r = metadata_make_key(pod, p->fd);
        for (size_t i = 0; i < pod->n_apps && r >= 0; i++)
                r = make_volumes(s, settings, settings->apps[i], reterr_why);

        return r;
}
