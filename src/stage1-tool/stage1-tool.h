/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "store/store.h"

/* One a verb; they log. 0 or -errno. */
int stage1_tool_build(Store *s, const char *only); /* "image", "initrd", or NULL for both */
int stage1_tool_list(Store *s);
int stage1_tool_rm(Store *s, char *const *versions);
