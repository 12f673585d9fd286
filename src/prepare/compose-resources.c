/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: how much of the machine a pod gets: isolators of the image and properties of the unit agree.
 * Never: gives an image more than is asked for.
 * Follows: App Container spec 0.8.11, ace.md, "Resource Isolators"; systemd.resource-control(5). */

#include <inttypes.h>
#include <stdio.h>

#include "basic/amount.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "pod/annotations.h"
#include "prepare/compose.h"

#define MEMORY "resource/memory"
#define CPU "resource/cpu"
#define SHARES "os/linux/cpu-shares"

static const Json *get(const AppcApp *app, const char *name) {
        return appc_isolator_get(app->isolators, app->n_isolators, name);
}

/* The limit alone: what is requested stays. */
static int set_limit(AppcApp *app, const char *name, const char *limit) {
        const Json *request = json_get(get(app, name), "request");
        _cleanup_json_ Json *value = json_new_object();

        int r = value ? json_set_string(value, "limit", limit) : -ENOMEM;
        if (r >= 0 && request)
                r = json_set(value, "request", json_ref(request));

        return r < 0 ? r : isolator_set(&app->isolators, &app->n_isolators, name, TAKE_PTR(value));
}

/* Whether the image has such a quantity. */
static bool get_quantity(const AppcApp *app, const char *name, const char *member, uint64_t scale,
                         uint64_t *ret) {
        const Json *value = json_get(get(app, name), member);
        return value && appc_quantity(value, scale, ret) >= 0;
}

/* The manifest says what holds. */
static int compose_memory(const PodSettings *s, AppcApp *app, char ***properties, char **reterr_why) {
        const char *text = pod_settings_property(s, "MemoryMax");
        uint64_t limit = UINT64_MAX, request;
        Amount amount = {};
        char number[24];
        int r = 0;

        if (text &&
            (amount_parse(text, &amount) < 0 || amount.percent > 0 || amount.bytes == AMOUNT_INFINITY))
                isolator_remove(app, MEMORY); /* a share of the machine, or all of it */
        else if (text) {
                (void) snprintf(number, sizeof(number), "%" PRIu64, amount.bytes);
                r = set_limit(app, MEMORY, number);
        } else if (get_quantity(app, MEMORY, "limit", 1, &limit))
                r = strv_addf(properties, "MemoryMax=%" PRIu64, limit);
        if (r < 0 || !get_quantity(app, MEMORY, "request", 1, &request))
                return r;

        (void) get_quantity(app, MEMORY, "limit", 1, &limit);
        if (request > limit)
                return refuse(reterr_why, -EINVAL,
                              "the image wants at least %" PRIu64
                              " bytes of memory, more than the limit of %" PRIu64,
                              request, limit);
        if (pod_settings_property(s, "MemoryLow"))
                return 0;

        return strv_addf(properties, "MemoryLow=%" PRIu64, request);
}

/* "150%" is 1500 thousandths of a processor. */
static int compose_cpu(const PodSettings *s, AppcApp *app, char ***properties) {
        const char *quota = pod_settings_property(s, "CPUQuota");
        uint64_t limit, shares;
        char number[24];
        int64_t n;
        int r = 0;

        if (quota && streq(quota, "infinity"))
                isolator_remove(app, CPU);
        else if (quota) {
                double percent = strtod(quota, NULL);

                (void) snprintf(number, sizeof(number), "%.0fm", percent * 10);
                r = set_limit(app, CPU, number);
        } else if (get_quantity(app, CPU, "limit", 1000, &limit) && limit > 0)
                r = strv_addf(properties, "CPUQuota=%" PRIu64 ".%" PRIu64 "%%", limit / 10, limit % 10);

        if (r < 0 || json_int(get(app, SHARES), &n) < 0 || pod_settings_property(s, "CPUWeight"))
                return r;

        /* The kernel's own way from the one scale to the other: 2…262144 to 1…10000. */
        shares = n;
        return strv_addf(properties, "CPUWeight=%" PRIu64, 1 + (shares - 2) * 9999 / 262142);
}

int compose_resources(const PodSettings *s, AppcPod *pod, char **reterr_why) {
        _cleanup_strv_ char **properties = NULL, **asked = NULL;
        AppcApp *app = pod->apps[0].app;

        int r = compose_memory(s, app, &properties, reterr_why);
        if (r >= 0)
                r = compose_cpu(s, app, &properties);
        if (r >= 0)
                r = pod_settings_unit_properties(s, &asked);
        if (r >= 0)
                r = strv_add_all(&properties, asked);

        return r < 0 ? r : annotate_list(&pod->annotations, ANNOTATION_UNIT_PROPERTIES, properties);
}
