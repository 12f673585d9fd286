/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/blob.h"
#include "trust/key.h"
#include "trust/rules.h"

/* The administrator's trust rules as they are on disk at this moment: trust.d/ (*.conf), their drop-ins
 * in trust.d/NAME.conf.d/, and the key files they name. */

typedef struct KeyFile {
        char *path;
        Blob data; /* not parsed: that is for a worker */
} KeyFile;

typedef struct Policy {
        RuleSet *rules;
        KeyFile *keys; /* each path once */
        size_t n_keys;
} Policy;

/* Reads all of it. Files that cannot be read or used make broken rules, which refuse what they govern;
 * `complain` (may be NULL) hears of each. Only lack of memory or an unreadable directory of rules is an
 * error: then nothing may be admitted. */
int policy_load(void (*complain)(const char *why), Policy *ret);
void policy_done(Policy *p);
#define _cleanup_policy_ _cleanup_(policy_done)

/* NULL if no rule names it, or it could not be read. */
const KeyFile *policy_find_key(const Policy *p, const char *path);

/* Parses the keys of one rule, those of its directories included, or of all rules for NULL (then those
 * that do not parse are passed over). For workers. The array and the keys are owned by the caller, see
 * policy_keys_free(). -EBADMSG and *reterr_why (may be NULL) names the file if one cannot be used, or if
 * there are not as many different keys as the rule's threshold. */
int policy_parse_keys(const Policy *p, const Rule *rule, TrustKey ***ret, size_t *ret_n, char **reterr_why);
void policy_keys_free(TrustKey **keys, size_t n);
