/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the apps of a pod's settings: what they are called, and what they say of each other.
 * Never: looks at an image.
 * Follows: gantry.pod(5), "[APP] SECTION OPTIONS". */

#include "basic/refuse.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "image/reference.h"
#include "pod/app-order.h"
#include "pod/service-property.h"
#include "settings/oci-app.h"
#include "settings/settings-apps.h"

int pod_settings_add_app(PodSettings *s, AppSettings **ret) {
        AppSettings **apps = reallocarray(s->apps, s->n_apps + 1, sizeof(AppSettings *));
        if (!apps)
                return -ENOMEM;
        s->apps = apps;
        AppSettings *app = calloc(1, sizeof(AppSettings));
        if (!app)
                return -ENOMEM;

        apps[s->n_apps++] = app;
        *ret = app;
        return 0;
}

const char *pod_settings_empty_volume(const PodSettings *s, const char *name) {
        STRV_FOREACH(text, s->empty_volumes) {
                const char *rest = startswith(*text, name);

                if (rest && (*rest == '\0' || *rest == ':'))
                        return *text;
        }

        return NULL;
}

int app_settings_name(const AppSettings *app, char **ret) {
        _cleanup_reference_ Reference *reference = NULL;
        _cleanup_free_ char *name = NULL;

        if (app->name)
                return str_copy(app->name, ret);

        int r = app->image ? reference_parse(app->image, &reference, /* reterr_why= */ NULL) : -ENODATA;
        if (r >= 0)
                r = reference_name(reference, &name);
        if (r >= 0)
                return pod_app_name(name, ret);

        *ret = NULL;
        return r == -ENOMEM ? r : 0;
}

static int check_order(const PodSettings *s, char *const *names, AppOrder *order, char **reterr_why) {
        for (size_t i = 0; i < s->n_apps; i++)
                order[i] = (AppOrder) {
                        .name = names[i],
                        .after = s->apps[i]->after,
                        .requires = s->apps[i]->requires,
                };

        return app_order_check(order, s->n_apps, reterr_why);
}

/* "app:NAME" of none. */
static int check_end(const PodSettings *s, char *const *names, char **reterr_why) {
        const char *name = s->end ? startswith(s->end, "app:") : NULL;
        bool found = !name;

        for (size_t i = 0; i < s->n_apps; i++)
                found = found || !names[i] || streq(names[i], name);

        return found ? 0 : refuse(reterr_why, -EINVAL, "End=%s: the pod has no app of this name", s->end);
}

static int check_named(const PodSettings *s, char **names, AppOrder *order, char **reterr_why) {
        int r = 0;

        for (size_t i = 0; i < s->n_apps && r >= 0; i++)
                r = app_settings_name(s->apps[i], &names[i]);
        if (r >= 0)
                r = check_order(s, names, order, reterr_why);
        if (r >= 0)
                r = check_end(s, names, reterr_why);

        return r;
}

int settings_check_names(const PodSettings *s, char **reterr_why) {
        char **names = calloc(s->n_apps + 1, sizeof(char *));
        AppOrder *order = calloc(s->n_apps + 1, sizeof(AppOrder));

        int r = names && order ? check_named(s, names, order, reterr_why) : -ENOMEM;
        for (size_t i = 0; names && i < s->n_apps; i++)
                free(names[i]);
        free(names);
        free(order);

        return r;
}

/* In a pod of one app it is all the pod's unit. */
int settings_check_services(const PodSettings *s, char **reterr_why) {
        int r = 0;

        if (s->n_apps < 2)
                return 0;
        if (s->sockets)
                return refuse(reterr_why, -EINVAL,
                              "ListenStream= and ListenDatagram= are for one of several apps; they belong to it");

        for (size_t i = 0; i < s->n_apps; i++)
                STRV_FOREACH(property, s->apps[i]->properties)
                        if (r >= 0)
                                r = service_property_check(*property, reterr_why);

        return r;
}

/* ID:PATH, ID:VALUE. */
static bool is_other_credential(const char *a, const char *b) {
        const char *id = strchr(a, '=') + 1, *other = strchr(b, '=') + 1;
        size_t n = strcspn(id, ":");

        return n == strcspn(other, ":") && strncmp(id, other, n) == 0 && !streq(a, b);
}

static int check_credential(const PodSettings *s, size_t n, const char *credential, char **reterr_why) {
        for (size_t i = 0; i < n; i++)
                STRV_FOREACH(other, s->apps[i]->properties)
                        if (service_property_is_credential(*other) &&
                            is_other_credential(credential, *other))
                                return refuse(reterr_why, -EINVAL,
                                              "two apps have different credentials of one ID");

        return 0;
}

/* They come to the pod by its unit. */
int settings_check_credentials(const PodSettings *s, char **reterr_why) {
        int r = 0;

        for (size_t i = 1; i < s->n_apps; i++)
                STRV_FOREACH(property, s->apps[i]->properties)
                        if (r >= 0 && service_property_is_credential(*property))
                                r = check_credential(s, i, *property, reterr_why);

        return r;
}
