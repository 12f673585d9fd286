/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/blob.h"
#include "basic/macro.h"

/* A JSON value, reference counted. Whoever asks an accessor borrows the answer. */
typedef struct Json Json;

typedef enum JsonKind {
        JSON_KIND_NULL,
        JSON_KIND_BOOL,
        JSON_KIND_INTEGER,
        JSON_KIND_REAL,
        JSON_KIND_STRING,
        JSON_KIND_ARRAY,
        JSON_KIND_OBJECT,
} JsonKind;

/* Opens what the parser would open at its first object (/dev/urandom); only for a process about to enter a
 * sandbox. */
void json_init(void);

/* Parses one whole document. Refused with -EBADMSG: duplicate keys (compared unescaped), bytes before or
 * after the value other than blanks, NUL in any form, invalid UTF-8, numbers out of range, nesting deeper
 * than 64. *reterr_why (may be NULL) then says where and what; foreign text in it has been escaped. */
int json_parse(const void *data, size_t size, Json **ret, char **reterr_why);

/* The same for documents that have no reason to nest deeper than `depth`. */
int json_parse_shallow(const void *data, size_t size, size_t depth, Json **ret, char **reterr_why);

Json *json_ref(const Json *j);
Json *json_unref(Json *j);
DEFINE_CLEANUP(Json, json_unref)
#define _cleanup_json_ _cleanup_(json_unrefp)

/* Accessors take NULL, which is as good as null. */
JsonKind json_kind(const Json *j);
const char *json_text(const Json *j);        /* NULL if it is not a string */
int json_int(const Json *j, int64_t *ret);   /* -EINVAL if it is not an integer */
int json_uint(const Json *j, uint64_t *ret); /* … or is negative */
int json_double(const Json *j, double *ret); /* -EINVAL if it is neither an integer nor a real */
int json_bool(const Json *j, bool *ret);     /* -EINVAL if it is neither true nor false */

size_t json_length(const Json *j);                /* items or members; 0 if it is neither array nor object */
const Json *json_at(const Json *array, size_t i); /* NULL behind the end */
const Json *json_get(const Json *object, const char *key); /* NULL if absent, null or not in an object */
const char *json_get_text(const Json *object, const char *key); /* both steps at once */

/* Walks over the members: for (void *i = NULL; json_next(object, &i, &key, &value);) */
bool json_next(const Json *object, void **iterator, const char **ret_key, const Json **ret_value);

/* The same document, whatever the order of members. */
bool json_same(const Json *a, const Json *b);

/* Builders return NULL only on lack of memory, or for text that is not UTF-8. json_set() and json_append()
 * own `taken` from then on, also when they fail; NULL fails with -EINVAL, so that json_set(o, "key",
 * json_new_string(s)) needs one check only. */
Json *json_new_object(void);
Json *json_new_array(void);
Json *json_new_string(const char *s);
Json *json_new_int(int64_t i);
Json *json_new_bool(bool b);
Json *json_new_strv(char *const *l); /* an array; NULL is the empty one */
int json_set(Json *object, const char *key, Json *taken);
int json_append(Json *array, Json *taken);
void json_remove(Json *object, const char *key); /* if it is there */

/* The common cases. A NULL string sets nothing; a NULL strv sets an empty array. */
int json_set_string(Json *object, const char *key, const char *value);
int json_set_int(Json *object, const char *key, int64_t value);
int json_set_bool(Json *object, const char *key, bool value);
int json_set_strv(Json *object, const char *key, char *const *value);

/* Writes it: members in the order they were set, a newline at the end, NUL-terminated one byte behind the
 * blob's size. `pretty` is indented by two, else there are no blanks. */
int json_format(const Json *j, bool pretty, Blob *ret);
