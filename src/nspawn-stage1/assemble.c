/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: from a pod's directory to the roots of its apps, with all that is mounted there.
 * Never: asks whether it may run; starts anything.
 * Follows: docs/ARCHITECTURE.md, "The nspawn level". */

#include <fcntl.h>
#include <string.h>

#include "basic/fd.h"
#include "basic/log.h"
#include "basic/str.h"
#include "nspawn-stage1/assemble.h"
#include "nspawn-stage1/layers.h"
#include "nspawn-stage1/root.h"
#include "nspawn-stage1/volumes.h"
#include "pod/annotations.h"
#include "pod/service.h"

static int read_manifest(Stage *s) {
        _cleanup_free_ char *why = NULL;
        _cleanup_blob_ Blob text = {};

        int r = file_read_at(s->pod.fd, "pod.json", APPC_DOCUMENT_MAX, &text);
        if (r >= 0)
                r = appc_pod_parse(text.data, text.size, &s->manifest, &why);
        if (r < 0)
                return log_error_errno(r, "Cannot use the manifest of pod '%s': %s", s->pod.name,
                                       why ? why : strerror(-r));

        return 0;
}

static int open_app(Stage *s, const AppcPodApp *app) {
        StageApp *a;

        int r = stage_add_app(s, app, s->manifest->n_apps, &a);
        if (r >= 0)
                r = a->fd = pod_dir_open_app(&s->pod, app->name);
        if (r < 0)
                return log_error_errno(r, "Cannot open app '%s' of pod '%s': %m", app->name, s->pod.name);

        return 0;
}

int assemble_load(Stage *s, const char *name) {
        int r = read_manifest(s);
        if (r < 0)
                return r;

        s->boots = pod_boots(s->manifest);
        if (!stage_is(s, ANNOTATION_USER_NAMESPACE, "host"))
                r = pod_dir_uid_base(&s->pod, &s->uid_base);
        if (r < 0)
                return log_error_errno(r, "Cannot read the user ids of pod '%s': %m", s->pod.name);

        for (size_t i = 0; r >= 0 && i < s->manifest->n_apps; i++)
                if (!name || streq(s->manifest->apps[i].name, name))
                        r = open_app(s, &s->manifest->apps[i]);
        if (r >= 0 && s->n_apps == 0)
                return log_error_errno(-ENOENT, "Cannot find app '%s' in pod '%s'", name ? name : "",
                                       s->pod.name);

        return r;
}

static int assemble_root(StageApp *a, Store *store) {
        _cleanup_free_ int *layers = NULL;
        const char *what;
        size_t n = 0;

        int r = layers_open(store, &a->app->image_id, &layers, &n);
        if (r < 0)
                return r;

        r = root_mount(a, layers, n, &what);
        for (size_t i = 0; i < n; i++)
                fd_close(layers[i]);
        if (r < 0)
                return log_error_errno(r, "Cannot %s for app '%s' of pod '%s': %m", what, a->app->name,
                                       a->stage->pod.name);

        return volumes_mount(a, store);
}

int assemble_places(Stage *s) {
        const char *what;

        int r = root_make_place(s, &what);
        for (size_t i = 0; r >= 0 && i < s->n_apps; i++) {
                what = "make the places of the apps";
                r = root_make_app_place(&s->apps[i]);
        }
        if (r < 0)
                return log_error_errno(r, "Cannot %s for pod '%s': %m", what, s->pod.name);

        return 0;
}

int assemble_roots(Stage *s, Store *store) {
        int r = 0;

        for (size_t i = 0; r >= 0 && i < s->n_apps; i++)
                r = assemble_root(&s->apps[i], store);
        return r;
}
