/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdio.h>

/* Text as systemd's unit files spell it, so that the manager reads the very text again: no directive, specifier or variable
 * comes of it. There are two spellings of what is free text. -EINVAL for what a unit file cannot hold: what systemd
 * does not take for UTF-8, and line breaks where they cannot be escaped. */

/* All that is behind the "=", as in "Description=". No blanks at its ends, no backslash at the end. */
int unit_put_plain(FILE *f, const char *text);

/* One of several words, quoted, as in "Environment="; no control characters but tabs and line breaks. */
int unit_put_word(FILE *f, const char *text);

/* A whole line: "NAME=VALUE", as pod/unit-property.h takes it. */
int unit_put_property(FILE *f, const char *assignment);
