/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: from a pod's directory to the roots of its apps, with all that is mounted there.
 * Never: asks whether it may run; starts anything.
 * Follows: docs/ARCHITECTURE.md, "The nspawn level". */

#include <fcntl.h>
#include <string.h>

#include "basic/fd.h"
#include "basic/log.h"
#include "basic/str.h"
#include "stage/assemble.h"
#include "stage/layers.h"
#include "stage/place.h"
#include "stage/root.h"
#include "stage/volumes.h"

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

        int r = place_make(s, &what);
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
