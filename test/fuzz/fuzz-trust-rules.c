/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: trust/rule and trust/rules under any text: a rule's file, and behind a byte 0xff that of a drop-in.
 * Never: takes a rule for whole that says less than it looks.
 * Follows: trust/rule.h. */

#include "basic/str.h"
#include "basic/strv.h"
#include "fuzz.h"
#include "trust/rules.h"

static void check_places(const Rule *rule) {
        for (size_t i = 0; i < strv_length(rule->keys); i++)
                fuzz_check(rule->keys[i][0] == '/' && rule->key_places[i].line > 0);
        for (size_t i = 0; i < strv_length(rule->directories); i++)
                fuzz_check(rule->directories[i][0] == '/' && rule->directory_places[i].line > 0);
        fuzz_check(streq(rule->places[RULE_PREFIX].file, rule->file));
}

static void check_whole(const Rule *rule) {
        fuzz_check(rule->prefix && rule_prefix_check(rule->prefix, NULL) == 0);
        fuzz_check(rule->threshold >= 1 && rule->threshold <= RULE_THRESHOLD_MAX);
        fuzz_check((rule->keys || rule->directories) == (rule->require == RULE_REQUIRE_SIGNATURE));
        fuzz_check(rule->enforce || rule->require != RULE_REQUIRE_NOTHING);
        check_places(rule);
}

static void check_broken(const Rule *rule) {
        fuzz_check(rule->enforce && endswith(rule->broken, rule->broken_why));
        fuzz_check(rule->broken_place.line > 0);
        for (const char *p = rule->broken; *p; p++)
                fuzz_check((uint8_t) *p >= ' ');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        const uint8_t *mark = size > 0 ? memchr(data, 0xff, size) : NULL;
        size_t n = mark ? (size_t) (mark - data) : size;
        _cleanup_rule_set_ RuleSet *set = NULL;
        Rule *rule = NULL;

        fuzz_check(rule_new("FILE", &rule) == 0 && rule_set_new(&set) == 0);
        fuzz_check(rule_read(rule, "FILE", data, n) == 0);
        fuzz_check(!mark || rule_read(rule, "DROP-IN", mark + 1, size - n - 1) == 0);
        fuzz_check(rule_complete(rule) == 0);
        fuzz_check(rule_set_add(set, rule) == 0);
        fuzz_check(rule_set_match(set, rule->prefix ? rule->prefix : "any.example/thing") == rule);

        if (rule->broken)
                check_broken(rule);
        else
                check_whole(rule);
        return 0;
}
