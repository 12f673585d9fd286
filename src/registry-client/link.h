/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* Finds where the next page of a list is (rel="next") in the value of Link (several headers are joined with ", ").
 * Returns 1 and a URL, relative perhaps, 0 if there is none, or -EBADMSG if the header is not what the RFC allows. */
int link_next(const char *header, char **ret);
