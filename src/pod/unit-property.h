/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/blob.h"
#include "basic/macro.h"

/* Which properties of a pod's unit people may set, and what the manager is told when they do. Nothing here speaks
 * D-Bus: unit/property.h does. */

/* One item of a list, or one of its structs: what it holds, in the order of the signature. */
typedef struct UnitPropertyItem {
        char *text;          /* the first string */
        Blob bytes;          /* the second string, or an array of bytes */
        uint64_t numbers[4]; /* numbers of any size */
} UnitPropertyItem;

typedef struct UnitProperty {
        char name[40]; /* as the manager calls it: "CPUQuotaPerSecUSec" */
        const char *signature; /* "b", "i", "u", "t", "s", "ay", "as", "aay", "a(…)", or a struct, "(aiai)" or "(bas)" */
        UnitPropertyItem *items; /* one, or as many as the list has */
        size_t n_items;
} UnitProperty;

/* How unit files spell a value (pod/unit-text.h): what systemd makes of percent signs, backslashes and blanks in it. */
typedef enum UnitSpelling {
        UNIT_PLAIN,   /* percent signs begin specifiers */
        UNIT_LITERAL, /* nothing: "MemoryMax=10%" */
        UNIT_ESCAPED, /* backslashes are those of C */
        UNIT_WORD,    /* several words: all of the above, and quotes */
} UnitSpelling;

void unit_property_done(UnitProperty *p);
#define _cleanup_unit_property_ _cleanup_(unit_property_done)

/* "MemoryMax=1G", as in unit files; a list is emptied by nothing behind the "=". -EINVAL and *reterr_why: not a
 * property that a pod's unit may have, or not a value of it. */
int unit_property_parse(const char *assignment, UnitProperty *ret, char **reterr_why);

/* The same, for whoever only wants to know. */
int unit_property_check(const char *assignment, char **reterr_why);

/* How the value of "NAME=VALUE" is spelt. -EINVAL: not a property that a pod's unit may have. */
int unit_property_spelling(const char *assignment, UnitSpelling *ret);
