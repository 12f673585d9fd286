/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>

#include "seccomp/rules.h"

#define SECCOMP_PROFILE_MAX (1024U * 1024U)

/* A profile as OCI runtimes ("linux.seccomp") and Docker and podman (with archMap, includes, excludes) have it, for an
 * app with these capabilities on this machine. -EBADMSG and *reterr_why for a document that is not one, for an action
 * nobody knows, for one that lets everything through. */
int seccomp_profile_parse(const void *data, size_t size, uint64_t capabilities, SeccompRules *rules,
                          char **reterr_why);
