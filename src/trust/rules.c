/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: which rule governs a name.
 * Never: chooses between two rules for the same names: it refuses them.
 * Follows: DESIGN.md section 4. */

#include "basic/str.h"
#include "trust/rules.h"

struct RuleSet {
        Rule **rules;
        size_t n_rules;
};

int rule_set_new(RuleSet **ret) {
        RuleSet *set = calloc(1, sizeof(RuleSet));
        if (!set)
                return -ENOMEM;

        *ret = set;
        return 0;
}

RuleSet *rule_set_free(RuleSet *set) {
        if (!set)
                return NULL;

        for (size_t i = 0; i < set->n_rules; i++)
                rule_free(set->rules[i]);
        free(set->rules);
        free(set);
        return NULL;
}

static int break_duplicate(Rule *rule, const Rule *other) {
        const RulePlace *place = &other->places[RULE_PREFIX];

        return rule_break(rule, rule->places[RULE_PREFIX], "Prefix=%s is also in %s:%u", rule->prefix,
                          place->file, place->line);
}

/* A broken rule of that prefix counts, too: it might have said less. */
static int refuse_duplicates(RuleSet *set, Rule *rule) {
        int r = 0;

        for (size_t i = 0; i < set->n_rules && r >= 0; i++)
                if (rule->prefix && streq_ptr(set->rules[i]->prefix, rule->prefix)) {
                        r = break_duplicate(set->rules[i], rule);
                        if (r >= 0)
                                r = break_duplicate(rule, set->rules[i]);
                }

        return r;
}

int rule_set_add(RuleSet *set, Rule *taken) {
        _cleanup_rule_ Rule *rule = taken;
        int r;

        r = refuse_duplicates(set, rule);
        if (r < 0)
                return r;

        Rule **more = reallocarray(set->rules, set->n_rules + 1, sizeof(Rule *));
        if (!more)
                return -ENOMEM;

        set->rules = more;
        set->rules[set->n_rules++] = TAKE_PTR(rule);
        return 0;
}

const Rule *rule_set_match(const RuleSet *set, const char *name) {
        const Rule *best = NULL;
        ssize_t most = -1;

        for (size_t i = 0; i < set->n_rules; i++) {
                if (!set->rules[i]->prefix)
                        return set->rules[i];

                ssize_t n = rule_prefix_match(set->rules[i]->prefix, name);
                if (n > most) {
                        best = set->rules[i];
                        most = n;
                }
        }

        return best;
}

const Rule *rule_set_at(const RuleSet *set, size_t i) {
        return i < set->n_rules ? set->rules[i] : NULL;
}
