/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: turning JSON values into structs and back, row by row, and saying where a document is wrong.
 * Never: allocates on a count that the document did not pay for in bytes; overwrites what has been decoded.
 * Follows: json-table.h. */

#include <stdarg.h>
#include <stdio.h>

#include "basic/str.h"
#include "image/json-table.h"
#include "image/pairs.h"

#define MESSAGE_MAX 400U

/* One step from the root. The root has neither parent nor key. */
struct JsonPath {
        const JsonPath *parent;
        const char *key; /* NULL: an item */
        size_t index;
        char **reterr_why; /* in the root only */
};

static void print_path(FILE *f, const JsonPath *at) {
        if (!at->parent)
                return;

        print_path(f, at->parent);
        if (!at->key)
                fprintf(f, "[%zu]", at->index);
        else
                fprintf(f, "%s%s", at->parent->parent ? "." : "", at->key);
}

static char **find_reterr(const JsonPath *at) {
        while (at->parent)
                at = at->parent;

        return at->reterr_why;
}

int json_refuse(const JsonPath *at, const char *format, ...) {
        char **reterr_why = find_reterr(at);
        _cleanup_free_ char *text = NULL;
        size_t size;
        va_list ap;

        if (!reterr_why)
                return -EBADMSG;

        FILE *f = open_memstream(&text, &size);
        if (!f)
                return -ENOMEM;

        print_path(f, at);
        if (at->parent)
                fputs(": ", f);
        va_start(ap, format);
        vfprintf(f, format, ap);
        va_end(ap);
        if (fclose(f) != 0)
                return -ENOMEM;

        char *why = str_escape(text, size, MESSAGE_MAX);
        if (!why)
                return -ENOMEM;

        *reterr_why = why;
        return -EBADMSG;
}

int json_decode(const Json *value, JsonDecode decode, void *target, char **reterr_why) {
        return decode(value, target, &(JsonPath) { .reterr_why = reterr_why });
}

int json_parse_into(const void *data, size_t size, JsonDecode decode, void *target, char **reterr_why) {
        _cleanup_json_ Json *root = NULL;

        int r = json_parse(data, size, &root, reterr_why);
        if (r < 0)
                return r;

        return json_decode(root, decode, target, reterr_why);
}

/* The array is put into the target before its items are decoded, so that whoever frees the target frees
 * them. */
static int new_items(const JsonField *how, size_t n, void *target, void **ret) {
        void *items = calloc(n, how->item_size);
        if (!items)
                return -ENOMEM;

        memcpy((char *) target + how->offset, &items, sizeof(items));
        memcpy((char *) target + how->count_offset, &n, sizeof(n));
        *ret = items;
        return 0;
}

static size_t count_items(const JsonField *how, const void *target) {
        size_t n;

        memcpy(&n, (const char *) target + how->count_offset, sizeof(n));
        return n;
}

int json_decode_items(const Json *value, const JsonField *how, void *target, const JsonPath *at) {
        size_t n = json_length(value), max = how->max > 0 ? how->max : JSON_ITEMS_MAX;
        void *items;

        if (json_kind(value) != JSON_KIND_ARRAY)
                return json_refuse(at, "not an array");
        if (n > max)
                return json_refuse(at, "%zu items, only %zu are allowed", n, max);
        if (count_items(how, target) > 0)
                return json_refuse(at, "given twice, in two spellings");
        if (n == 0)
                return 0;

        int r = new_items(how, n, target, &items);
        for (size_t i = 0; r >= 0 && i < n; i++) {
                void *item = (char *) items + i * how->item_size;
                r = how->decode(json_at(value, i), item, &(JsonPath) { .parent = at, .index = i });
        }

        return r;
}

static int decode_field(const Json *value, const JsonField *field, void *target, const JsonPath *at) {
        if (!value)
                return field->flags & JSON_MANDATORY ? json_refuse(at, "missing") : 0;
        if (field->item_size > 0)
                return json_decode_items(value, field, target, at);

        return field->decode(value, (char *) target + field->offset, at);
}

static bool has_row(const JsonField *fields, const char *key) {
        for (const JsonField *f = fields; f->key; f++)
                if (streq(f->key, key))
                        return true;
        return false;
}

static int refuse_others(const Json *object, const JsonField *fields, const JsonPath *at) {
        const char *key;
        const Json *value;

        for (void *i = NULL; json_next(object, &i, &key, &value);)
                if (!has_row(fields, key))
                        return json_refuse(at, "unknown member \"%s\"", key);
        return 0;
}

int json_decode_object(const Json *value, const JsonField *fields, void *target, const JsonPath *at) {
        const JsonField *f = fields;

        if (json_kind(value) != JSON_KIND_OBJECT)
                return json_refuse(at, "not an object");

        for (; f->key; f++) {
                int r = decode_field(json_get(value, f->key), f, target,
                                     &(JsonPath) { .parent = at, .key = f->key });
                if (r < 0)
                        return r;
        }

        return f->flags & JSON_NO_OTHERS ? refuse_others(value, fields, at) : 0;
}

int json_encode_items(const JsonField *how, const void *target, Json **ret) {
        size_t n = count_items(how, target);
        const char *items;

        if (n == 0)
                return 0;

        _cleanup_json_ Json *array = json_new_array();
        memcpy(&items, (const char *) target + how->offset, sizeof(items));
        for (size_t i = 0; i < n; i++) {
                _cleanup_json_ Json *item = NULL;

                int r = how->encode(items + i * how->item_size, &item);
                if (r >= 0)
                        r = json_append(array, TAKE_PTR(item));
                if (r < 0)
                        return r;
        }

        *ret = TAKE_PTR(array);
        return 0;
}

