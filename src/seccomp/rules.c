/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: a list of rules about system calls.
 * Never: knows which calls there are.
 * Follows: seccomp(2). */

#include <inttypes.h>
#include <stdio.h>

#include "basic/array.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "seccomp/rules.h"

static void rule_done(SeccompRule *rule) {
        free(rule->call);
        free(rule->conditions);
}

void seccomp_rules_done(SeccompRules *rules) {
        for (size_t i = 0; i < rules->n; i++)
                rule_done(&rules->items[i]);
        free(rules->items);
        strv_free(rules->architectures);
        *rules = (SeccompRules) {};
}

int seccomp_rules_add(SeccompRules *rules, const SeccompRule *rule) {
        SeccompRule copy = { .action = rule->action, .native = rule->native };

        if (rules->n >= SECCOMP_RULES_MAX)
                return -E2BIG;
        int r = array_reserve(&rules->items, &rules->n_allocated, rules->n, sizeof(SeccompRule));
        if (r >= 0)
                r = str_copy(rule->call, &copy.call);
        if (r >= 0 && rule->n_conditions > 0) {
                copy.conditions = reallocarray(NULL, rule->n_conditions, sizeof(SeccompCondition));
                if (!copy.conditions)
                        r = -ENOMEM;
                else
                        memcpy(copy.conditions, rule->conditions,
                               rule->n_conditions * sizeof(SeccompCondition));
                copy.n_conditions = rule->n_conditions;
        }
        if (r < 0) {
                rule_done(&copy);
                return r;
        }

        rules->items[rules->n++] = copy;
        return 0;
}

int seccomp_rules_add_call(SeccompRules *rules, uint32_t action, const char *call) {
        return seccomp_rules_add(rules, &(SeccompRule) { .call = (char *) call, .action = action });
}

void seccomp_rules_forget(SeccompRules *rules, const char *call) {
        size_t kept = 0;

        for (size_t i = 0; i < rules->n; i++)
                if (streq(rules->items[i].call, call))
                        rule_done(&rules->items[i]);
                else
                        rules->items[kept++] = rules->items[i];
        rules->n = kept;
}

static void format_rule(FILE *f, const SeccompRule *rule) {
        static const char *const operators[] = {
                [SECCOMP_NOT_EQUAL] = "!=",   [SECCOMP_LESS] = "<",           [SECCOMP_LESS_EQUAL] = "<=",
                [SECCOMP_EQUAL] = "==",       [SECCOMP_GREATER_EQUAL] = ">=", [SECCOMP_GREATER] = ">",
                [SECCOMP_MASKED_EQUAL] = "&",
        };

        fprintf(f, "%s %08" PRIx32 "%s", rule->call, rule->action, rule->native ? " native" : "");
        for (size_t i = 0; i < rule->n_conditions; i++) {
                const SeccompCondition *c = &rule->conditions[i];

                fprintf(f, " %u %s %" PRIx64, c->argument, operators[c->operator], c->value);
                if (c->operator== SECCOMP_MASKED_EQUAL)
                        fprintf(f, " of %" PRIx64, c->mask);
        }
        fputc('\n', f);
}

int seccomp_rules_format(const SeccompRules *rules, Blob *ret) {
        char *text = NULL;
        size_t size = 0;

        FILE *f = open_memstream(&text, &size);
        if (!f)
                return -ENOMEM;
        fprintf(f, "fallback %08" PRIx32 "\n", rules->fallback);
        STRV_FOREACH(a, rules->architectures)
                fprintf(f, "architecture %s\n", *a);
        for (size_t i = 0; i < rules->n; i++)
                format_rule(f, &rules->items[i]);
        if (fclose(f) == EOF) {
                free(text);
                return -ENOMEM;
        }

        *ret = (Blob) { .data = text, .size = size };
        return 0;
}
