/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: whether the keys of a rule can do what it expects of them, and for how long.
 * Never: parses a key in this process.
 * Follows: gantry-trust(1). */

#include <stdio.h>
#include <time.h>

#include "basic/str.h"
#include "basic/strv.h"
#include "trust-tool/check-keys.h"
#include "trust-tool/key-summary.h"

#define SOON (30U * 24 * 60 * 60) /* in seconds: enough to find out who signs, and to get a new key */
#define RSA_BITS_MIN 3072U        /* NIST SP 800-57: what is to last beyond 2030 */

static int check_validity(Findings *f, RulePlace place, const char *path, const KeySummary *s) {
        char date[KEY_DATE_MAX];

        if (s->revoked)
                return finding_warning(f, place, "key file '%s': key %s was revoked", path, s->fingerprint);
        if (s->expires == 0 || s->expires > (uint64_t) time(NULL) + SOON)
                return 0;

        key_format_date(s->expires, date);
        return finding_warning(f, place, "key file '%s': key %s %s on %s", path, s->fingerprint,
                               key_has_expired(s) ? "has expired" : "expires", date);
}

static int check_kind(Findings *f, const Rule *rule, RulePlace place, const char *path,
                      const KeySummary *s) {
        unsigned bits;

        if (!s->openpgp && rule_prefix_is_aci(rule->prefix))
                return finding_warning(
                                f, place,
                                "key file '%s': appc images have OpenPGP signatures; this key can verify none",
                                path);
        if (sscanf(s->algorithm, "RSA-%u", &bits) == 1 && bits < RSA_BITS_MIN)
                return finding_warning(f, place,
                                       "key file '%s': RSA of %u bits is weak; %u or more are better", path,
                                       bits, RSA_BITS_MIN);

        return 0;
}

static bool comes_earlier(const KeySummary *summaries, size_t i) {
        for (size_t k = 0; k < i; k++)
                if (summaries[k].usable && streq(summaries[k].fingerprint, summaries[i].fingerprint))
                        return true;

        return false;
}

static int check_key(Findings *f, const Rule *rule, const KeySummary *summaries, size_t i) {
        const KeySummary *s = &summaries[i];
        RulePlace place = rule->key_places[i];
        const char *path = rule->keys[i];

        if (!s->usable)
                return finding_error(f, place, "cannot use key file '%s': %s", path, s->why);
        if (comes_earlier(summaries, i))
                return finding_warning(f, place, "key file '%s': key %s is in another file, too", path,
                                       s->fingerprint);

        int r = check_validity(f, place, path, s);
        return r < 0 ? r : check_kind(f, rule, place, path, s);
}

/* Files are counted when the rules are read; this is about what is in them. */
static int check_threshold(Findings *f, const Rule *rule, const KeySummary *summaries, size_t n) {
        size_t different = 0, valid = 0;

        for (size_t i = 0; i < n; i++) {
                if (!summaries[i].usable)
                        return 0;
                if (comes_earlier(summaries, i))
                        continue;
                different++;
                valid += !summaries[i].revoked && !key_has_expired(&summaries[i]);
        }

        if (rule->threshold > different)
                return finding_error(f, rule->places[RULE_THRESHOLD],
                                     "Threshold=%u can never be reached: only %zu of the keys differ",
                                     rule->threshold, different);
        if (rule->threshold > valid)
                return finding_warning(f, rule->places[rule->threshold > 1 ? RULE_THRESHOLD : RULE_PREFIX],
                                       "refuses everything: %zu of the keys %s valid", valid,
                                       valid == 1 ? "is" : "are");
        return 0;
}

int check_keys(Findings *f, const Policy *policy, const Rule *rule) {
        size_t n = strv_length(rule->keys);
        _cleanup_free_ KeySummary *summaries = calloc(n, sizeof(KeySummary));

        int r = summaries ? 0 : -ENOMEM;
        for (size_t i = 0; i < n && r >= 0; i++)
                r = key_summarize(&policy_find_key(policy, rule->keys[i])->data, &summaries[i]);
        for (size_t i = 0; i < n && r >= 0; i++)
                r = check_key(f, rule, summaries, i);

        return r < 0 ? r : check_threshold(f, rule, summaries, n);
}
