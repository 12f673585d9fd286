/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/types.h>

#include "basic/macro.h"

/* What somebody has written to the journal, as far as the host wants to know it. Strings are in the text that was parsed, which has room
 * for a NUL behind it, and is changed. */
#define JOURNAL_TEXT_MAX 8192
#define JOURNAL_NAME_MAX 63
#define JOURNAL_VALUE_MAX 511
#define JOURNAL_FIELDS_MAX 8

typedef struct JournalEntry {
        unsigned priority;
        const char *name; /* the identifier; NULL: it says none */
        const char *text;
        struct JournalField {
                const char *name, *value;
        } fields[JOURNAL_FIELDS_MAX]; /* the first of those that it has besides */
        size_t n_fields;
} JournalEntry;

/* Of syslog(3): "<30>Nov 26 10:00:00 web[7]: hello". There is nothing that is none. */
void journal_parse_syslog(char *text, size_t size, JournalEntry *ret);

/* Of sd_journal_send(3). -EBADMSG: it is none, or has no MESSAGE. */
int journal_parse_native(char *text, size_t size, JournalEntry *ret);

/* A line of a service's standard output: "<N>" at its beginning is its priority, if it may have one. */
void journal_parse_line(char *line, bool prefix, unsigned priority, JournalEntry *ret);
