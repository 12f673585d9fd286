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
#include "basic/words.h"
#include "pod/annotations.h"
#include "pod/isolator-properties.h"
#include "prepare/compose.h"

#define MEMORY "resource/memory"
#define CPU "resource/cpu"

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

/* What follows from isolators. */
typedef struct Derived {
        uint64_t bandwidth, iops; /* the lowest limits so far */
        const char *disk;         /* a path on that which the pod writes to; NULL: not the unit's */
        char **properties;
} Derived;

#define DERIVED_NONE                                                                                        \
        (Derived) {                                                                                         \
                .bandwidth = UINT64_MAX, .iops = UINT64_MAX                                                 \
        }

static void derived_done(Derived *d) {
        strv_free(d->properties);
}

/* The manifest says what holds. */
static int set_memory(AppcApp *app, const char *asked) {
        Amount amount = {};
        char number[24];

        if (!asked)
                return 0;
        if (amount_parse(asked, &amount) < 0 || amount.percent > 0 || amount.bytes == AMOUNT_INFINITY) {
                isolator_remove(app, MEMORY); /* a share of the machine, or all of it */
                return 0;
        }

        (void) snprintf(number, sizeof(number), "%" PRIu64, amount.bytes);
        return set_limit(app, MEMORY, number);
}

/* "150%" is 1500 thousandths of a processor. */
static int set_cpu(AppcApp *app, const char *asked) {
        char number[24];

        if (!asked)
                return 0;
        if (streq(asked, "infinity")) {
                isolator_remove(app, CPU);
                return 0;
        }

        (void) snprintf(number, sizeof(number), "%.0fm", strtod(asked, NULL) * 10);
        return set_limit(app, CPU, number);
}

/* Of a pod of one app, both the pod's isolators and the app's bound it, and the last assignment counts. */
static bool is_lowest(const char *row, size_t name, char *const *properties) {
        STRV_FOREACH(p, properties)
                if (strncmp(*p, row, name) == 0 && strtod(row + name, NULL) >= strtod(*p + name, NULL))
                        return false;

        return true;
}

/* Nobody has asked for another value. What the unit has none of is done to the app itself. `a` is NULL for isolators of the pod. */
static bool is_taken(const char *row, const PodSettings *s, const AppSettings *a, char *const *properties) {
        static const struct {
                const char *name;
                bool limit;
        } known[] = { { "MemoryMax", true }, { "MemoryLow" }, { "CPUQuota", true }, { "CPUWeight" } };

        for (size_t i = 0; i < ELEMENTSOF(known); i++) {
                const char *value = startswith(row, known[i].name);

                if (value && value[0] == '=')
                        return !(a && app_settings_property(s, a, known[i].name)) &&
                               (!known[i].limit || is_lowest(row, value + 1 - row, properties));
        }

        return false;
}

/* "default" means any device: what a pod writes to is the store's. What is asked for comes later, and so counts. */
static int derive_disk(const AppcIsolator *list, size_t n, const char *name, const char *what,
                       uint64_t *lowest, Derived *d) {
        _cleanup_free_ char *path = NULL;
        uint64_t limit;

        if (!d->disk || !isolator_disk_limit(list, n, name, &limit) || limit >= *lowest)
                return 0;

        *lowest = limit;
        int r = field_quote(d->disk, &path);
        if (r >= 0)
                r = strv_addf(&d->properties, "IORead%sMax=%s %" PRIu64, what, path, limit);
        return r < 0 ? r : strv_addf(&d->properties, "IOWrite%sMax=%s %" PRIu64, what, path, limit);
}

static int derive(const AppcIsolator *list, size_t n, const PodSettings *s, const AppSettings *a, Derived *d,
                  char **reterr_why) {
        _cleanup_strv_ char **rows = NULL;

        int r = isolator_properties(list, n, &rows, reterr_why);
        STRV_FOREACH(row, rows)
                if (r >= 0 && is_taken(*row, s, a, d->properties))
                        r = strv_add(&d->properties, *row);
        if (r >= 0)
                r = derive_disk(list, n, "resource/block-bandwidth", "Bandwidth", &d->bandwidth, d);
        if (r >= 0)
                r = derive_disk(list, n, "resource/block-iops", "IOPS", &d->iops, d);

        return r;
}

/* Of several apps, each one's isolators are its service's; of one, the pod's unit's. */
static int compose_of_app(const PodSettings *s, const AppSettings *a, AppcApp *app, Derived *of_pod,
                          char **reterr_why) {
        _cleanup_(derived_done) Derived own = DERIVED_NONE;
        int r = set_memory(app, app_settings_property(s, a, "MemoryMax"));
        if (r >= 0)
                r = set_cpu(app, app_settings_property(s, a, "CPUQuota"));

        return r < 0 ? r
                     : derive(app->isolators, app->n_isolators, s, a, s->n_apps < 2 ? of_pod : &own,
                              reterr_why);
}

/* Assignments of the settings come later, and so count. */
int compose_resources(const PodSettings *s, const char *store, AppcPod *pod, char **reterr_why) {
        _cleanup_(derived_done) Derived d = DERIVED_NONE;
        _cleanup_strv_ char **asked = NULL;
        int r = 0;

        d.disk = store;
        for (size_t i = 0; i < pod->n_apps && r >= 0; i++)
                r = compose_of_app(s, s->apps[i], pod->apps[i].app, &d, reterr_why);
        if (r >= 0)
                r = derive(pod->isolators, pod->n_isolators, s, /* a= */ NULL, &d, reterr_why);
        if (r >= 0)
                r = pod_settings_unit_properties(s, &asked);
        if (r >= 0)
                r = strv_add_all(&d.properties, asked);

        return r < 0 ? r : annotate_list(&pod->annotations, ANNOTATION_UNIT_PROPERTIES, d.properties);
}
