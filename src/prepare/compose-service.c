/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what the systemd in a pod of several apps is told of one of them.
 * Never: is needed for a pod of one app, which the host's systemd is told of.
 * Follows: pod/annotations.h; gantry.pod(5). */

#include "basic/str.h"
#include "basic/strv.h"
#include "pod/annotations.h"
#include "prepare/compose.h"

/* Two of them have annotations of their own; of these, the last one counts. */
static int sort_property(Pairs *annotations, const char *property, char ***rest) {
        const char *restart = startswith(property, "Restart="),
                   *timeout = startswith(property, "TimeoutStopSec=");

        if (restart)
                return pairs_set(annotations, ANNOTATION_RESTART, restart);

        return timeout ? pairs_set(annotations, ANNOTATION_STOP_TIMEOUT, timeout) : strv_add(rest, property);
}

static int compose_properties(const PodSettings *s, const AppSettings *a, Pairs *annotations) {
        _cleanup_strv_ char **properties = NULL, **rest = NULL;

        int r = app_settings_service_properties(s, a, &properties);
        STRV_FOREACH(property, properties)
                if (r >= 0)
                        r = sort_property(annotations, *property, &rest);

        return r < 0 ? r : annotate_list(annotations, ANNOTATION_SERVICE_PROPERTIES, rest);
}

int compose_service(const PodSettings *s, const AppSettings *a, AppcPodApp *app) {
        Pairs *annotations = &app->annotations;

        int r = annotate_list(annotations, ANNOTATION_AFTER, a->after);
        if (r >= 0)
                r = annotate_list(annotations, ANNOTATION_REQUIRES, a->requires);
        if (r < 0 || s->n_apps < 2)
                return r;

        return compose_properties(s, a, annotations);
}
