/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/json.h"
#include "seccomp/rules.h"

/* The values of appc's isolators "os/linux/seccomp-retain-set" and "…-remove-set": {"set": [names and groups], "errno":
 * "EPERM"}. Without an errno what is not allowed is fatal (SIGSYS).
 * Groups are systemd's ("@file-system", also "@systemd/file-system"), "@docker/default-whitelist" and
 * "@rkt/default-whitelist". What leaves no filter at all is refused, "@appc.io/all" and "@appc.io/empty" included: that
 * is for who runs the pod to say. -EBADMSG and *reterr_why. */

/* Nothing but these calls, and what a process needs to begin and to end. */
int seccomp_retain(const Json *value, uint64_t capabilities, SeccompRules *rules, char **reterr_why);

/* The default without these. */
int seccomp_remove(const Json *value, uint64_t capabilities, SeccompRules *rules, char **reterr_why);
