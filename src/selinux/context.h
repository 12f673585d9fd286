/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* "USER:ROLE:TYPE:LEVEL" with another type, unless that is NULL, and another level. -EINVAL if it is none. */
int context_with(const char *context, const char *type, const char *level, char **ret);

/* The context that `key` has in the text of an lxc_contexts: lines of KEY = "CONTEXT". -ENOENT: there is no such line. */
int context_find(const char *text, const char *key, char **ret);
