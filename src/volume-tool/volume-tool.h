/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "store/store.h"
#include "volume-tool/users.h"

/* One a verb; they log. 0 or -errno. */
int volume_tool_list(Store *s);
int volume_tool_rm(Store *s, char *const *names);
