/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: resource isolators in systemd's words.
 * Never: decides which of them hold; reports those it passes over.
 * Follows: App Container spec 0.8.11, ace.md, "Resource Isolators"; systemd.resource-control(5). */

#include <inttypes.h>

#include "basic/refuse.h"
#include "basic/strv.h"
#include "pod/isolator-properties.h"

static bool get_quantity(const Json *value, const char *member, uint64_t scale, uint64_t *ret) {
        const Json *quantity = json_get(value, member);
        return quantity && appc_quantity(quantity, scale, ret) >= 0;
}

static int add_memory(const Json *value, char ***properties, char **reterr_why) {
        uint64_t limit = UINT64_MAX, request = 0;

        bool limited = get_quantity(value, "limit", 1, &limit),
             requested = get_quantity(value, "request", 1, &request);
        if (request > limit)
                return refuse(reterr_why, -EINVAL,
                              "at least %" PRIu64
                              " bytes of memory are wanted, more than the limit of %" PRIu64,
                              request, limit);

        if (limit == 0)
                return refuse(reterr_why, -EINVAL,
                              "isolator 'resource/memory' leaves no memory: its limit is 0");

        int r = limited ? strv_addf(properties, "MemoryMax=%" PRIu64, limit) : 0;
        return r < 0 || !requested ? r : strv_addf(properties, "MemoryLow=%" PRIu64, request);
}

/* "150%" is 1500 thousandths of a processor. */
static int add_cpu(const Json *value, char ***properties) {
        uint64_t limit;

        if (!get_quantity(value, "limit", 1000, &limit) || limit == 0)
                return 0;

        return strv_addf(properties, "CPUQuota=%" PRIu64 ".%" PRIu64 "%%", limit / 10, limit % 10);
}

/* The kernel's own way from the one scale to the other: 2…262144 to 1…10000. */
static int add_shares(const Json *value, char ***properties) {
        int64_t shares;

        if (json_int(value, &shares) < 0)
                return 0;

        return strv_addf(properties, "CPUWeight=%" PRId64, 1 + (shares - 2) * 9999 / 262142);
}

static int add_oom_score(const Json *value, char ***properties) {
        int64_t score;

        return json_int(value, &score) < 0 ? 0 : strv_addf(properties, "OOMScoreAdjust=%" PRId64, score);
}

int isolator_properties(const AppcIsolator *isolators, size_t n, char ***properties, char **reterr_why) {
        int r = add_memory(appc_isolator_get(isolators, n, "resource/memory"), properties, reterr_why);
        if (r >= 0)
                r = add_cpu(appc_isolator_get(isolators, n, "resource/cpu"), properties);
        if (r >= 0)
                r = add_shares(appc_isolator_get(isolators, n, "os/linux/cpu-shares"), properties);

        return r < 0 ? r
                     : add_oom_score(appc_isolator_get(isolators, n, "os/linux/oom-score-adj"), properties);
}

bool isolator_disk_limit(const AppcIsolator *isolators, size_t n, const char *name, uint64_t *ret) {
        uint64_t limit;

        if (!get_quantity(appc_isolator_get(isolators, n, name), "limit", 1, &limit) || limit == 0)
                return false;

        *ret = limit;
        return true;
}
