/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: when to try again and how long to wait.
 * Never: tries for ever; asks earlier than a server wants.
 * Follows: RFC 9110, 10.2.3 (Retry-After); docs/ENVIRONMENT.md. */

#include "basic/str.h"
#include "registry-client/patience.h"

#define DELAY_MS 1000U
#define WAIT_SECONDS_MAX 60 /* a server that wants more time is one that does not want us */

Patience patience_new(const Caller *caller, const ClientLimits *limits) {
        const char *e = secure_getenv("GANTRY_FETCH_BACKOFF");
        uint64_t delay;

        if (!e || str_to_u64(e, &delay) < 0)
                delay = DELAY_MS;

        return (Patience) { .caller = caller, .left = limits->retries, .delay_ms = delay };
}

static bool is_worth_it(int r, const HttpResponse *answer) {
        static const int statuses[] = { 408, 429, 500, 502, 503, 504 };

        if (r < 0)
                return r == -ECONNRESET || r == -ETIMEDOUT;
        for (size_t i = 0; i < ELEMENTSOF(statuses); i++)
                if (answer->status == statuses[i])
                        return answer->retry_after <= WAIT_SECONDS_MAX;

        return false;
}

int patience_again(Patience *p, int r, const HttpResponse *answer, const char *why) {
        if (p->left == 0 || !is_worth_it(r, answer))
                return 0;

        uint64_t wait = r >= 0 && answer->retry_after >= 0 ? (uint64_t) answer->retry_after * 1000
                                                           : p->delay_ms;
        int said = r >= 0 ? caller_note(p->caller, "%d from %s, asking again in %llu s", answer->status,
                                        answer->from, (unsigned long long) wait / 1000)
                          : caller_note(p->caller, "%s, asking again in %llu s", why ? why : strerror(-r),
                                        (unsigned long long) wait / 1000);
        if (said >= 0)
                said = caller_sleep(p->caller, wait);
        if (said < 0)
                return said;

        p->left--;
        p->delay_ms = MIN(p->delay_ms * 2, (uint64_t) WAIT_SECONDS_MAX * 1000);
        return 1;
}
