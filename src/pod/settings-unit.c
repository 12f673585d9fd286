/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: which properties of a pod's unit follow from its settings.
 * Never: speaks with systemd.
 * Follows: systemd.resource-control(5), "DeviceAllow="; pod/unit-property.h. */

#include "basic/str.h"
#include "basic/strv.h"
#include "basic/words.h"
#include "pod/settings.h"

const char *pod_settings_property(const PodSettings *s, const char *name) {
        const char *value = NULL;
        size_t n = strlen(name);

        STRV_FOREACH(p, s->properties)
                if (strncmp(*p, name, n) == 0 && (*p)[n] == '=')
                        value = *p + n + 1;

        return value;
}

/* The unit's devices are all there are for the app, too. */
static int allow_device(const char *device, char ***properties) {
        _cleanup_strv_ char **fields = NULL;

        int r = fields_split(device + (device[0] == '-'), &fields, NULL);
        return r < 0 ? r : strv_addf(properties, "DeviceAllow=%s %s", fields[0], fields[2]);
}

int pod_settings_unit_properties(const PodSettings *s, char ***ret) {
        _cleanup_strv_ char **properties = NULL;

        int r = strv_add_all(&properties, s->properties);
        STRV_FOREACH(device, s->devices)
                if (r >= 0)
                        r = allow_device(*device, &properties);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(properties);
        return 0;
}
