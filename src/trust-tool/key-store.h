/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "policy/policy.h"
#include "trust-tool/key-choice.h"

/* Writes a key into /etc/gantry/keys, in place of an older copy of it. *ret_path is owned by the caller.
 * Logs. */
int key_store_write(const struct ChosenKey *key, char **ret_path);

/* Which of the rule's keys has that fingerprint, as it is shown or typed. Returns 1 if there is one, 0 if
 * not, or -errno. */
int rule_find_key(const Policy *policy, const Rule *rule, const char *fingerprint, size_t *ret);
