/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the names of what may run an image.
 * Never: decides whether it may.
 * Follows: gantry-trust.d(5), "AllowStage1=". */

#include "basic/refuse.h"
#include "basic/str.h"
#include "trust/rule-stage1.h"

static const char *const names[_RULE_STAGE1_MAX] = {
        [RULE_STAGE1_NSPAWN] = "nspawn",
        [RULE_STAGE1_KVM] = "kvm",
        [RULE_STAGE1_FLY] = "fly",
};

/* _RULE_STAGE1_MAX: there is none. */
static RuleStage1 find(const char *name) {
        RuleStage1 i = 0;

        while (i < _RULE_STAGE1_MAX && !streq(names[i], name))
                i++;

        return i;
}

int rule_stage1_parse(const char *words, unsigned *ret, char **reterr_why) {
        _cleanup_free_ char *copy = strdup(words);
        unsigned set = 0;

        if (!copy)
                return -ENOMEM;
        for (char *rest = copy, *word; (word = strsep(&rest, " \t"));) {
                RuleStage1 stage1 = find(word);

                if (!*word)
                        continue;
                if (stage1 == _RULE_STAGE1_MAX)
                        return refuse_foreign(reterr_why, "none of nspawn, kvm and fly", word);
                if (set & RULE_STAGE1_BIT(stage1))
                        return refuse(reterr_why, -EINVAL, "%s twice", names[stage1]);
                set |= RULE_STAGE1_BIT(stage1);
        }
        if (set == 0)
                return refuse(reterr_why, -EINVAL, "none of nspawn, kvm and fly");

        *ret = set;
        return 0;
}

void rule_stage1_format(unsigned set, char ret[static RULE_STAGE1_TEXT_MAX]) {
        char *end = ret;

        *end = '\0';
        for (RuleStage1 i = 0; i < _RULE_STAGE1_MAX; i++)
                if (set & RULE_STAGE1_BIT(i))
                        end = stpcpy(stpcpy(end, end > ret ? " " : ""), names[i]);
}
