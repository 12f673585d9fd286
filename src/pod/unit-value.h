/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pod/unit-property.h"

/* What values of unit properties look like. Each kind puts what the manager is told into `p`: items, and another
 * name or signature where the manager has one for it. */

typedef struct UnitValueKind {
        const char *signature;
        const char *wants; /* for messages, behind "wants"; NULL: one of `words` */
        int (*parse)(const char *value, const char *words, UnitProperty *p); /* -EINVAL: not such a value */
        bool secret;                                                         /* not to be shown */
        UnitSpelling spelling;                                               /* in a unit file */
} UnitValueKind;

/* Of one value. What "words" there are goes into the table as "no on-failure always"; for
 * numbers it is their range, "-20 19". Where the manager wants a number for a word it is the word's place in the list. */
extern const UnitValueKind unit_boolean, unit_text, unit_slice, unit_word, unit_coded_word, unit_integer,
                unit_count, unit_weight, unit_cpu_weight, unit_size, unit_size_limit, unit_tasks, unit_quota,
                unit_share, unit_span, unit_cpus;

/* Of lists. */
extern const UnitValueKind unit_names, unit_uris, unit_paths, unit_devices, unit_device_weights,
                unit_device_sizes, unit_device_spans, unit_credential_files, unit_credentials,
                unit_sealed_credentials, unit_field, unit_statuses, unit_addresses, unit_sockets,
                unit_interfaces;

/* Appends an empty item. NULL on lack of memory. */
UnitPropertyItem *unit_property_add(UnitProperty *p);

/* The next of several words: *ret is its copy, owned by the caller, or NULL behind the last. */
int unit_value_word(const char **p, char **ret);
