/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"
#include "trust/rule-prefix.h"
#include "trust/rule-stage1.h"

/* What the administrator says about the images below one name: a file of trust.d and its drop-ins. */

#define RULE_THRESHOLD_MAX 64U

typedef enum RuleRequire {
        RULE_REQUIRE_SIGNATURE,
        RULE_REQUIRE_DIGEST,  /* only references pinned by digest */
        RULE_REQUIRE_NOTHING, /* anything under that name */
} RuleRequire;

typedef enum RuleSignedName {
        RULE_SIGNED_NAME_REPOSITORY, /* the name in a payload must be the image's, tag and digest apart */
        RULE_SIGNED_NAME_EXACT,      /* the very reference that was asked for, tag or digest included */
        RULE_SIGNED_NAME_ANY,
} RuleSignedName;

typedef enum RuleSetting {
        RULE_PREFIX,
        RULE_REQUIRE,
        RULE_KEY,
        RULE_KEY_DIRECTORY,
        RULE_THRESHOLD,
        RULE_SIGNED_NAME,
        RULE_ENFORCE,
        RULE_ALLOW_STAGE1,
        _RULE_SETTING_MAX,
} RuleSetting;

/* Where something is said. */
typedef struct RulePlace {
        const char *file; /* the rule's own or one of its drop-ins; borrowed from the rule; NULL: nowhere */
        unsigned line;
} RulePlace;

typedef struct Rule {
        char *file;
        char **drop_ins;
        char *prefix; /* NULL in a broken rule that governs everything */
        RuleRequire require;
        RuleSignedName signed_name;
        unsigned threshold;    /* so many different keys must have signed; 1 or more */
        bool enforce;          /* false: what would be refused is admitted and logged */
        unsigned allow_stage1; /* of RULE_STAGE1_BIT(); `enforce` has no say in it */
        char **keys;           /* paths of key files; policy_load() adds those in the directories */
        RulePlace *key_places; /* where each of them was said; NULL: on a command line */
        char **directories;    /* of keys */
        RulePlace *directory_places;
        RulePlace places[_RULE_SETTING_MAX]; /* where each setting was said last */

        char *broken; /* NULL, or why nothing under this name is admitted: "FILE:3: unknown key: 'Foo'" */
        const char *broken_why; /* the end of that text, behind the place */
        RulePlace broken_place;
} Rule;

/* A rule without any text yet. It is filled by rule_read() with the file's own text and then with that of
 * each drop-in, and is not to be used before rule_complete(). Whatever is wrong breaks the rule: it still
 * governs, and refuses, what its prefix says, and everything if that cannot be read. All return 0 or
 * -ENOMEM. */
int rule_new(const char *file, Rule **ret);
int rule_read(Rule *rule, const char *file, const void *text, size_t size);
int rule_read_failed(Rule *rule, const char *file, int error); /* the same for a file that cannot be read */
int rule_complete(Rule *rule);

/* All of this for a file without drop-ins. */
int rule_parse(const char *file, const void *text, size_t size, Rule **ret);

/* One more key, as if Key= had said it there. One that it has already is not added again. */
int rule_add_key(Rule *rule, const char *path, RulePlace place);

/* Makes it a broken rule; the first reason is kept. */
int rule_break(Rule *rule, RulePlace place, const char *format, ...) _printf_(3, 4);

Rule *rule_free(Rule *rule);
DEFINE_CLEANUP(Rule, rule_free)
#define _cleanup_rule_ _cleanup_(rule_freep)

const char *rule_require_to_string(RuleRequire require);            /* "signature", "digest", "nothing" */
const char *rule_signed_name_to_string(RuleSignedName signed_name); /* "repository", "exact", "any" */
