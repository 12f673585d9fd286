/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "store/store.h"
#include "verify/judge.h"

/* An image of the store that is to be run by these (trust_judge_stage1()). `name` is taken; NULL for the one it was admitted under. -ENOENT if it
 * is not there. */
int stored_judge(Store *s, const Policy *policy, const Digest *id, Reference *name, unsigned stage1s,
                 Evidence *ret_evidence, Answer *ret);

/* The images that it was completed with, which are logged and shown as it is. If one of them is refused or is not
 * there, so is it, and the answer says why. */
int stored_judge_needed(Store *s, const Policy *policy, const Digest *id, unsigned stage1s, Answer *answer);
