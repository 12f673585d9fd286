/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what has to be true of the apps of a pod together.
 * Never: looks at what one of them runs.
 * Follows: pod/annotations.h; systemd.unit(5), "Before=, After=": a circle would be broken wherever systemd likes. */

#include "basic/refuse.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "pod/annotation-list.h"
#include "pod/annotations.h"
#include "pod/app-order.h"
#include "pod/pod-networks.h"
#include "pod/service.h"

static bool is_annotated(const AppcPodApp *app, const char *name, const char *otherwise) {
        const char *value = pairs_get(&app->annotations, name);
        return value && !streq(value, otherwise);
}

/* Who asks for addresses from within is a service as well. */
bool pod_boots(const AppcPod *pod) {
        const AppcPodApp *app = pod->apps;

        return pod->n_apps > 1 || pod_network_kind(pod) == NETWORK_SYSTEMD ||
               (pod->n_apps == 1 && ((app->app && (app->app->pre_start || app->app->post_stop)) ||
                                     is_annotated(app, ANNOTATION_RESTART, "no")));
}

static int check_names(const AppcPod *pod, char **reterr_why) {
        for (size_t i = 0; i < pod->n_apps; i++) {
                const char *name = pod->apps[i].name;
                _cleanup_free_ char *unit = NULL;

                int r = service_unit_name(name, &unit);
                if (r == -EINVAL)
                        return refuse_foreign(reterr_why, "not a name that an app can have", name);
                if (r < 0)
                        return r;
        }

        return 0;
}

static int check_end(const AppcPod *pod, char **reterr_why) {
        const char *end = pairs_get(&pod->annotations, ANNOTATION_END),
                   *app = end ? startswith(end, "app:") : NULL;

        if (!end || streq(end, "all") || streq(end, "any-failed"))
                return 0;
        if (!app)
                return refuse_foreign(reterr_why, "a pod does not end like this", end);

        return appc_pod_find_app(pod, app)
                               ? 0
                               : refuse_foreign(reterr_why,
                                                "the pod is to end with an app that it does not have", app);
}

/* The lists of annotations, borrowed by `order`. */
typedef struct Lists {
        AppOrder order[POD_APPS_MAX];
        char **after[POD_APPS_MAX], **requires[POD_APPS_MAX];
        size_t n;
} Lists;

static void lists_done(Lists *l) {
        for (size_t i = 0; i < l->n; i++) {
                strv_free(l->after[i]);
                strv_free(l->requires[i]);
        }
}

static int add_app(Lists *l, const AppcPodApp *app) {
        size_t i = l->n++;

        int r = annotation_list(&app->annotations, ANNOTATION_AFTER, &l->after[i]);
        if (r >= 0)
                r = annotation_list(&app->annotations, ANNOTATION_REQUIRES, &l->requires[i]);

        l->order[i] = (AppOrder) { .name = app->name, .after = l->after[i], .requires = l->requires[i] };
        return r;
}

int pod_check_apps(const AppcPod *pod, char **reterr_why) {
        _cleanup_(lists_done) Lists l = {};

        if (pod->n_apps > POD_APPS_MAX)
                return app_order_check(NULL, pod->n_apps, reterr_why);

        int r = check_names(pod, reterr_why);
        if (r >= 0)
                r = check_end(pod, reterr_why);
        for (size_t i = 0; i < pod->n_apps && r >= 0; i++)
                r = add_app(&l, &pod->apps[i]);

        return r < 0 ? r : app_order_check(l.order, l.n, reterr_why);
}
