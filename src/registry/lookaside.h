/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* Where signatures are kept apart from the images they are for: "https://HOST[:PORT][/PATH]", "http://…" or
 * "file:///PATH". */

/* Checks what an administrator has written; slashes at its end are left out. -EINVAL and *reterr_why (may be NULL). */
int lookaside_parse(const char *text, char **ret, char **reterr_why);

/* Of what lookaside_parse() gave: the directory, or NULL if it is not a file: URL; borrowed. */
const char *lookaside_directory(const char *url);

/* The HOST[:PORT] of one that is not. */
int lookaside_host(const char *url, char **ret);