static int encode_field(const JsonField *field, const void *target, Json *object) {
        _cleanup_json_ Json *value = NULL;

        int r = field->item_size > 0 ? json_encode_items(field, target, &value)
                                     : field->encode((const char *) target + field->offset, &value);
        if (r < 0 || !value)
                return r;

        return json_set(object, field->key, TAKE_PTR(value));
}

int json_encode_object(const JsonField *fields, const void *target, Json **ret) {
        _cleanup_json_ Json *object = json_new_object();
        if (!object)
                return -ENOMEM;

        for (const JsonField *f = fields; f->key; f++)
                if (f->encode) {
                        int r = encode_field(f, target, object);
                        if (r < 0)
                                return r;
                }

        *ret = TAKE_PTR(object);
        return 0;
}

int json_decode_string(const Json *value, void *member, const JsonPath *at) {
        const char *text = json_text(value);
        return text ? str_copy(text, member) : json_refuse(at, "not a string");
}

int json_decode_bool(const Json *value, void *member, const JsonPath *at) {
        return json_bool(value, member) < 0 ? json_refuse(at, "neither true nor false") : 0;
}

int json_decode_i64(const Json *value, void *member, const JsonPath *at) {
        return json_int(value, member) < 0 ? json_refuse(at, "not an integer") : 0;
}

int json_decode_u64(const Json *value, void *member, const JsonPath *at) {
        return json_uint(value, member) < 0 ? json_refuse(at, "not an integer of 0 or more") : 0;
}

int json_decode_u32(const Json *value, void *member, const JsonPath *at) {
        uint64_t u;

        if (json_uint(value, &u) < 0 || u > UINT32_MAX)
                return json_refuse(at, "not an integer from 0 to 4294967295");

        *(uint32_t *) member = u;
        return 0;
}

/* One more than needed: zeroed, so that the list ends with NULL at any time. */
static int new_strv(size_t n, char ***ret) {
        char **l = calloc(n + 1, sizeof(char *));
        if (!l)
                return -ENOMEM;

        *ret = l;
        return 0;
}

int json_decode_strv(const Json *value, void *member, const JsonPath *at) {
        size_t n = json_length(value);
        char ***l = member;

        if (json_kind(value) != JSON_KIND_ARRAY)
                return json_refuse(at, "not an array");
        if (n == 0)
                return 0;

        int r = new_strv(n, l);
        for (size_t i = 0; r >= 0 && i < n; i++)
                r = json_decode_string(json_at(value, i), *l + i, &(JsonPath) { .parent = at, .index = i });

        return r;
}

int json_decode_keys(const Json *value, void *member, const JsonPath *at) {
        size_t n = json_length(value), i = 0;
        char ***l = member;
        const Json *unused;
        const char *key;

        if (json_kind(value) != JSON_KIND_OBJECT)
                return json_refuse(at, "not an object");
        if (n == 0)
                return 0;

        int r = new_strv(n, l);
        for (void *iterator = NULL; r >= 0 && json_next(value, &iterator, &key, &unused);)
                r = str_copy(key, &(*l)[i++]);

        return r;
}

int json_decode_map(const Json *value, void *member, const JsonPath *at) {
        Pairs *pairs = member;
        const Json *v;
        const char *key;

        if (json_kind(value) != JSON_KIND_OBJECT)
                return json_refuse(at, "not an object");

        for (void *iterator = NULL; json_next(value, &iterator, &key, &v);) {
                if (!json_text(v))
                        return json_refuse(&(JsonPath) { .parent = at, .key = key }, "not a string");

                int r = pairs_add(pairs, key, json_text(v));
                if (r < 0)
                        return r;
        }

        return 0;
}

int json_decode_any(const Json *value, void *member, const JsonPath *at) {
        *(Json **) member = json_ref(value);
        return 0;
}

static int encoded(Json *value, Json **ret) {
        if (!value)
                return -EINVAL; /* text that is not UTF-8 */

        *ret = value;
        return 0;
}

int json_encode_string(const void *member, Json **ret) {
        const char *s = *(char *const *) member;
        return s ? encoded(json_new_string(s), ret) : 0;
}

int json_encode_bool(const void *member, Json **ret) {
        return *(const bool *) member ? encoded(json_new_bool(true), ret) : 0;
}

int json_encode_i64(const void *member, Json **ret) {
        int64_t i = *(const int64_t *) member;
        return i != 0 ? encoded(json_new_int(i), ret) : 0;
}

int json_encode_u64(const void *member, Json **ret) {
        uint64_t u = *(const uint64_t *) member;
        return u > INT64_MAX ? -ERANGE : json_encode_i64(&(int64_t) { u }, ret);
}

int json_encode_u32(const void *member, Json **ret) {
        return json_encode_i64(&(int64_t) { *(const uint32_t *) member }, ret);
}

int json_encode_strv(const void *member, Json **ret) {
        char *const *l = *(char **const *) member;
        return l && *l ? encoded(json_new_strv(l), ret) : 0;
}

int json_encode_map(const void *member, Json **ret) {
        const Pairs *pairs = member;
        if (pairs->n == 0)
                return 0;

        _cleanup_json_ Json *object = json_new_object();
        for (size_t i = 0; i < pairs->n; i++) {
                int r = json_set_string(object, pairs->items[i].name, pairs->items[i].value);
                if (r < 0)
                        return r;
        }

        return encoded(TAKE_PTR(object), ret);
}

int json_encode_any(const void *member, Json **ret) {
        const Json *value = *(Json *const *) member;
        return value ? encoded(json_ref(value), ret) : 0;
}
