/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: which properties of a pod's unit, and of the services of its apps, follow from its settings.
 * Never: speaks with systemd.
 * Follows: systemd.resource-control(5), "DeviceAllow="; pod/unit-property.h. */

#include <inttypes.h>

#include "basic/str.h"
#include "basic/strv.h"
#include "basic/words.h"
#include "pod/service-property.h"
#include "pod/unit-property.h"
#include "settings/settings.h"

#define GRACE "TimeoutStopSec"
#define GRACE_DEFAULT_USEC (10 * 1000000ULL) /* as the unit of a pod of one app */

static const char *find_property(char *const *properties, const char *name, const char *found) {
        size_t n = strlen(name);

        STRV_FOREACH(p, properties)
                if (strncmp(*p, name, n) == 0 && (*p)[n] == '=')
                        found = *p + n + 1;

        return found;
}

const char *app_settings_property(const PodSettings *s, const AppSettings *app, const char *name) {
        return find_property(app->properties, name,
                             s->n_apps < 2 ? find_property(s->properties, name, NULL) : NULL);
}

bool pod_settings_has_unit_property(const PodSettings *s, const char *name) {
        return find_property(s->properties, name, NULL) ||
               (s->n_apps == 1 && find_property(s->apps[0]->properties, name, NULL));
}

/* The unit's devices are all there are for the app, too. */
static int allow_device(const char *device, char ***properties) {
        _cleanup_strv_ char **fields = NULL;

        int r = fields_split(device + (device[0] == '-'), &fields, NULL);
        return r < 0 ? r : strv_addf(properties, "DeviceAllow=%s %s", fields[0], fields[2]);
}

/* A pod of one app has no other unit than the pod's. Of several, each has a service of its own, but what is on the host comes to
 * the pod by the pod's unit: devices and credentials. */
static int add_of_app(const PodSettings *s, const AppSettings *app, char ***properties) {
        int r = 0;

        STRV_FOREACH(p, app->properties)
                if (r >= 0 && (s->n_apps < 2 || service_property_is_credential(*p)))
                        r = strv_add(properties, *p);
        STRV_FOREACH(device, app->devices)
                if (r >= 0)
                        r = allow_device(*device, properties);

        return r;
}

static uint64_t grace_of(const PodSettings *s, const AppSettings *app) {
        const char *asked = app_settings_property(s, app, GRACE);
        _cleanup_unit_property_ UnitProperty p = {};
        _cleanup_free_ char *assignment = NULL;

        if (!asked || str_printf(&assignment, GRACE "=%s", asked) < 0 ||
            unit_property_parse(assignment, &p, /* reterr_why= */ NULL) < 0)
                return GRACE_DEFAULT_USEC;

        return p.items[0].numbers[0];
}

/* One may have to wait for the end of another. */
static int add_grace(const PodSettings *s, char ***properties) {
        uint64_t sum = 0;

        if (s->n_apps < 2 || find_property(s->properties, GRACE, NULL))
                return 0;

        for (size_t i = 0; i < s->n_apps; i++) {
                uint64_t grace = grace_of(s, s->apps[i]);
                if (__builtin_add_overflow(sum, grace, &sum))
                        return strv_add(properties, GRACE "=infinity");
        }

        return strv_addf(properties, GRACE "=%" PRIu64 "us", sum);
}

int pod_settings_unit_properties(const PodSettings *s, char ***ret) {
        _cleanup_strv_ char **properties = NULL;

        int r = strv_add_all(&properties, s->properties);
        if (r >= 0)
                r = add_grace(s, &properties);
        for (size_t i = 0; i < s->n_apps && r >= 0; i++)
                r = add_of_app(s, s->apps[i], &properties);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(properties);
        return 0;
}

/* What the pod was given, by its ID. */
static int add_credentials(char *const *properties, char ***list) {
        int r = 0;

        STRV_FOREACH(p, properties) {
                const char *id = strchr(*p, '=') + 1;

                if (r >= 0 && service_property_is_credential(*p))
                        r = strv_addf(list, "LoadCredential=%.*s", (int) strcspn(id, ":"), id);
        }

        return r;
}

int app_settings_service_properties(const PodSettings *s, const AppSettings *app, char ***ret) {
        _cleanup_strv_ char **list = NULL;

        int r = add_credentials(s->properties, &list);
        if (r >= 0)
                r = add_credentials(app->properties, &list);
        STRV_FOREACH(p, app->properties)
                if (r >= 0 && !service_property_is_credential(*p))
                        r = strv_add(&list, *p);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(list);
        return 0;
}

bool pod_settings_has_sockets(const PodSettings *s) {
        bool found = s->sockets;

        for (size_t i = 0; i < s->n_apps; i++)
                found = found || s->apps[i]->sockets;

        return found;
}

int pod_settings_sockets(const PodSettings *s, char ***ret) {
        _cleanup_strv_ char **sockets = NULL;

        int r = strv_add_all(&sockets, s->sockets);
        for (size_t i = 0; i < s->n_apps && r >= 0; i++)
                r = strv_add_all(&sockets, s->apps[i]->sockets);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(sockets);
        return 0;
}
