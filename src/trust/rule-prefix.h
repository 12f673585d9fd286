/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/types.h>

#include "basic/macro.h"

/* The beginning of images' names that a rule is for: "*", "quay.io/coreos", "oci:/srv/images"; "aci:*" and
 * "aci:example.com/hello" for appc images alone. */

/* Whether there can be an image that it is for. 0, or -EINVAL and a text in *reterr_why (may be NULL). */
int rule_prefix_check(const char *prefix, char **reterr_why);

bool rule_prefix_is_aci(const char *prefix);

/* How specific it is about `name`, which begins with "aci:" if it is that of an appc image: the more
 * components the more, and of two that are equally long, the one for appc images alone. -1 if it is not
 * for that name. */
ssize_t rule_prefix_match(const char *prefix, const char *name);
