/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* What the administrator says about the images below one name. */

typedef enum RuleRequire {
        RULE_REQUIRE_SIGNATURE,
        RULE_REQUIRE_DIGEST,  /* only references pinned by digest */
        RULE_REQUIRE_NOTHING, /* anything under that name */
} RuleRequire;

typedef enum RuleSignedName {
        RULE_SIGNED_NAME_REPOSITORY, /* the name inside a payload must be the image's, tag and digest apart */
        RULE_SIGNED_NAME_EXACT,      /* the very reference that was asked for, tag or digest included */
        RULE_SIGNED_NAME_ANY,
} RuleSignedName;

typedef struct Rule {
        char *file; /* as given to rule_set_add() */
        char *prefix; /* "*", "quay.io/coreos", "oci:/srv/images"; NULL in a broken rule that governs everything */
        RuleRequire require;
        RuleSignedName signed_name;
        unsigned threshold; /* so many different keys must have signed; 1 or more */
        bool enforce;       /* false: what would be refused is admitted, and logged */
        char **keys; /* paths of the key files; at least one if a signature is required, else none */
        char *broken; /* NULL, or why nothing under this name can be admitted: "FILE: line 3: unknown key 'Foo'" */
} Rule;

/* The rules of all files. */
typedef struct RuleSet RuleSet;

int rule_set_new(RuleSet **ret);
RuleSet *rule_set_free(RuleSet *set);
DEFINE_CLEANUP(RuleSet, rule_set_free)
#define _cleanup_rule_set_ _cleanup_(rule_set_freep)

/* Adds the rule of one file. A file that cannot be used still governs: its rule is added as a broken one,
 * under its prefix where that could be read and over everything otherwise. The return value is then
 * -EBADMSG with the rule's text in *reterr_why (may be NULL), or -EEXIST if an earlier file has the same
 * prefix (both rules become broken). Callers warn and go on; only -ENOMEM is an end. */
int rule_set_add(RuleSet *set, const char *file, const void *text, size_t size, char **reterr_why);

/* The same for a file that could not be read or whose keys cannot be used: everything under `prefix` (NULL:
 * everything at all) is refused because of `why`, which names the file. A rule of that prefix becomes
 * broken. 0 or -ENOMEM. */
int rule_set_add_broken(RuleSet *set, const char *file, const char *prefix, const char *why);

/* The rule that governs `name` (see reference_name()): a broken one over everything first, else the longest
 * prefix of whole components, "*" being the shortest. NULL if there is none. */
const Rule *rule_set_match(const RuleSet *set, const char *name);

/* All of them, in the order they were added. NULL behind the end. */
const Rule *rule_set_at(const RuleSet *set, size_t i);

const char *rule_require_to_string(RuleRequire require); /* "signature", "digest", "nothing" */

/* What Prefix= may say; gantry-trust asks before it writes a file. 0, or -EINVAL and a text in *reterr_why. */
int rule_prefix_check(const char *prefix, char **reterr_why);
