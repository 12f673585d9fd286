/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: reading which apps a pod has.
 * Never: asks whether it may run.
 * Follows: pod/annotations.h. */

#include <string.h>

#include "basic/log.h"
#include "basic/str.h"
#include "pod/annotations.h"
#include "pod/pod-manifest.h"
#include "pod/service.h"
#include "stage/labels.h"
#include "stage/load.h"

static int read_manifest(Stage *s) {
        _cleanup_free_ char *why = NULL;

        int r = pod_manifest_read(&s->pod, &s->manifest, &why);
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

int stage_load(Stage *s, const char *name) {
        int r = read_manifest(s);
        if (r < 0)
                return r;

        s->boots = pod_boots(s->manifest);
        if (!stage_is(s, ANNOTATION_USER_NAMESPACE, "host"))
                r = pod_dir_uid_base(&s->pod, &s->uid_base);
        if (r < 0)
                return log_error_errno(r, "Cannot read the user ids of pod '%s': %m", s->pod.name);
        r = labels_read(s);

        for (size_t i = 0; r >= 0 && i < s->manifest->n_apps; i++)
                if (!name || streq(s->manifest->apps[i].name, name))
                        r = open_app(s, &s->manifest->apps[i]);
        if (r >= 0 && s->n_apps == 0)
                return log_error_errno(-ENOENT, "Cannot find app '%s' in pod '%s'", name ? name : "",
                                       s->pod.name);

        return r;
}
