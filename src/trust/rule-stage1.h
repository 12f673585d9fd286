/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* What may run an image: the words of AllowStage1=. */

typedef enum RuleStage1 {
        RULE_STAGE1_NSPAWN,
        RULE_STAGE1_KVM,
        RULE_STAGE1_FLY, /* with the rights of the host's root */
        _RULE_STAGE1_MAX,
} RuleStage1;

/* Some of them, a bit each. */
#define RULE_STAGE1_BIT(stage1) (1U << (stage1))
#define RULE_STAGE1_ISOLATED (RULE_STAGE1_BIT(RULE_STAGE1_NSPAWN) | RULE_STAGE1_BIT(RULE_STAGE1_KVM))

/* One word or more, with blanks between them. 0, or -EINVAL and a text in *reterr_why (may be NULL). */
int rule_stage1_parse(const char *words, unsigned *ret, char **reterr_why);

/* The reverse: "nspawn kvm", at most. */
#define RULE_STAGE1_TEXT_MAX 32U
void rule_stage1_format(unsigned set, char ret[static RULE_STAGE1_TEXT_MAX]);
