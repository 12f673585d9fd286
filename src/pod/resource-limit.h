/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A resource limit as people write it, "nofile=1024:4096" or "RLIMIT_NOFILE=unlimited", as it is kept and as units have it behind "Limit":
 * "NOFILE=1024:4096", "NOFILE=infinity:infinity". -EINVAL and *reterr_why ("it must be …"). */
int resource_limit_read(const char *value, char **ret, char **reterr_why);
