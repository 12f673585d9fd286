/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: from a pod's directory to the root of its app, with all that is mounted there.
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

int assemble_load(Stage *s) {
        _cleanup_free_ char *why = NULL;
        _cleanup_blob_ Blob text = {};

        int r = file_read_at(s->pod.fd, "pod.json", APPC_DOCUMENT_MAX, &text);
        if (r >= 0)
                r = appc_pod_parse(text.data, text.size, &s->manifest, &why);
        if (r < 0)
                return log_error_errno(r, "Cannot use the manifest of pod '%s': %s", s->pod.name,
                                       why ? why : strerror(-r));
        if (s->manifest->n_apps != 1)
                return log_error_errno(
                                -EOPNOTSUPP,
                                "Cannot start pod '%s': several apps in one pod are not supported yet",
                                s->pod.name);

        s->app = &s->manifest->apps[0];
        if (!stage_is(s, ANNOTATION_USER_NAMESPACE, "host"))
                r = pod_dir_uid_base(&s->pod, &s->uid_base);
        if (r < 0)
                return log_error_errno(r, "Cannot read the user ids of pod '%s': %m", s->pod.name);

        r = s->app_fd = pod_dir_open_app(&s->pod, s->app->name);
        if (r < 0)
                return log_error_errno(r, "Cannot open app '%s' of pod '%s': %m", s->app->name, s->pod.name);

        return 0;
}

int assemble_root(Stage *s, Store *store) {
        _cleanup_free_ int *layers = NULL;
        const char *what;
        size_t n = 0;

        int r = layers_open(store, &s->app->image_id, &layers, &n);
        if (r < 0)
                return r;

        r = root_make_place(s, &what);
        if (r >= 0)
                r = root_mount(s, layers, n, &what);
        if (r < 0)
                return log_error_errno(r, "Cannot %s for pod '%s': %m", what, s->pod.name);

        return volumes_mount(s, store);
}
