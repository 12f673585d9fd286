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

/* What is asked for, "MemoryMax" as in a unit file; NULL: not. */
typedef struct Asked {
        const char *memory_max, *memory_low, *cpu_quota, *cpu_weight;
} Asked;

/* What follows from isolators. Of a pod of one app, both the pod's and the app's bound it, and the last assignment counts. */
typedef struct Derived {
        uint64_t memory, cpu, bandwidth, iops; /* the lowest limits so far */
        const char *disk; /* a path on that which the pod writes to; NULL: not the unit's */
        char **properties;
} Derived;

#define DERIVED_NONE                                                                                        \
        (Derived) {                                                                                         \
                .memory = UINT64_MAX, .cpu = UINT64_MAX, .bandwidth = UINT64_MAX, .iops = UINT64_MAX        \
        }

static void derived_done(Derived *d) {
        strv_free(d->properties);
}

static bool get_quantity(const Json *value, const char *member, uint64_t scale, uint64_t *ret) {
        const Json *quantity = json_get(value, member);
        return quantity && appc_quantity(quantity, scale, ret) >= 0;
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

static int derive_memory(const Json *isolator, const Asked *asked, Derived *d, char **reterr_why) {
        uint64_t limit = UINT64_MAX, request;
        bool limited = get_quantity(isolator, "limit", 1, &limit);
        int r = 0;

        if (!asked->memory_max && limited && limit < d->memory) {
                d->memory = limit;
                r = strv_addf(&d->properties, "MemoryMax=%" PRIu64, limit);
        }
        if (r < 0 || !get_quantity(isolator, "request", 1, &request))
                return r;
        if (request > limit)
                return refuse(reterr_why, -EINVAL,
                              "at least %" PRIu64
                              " bytes of memory are wanted, more than the limit of %" PRIu64,
                              request, limit);

        return asked->memory_low ? 0 : strv_addf(&d->properties, "MemoryLow=%" PRIu64, request);
}

static int derive_cpu(const Json *isolator, const Asked *asked, Derived *d) {
        uint64_t limit;

        if (asked->cpu_quota || !get_quantity(isolator, "limit", 1000, &limit) || limit == 0 ||
            limit >= d->cpu)
                return 0;

        d->cpu = limit;
        return strv_addf(&d->properties, "CPUQuota=%" PRIu64 ".%" PRIu64 "%%", limit / 10, limit % 10);
}

/* The kernel's own way from the one scale to the other: 2…262144 to 1…10000. */
static int derive_shares(const Json *isolator, const Asked *asked, Derived *d) {
        int64_t n;

        if (asked->cpu_weight || json_int(isolator, &n) < 0)
                return 0;

        uint64_t shares = n;
        return strv_addf(&d->properties, "CPUWeight=%" PRIu64, 1 + (shares - 2) * 9999 / 262142);
}

/* "default" means any device: what a pod writes to is the store's. What is asked for comes later, and so counts. */
static int derive_disk(const Json *isolator, const char *what, uint64_t *lowest, Derived *d) {
        _cleanup_free_ char *path = NULL;
        uint64_t limit;

        if (!d->disk || !get_quantity(isolator, "limit", 1, &limit) || limit == 0 || limit >= *lowest)
                return 0;

        *lowest = limit;
        int r = field_quote(d->disk, &path);
        if (r >= 0)
                r = strv_addf(&d->properties, "IORead%sMax=%s %" PRIu64, what, path, limit);
        return r < 0 ? r : strv_addf(&d->properties, "IOWrite%sMax=%s %" PRIu64, what, path, limit);
}

static int derive(const AppcIsolator *list, size_t n, const Asked *asked, Derived *d, char **reterr_why) {
        int r = derive_memory(appc_isolator_get(list, n, MEMORY), asked, d, reterr_why);
        if (r >= 0)
                r = derive_cpu(appc_isolator_get(list, n, CPU), asked, d);
        if (r >= 0)
                r = derive_shares(appc_isolator_get(list, n, SHARES), asked, d);
        if (r >= 0)
                r = derive_disk(appc_isolator_get(list, n, "resource/block-bandwidth"), "Bandwidth",
                                &d->bandwidth, d);
        if (r >= 0)
                r = derive_disk(appc_isolator_get(list, n, "resource/block-iops"), "IOPS", &d->iops, d);

        return r;
}

/* Of several apps, each one's isolators are its service's; of one, the pod's unit's. */
static int compose_of_app(const PodSettings *s, const AppSettings *a, AppcApp *app, Derived *of_pod,
                          char **reterr_why) {
        _cleanup_(derived_done) Derived own = DERIVED_NONE;
        const Asked asked = {
                .memory_max = app_settings_property(s, a, "MemoryMax"),
                .memory_low = app_settings_property(s, a, "MemoryLow"),
                .cpu_quota = app_settings_property(s, a, "CPUQuota"),
                .cpu_weight = app_settings_property(s, a, "CPUWeight"),
        };

        int r = set_memory(app, asked.memory_max);
        if (r >= 0)
                r = set_cpu(app, asked.cpu_quota);

        return r < 0 ? r
                     : derive(app->isolators, app->n_isolators, &asked, s->n_apps < 2 ? of_pod : &own,
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
                r = derive(pod->isolators, pod->n_isolators, &(Asked) {}, &d, reterr_why);
        if (r >= 0)
                r = pod_settings_unit_properties(s, &asked);
        if (r >= 0)
                r = strv_add_all(&d.properties, asked);

        return r < 0 ? r : annotate_list(&pod->annotations, ANNOTATION_UNIT_PROPERTIES, d.properties);
}
