/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* Called for each `key=value` line; `section` and `key` are never empty, blanks around the value are gone,
 * `line` is the number of the one it begins on. Returns 0, or -errno with an allocated *reterr_why ("unknown
 * key 'Foo'"). */
typedef int (*IniHandler)(const char *section, const char *key, const char *value, unsigned line,
                          void *userdata, char **reterr_why);

/* Called for each [section] line, for files in which a section may come again. As above. */
typedef int (*IniSectionHandler)(const char *section, void *userdata, char **reterr_why);

/* Parses a configuration file as systemd.syntax(7) has it: [Section], key=value, # and ; comments, a
 * backslash at the end of a line goes on with the next. Anything else is an error: -EBADMSG and "line N:
 * …" in *reterr_why (may be NULL); what the handler returns is passed on, its text prefixed by the line. */
int ini_parse(const char *text, size_t size, IniHandler handler, void *userdata, char **reterr_why);

/* The same, and `begin` hears of sections. */
int ini_parse_sections(const char *text, size_t size, IniSectionHandler begin, IniHandler handler,
                       void *userdata, char **reterr_why);

/* The same for whoever writes "FILE:LINE: why": both are set if it fails, but for lack of memory, and the
 * text does not name the line. */
int ini_parse_at(const char *text, size_t size, IniSectionHandler begin, IniHandler handler, void *userdata,
                 unsigned *reterr_line, char **reterr_why);

/* Hears of a line that cannot be used. 0 or -errno, which ends it. */
typedef int (*IniComplaint)(unsigned line, const char *why, void *userdata);

/* The same for whoever wants to know of all that is wrong: reading goes on behind each line that is, also behind
 * one that a handler refuses. Returns 0, -ENOMEM, or what `complain` does. */
int ini_parse_each(const char *text, size_t size, IniSectionHandler begin, IniHandler handler,
                   IniComplaint complain, void *userdata);

/* yes, true, on, 1 and their opposites. -EINVAL otherwise. */
int ini_parse_bool(const char *value, bool *ret);
