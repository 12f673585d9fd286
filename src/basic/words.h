/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* A line as words, as systemd.service(5) has it under "COMMAND LINES", without its variables and specifiers: blanks
 * separate, '…' and "…" keep them, a backslash begins one of C's escapes. The strv is owned by the caller; a line without
 * words gives NULL. -EINVAL and *reterr_why (may be NULL) for anything else. */
int words_split(const char *text, char ***ret, char **reterr_why);

/* A word such that words_split() makes the same of it again. */
int word_quote(const char *word, char **ret);

/* What colons separate: "/a:/b:ro". A backslash takes the meaning from a colon or a backslash. Never empty: "" is one
 * empty field. Owned, and refused, as above. */
int fields_split(const char *text, char ***ret, char **reterr_why);

/* A field such that fields_split() makes the same of it again. */
int field_quote(const char *field, char **ret);
