/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/json.h"

/* Documents by table: one row a member says what it is called, how it is read and written, where it is kept.
 *
 *         static const JsonField fields[] = {
 *                 { "digest", decode_digest, offsetof(Descriptor, digest), JSON_MANDATORY },
 *                 { "size", json_decode_u64, offsetof(Descriptor, size), JSON_MANDATORY },
 *                 { "tags", decode_tag, offsetof(Descriptor, tags), JSON_ITEMS(Descriptor, tags) },
 *                 {},
 *         };
 *
 * Unknown members are ignored, unless the table ends with JSON_CLOSED; null is absent. A target starts as all
 * zero; when decoding fails it is half filled, and the caller frees it as a whole. */

/* Where in the document a decoder is. */
typedef struct JsonPath JsonPath;

typedef int (*JsonDecode)(const Json *value, void *member, const JsonPath *at);
typedef int (*JsonEncode)(const void *member, Json **ret); /* *ret = NULL: the member is not written */

typedef enum JsonFlags {
        JSON_MANDATORY = 1 << 0,
        JSON_NO_OTHERS = 1 << 1, /* in the last row only: JSON_CLOSED */
} JsonFlags;

typedef struct JsonField {
        const char *key;
        JsonDecode decode; /* of the member, or of one item if item_size is set */
        size_t offset;
        JsonFlags flags;
        JsonEncode encode; /* NULL: never written */
        size_t item_size;  /* not 0: the member is a pointer to an array, see JSON_ITEMS() */
        size_t count_offset;
        size_t max; /* number of items allowed; 0 means JSON_ITEMS_MAX */
} JsonField;

#define JSON_ITEMS_MAX 1024U

/* The last row of a table that knows every member: any other is refused. For what is signed: of a document
 * that says more, another tool might read the rest. */
#define JSON_CLOSED                                                                                         \
        { .flags = JSON_NO_OTHERS }

/* The member `T *name` is an array with its length in `size_t n_name`. */
#define JSON_ITEMS(type, name)                                                                              \
        .item_size = sizeof(*((type *) NULL)->name), .count_offset = offsetof(type, n_##name)

/* Parses a document and decodes its root into `target`. -EBADMSG and *reterr_why ("layers[2].digest: not a
 * string") if it is not what it should be. */
int json_parse_into(const void *data, size_t size, JsonDecode decode, void *target, char **reterr_why);

/* The same for a value that has been parsed. */
int json_decode(const Json *value, JsonDecode decode, void *target, char **reterr_why);

/* What a decoder says when it refuses: returns -EBADMSG. The text is put behind the path, foreign characters
 * in it are escaped. Quote with " rather than '. */
int json_refuse(const JsonPath *at, const char *format, ...) _printf_(2, 3);

/* An object by its table (ends with an empty row). */
int json_decode_object(const Json *value, const JsonField *fields, void *target, const JsonPath *at);
int json_encode_object(const JsonField *fields, const void *target, Json **ret);

/* An array alone: `how` is a row of which decode, encode and JSON_ITEMS() count, or its parts written out.
 * */
int json_decode_items(const Json *value, const JsonField *how, void *target, const JsonPath *at);
int json_encode_items(const JsonField *how, const void *target, Json **ret);

/* Decoders for one member, and encoders that leave out what is zero. */
int json_decode_string(const Json *value, void *member, const JsonPath *at); /* char *, owned */
int json_decode_bool(const Json *value, void *member, const JsonPath *at);   /* bool */
int json_decode_i64(const Json *value, void *member, const JsonPath *at);    /* int64_t */
int json_decode_u64(const Json *value, void *member, const JsonPath *at);    /* uint64_t */
int json_decode_u32(const Json *value, void *member, const JsonPath *at);    /* uint32_t */
int json_decode_strv(const Json *value, void *member, const JsonPath *at);   /* char **, from strings */
int json_decode_keys(const Json *value, void *member, const JsonPath *at);   /* char **, an object's keys */
int json_decode_map(const Json *value, void *member, const JsonPath *at);    /* Pairs, from an object */
int json_decode_any(const Json *value, void *member, const JsonPath *at);    /* Json *, a reference */

int json_encode_string(const void *member, Json **ret);
int json_encode_bool(const void *member, Json **ret);
int json_encode_i64(const void *member, Json **ret);
int json_encode_u64(const void *member, Json **ret);
int json_encode_u32(const void *member, Json **ret);
int json_encode_strv(const void *member, Json **ret);
int json_encode_map(const void *member, Json **ret);
int json_encode_any(const void *member, Json **ret);
