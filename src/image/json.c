/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: JSON text in and out; the only user of jansson.
 * Never: guesses at what a damaged or ambiguous document may have meant.
 * Follows: RFC 8259, and its advice to refuse what parsers read differently. */

#include <jansson.h>

#include "basic/str.h"
#include "basic/strv.h"
#include "image/json.h"

#define DEPTH_MAX 64U

/* Json is jansson's json_t under a name that lets nobody else call jansson. */
static json_t *unwrap(const Json *j) {
        return (json_t *) j;
}

static Json *wrap(json_t *j) {
        return (Json *) j;
}

void json_init(void) {
        json_object_seed(0);
}

/* Jansson's own limit is 2048 levels of recursion. Up to the first error of a document this sees the nesting
 * that the parser sees, behind it nobody looks. */
static bool nested_too_deep(const char *p, size_t size, size_t max) {
        bool in_string = false;
        size_t depth = 0;

        for (size_t i = 0; i < size; i++)
                if (in_string) {
                        if (p[i] == '\\')
                                i++;
                        else if (p[i] == '"')
                                in_string = false;
                } else if (p[i] == '"')
                        in_string = true;
                else if (p[i] == '[' || p[i] == '{') {
                        if (++depth > max)
                                return true;
                } else if ((p[i] == ']' || p[i] == '}') && depth > 0)
                        depth--;

        return false;
}

static int refuse(char **reterr_why, const char *why) {
        return reterr_why && str_copy(why, reterr_why) < 0 ? -ENOMEM : -EBADMSG;
}

static int refuse_at(char **reterr_why, json_error_t *error) {
        /* Foreign text is quoted behind the one, jansson's flags are named behind the other. */
        static const char *const tails[] = { " near '", " without JSON_" };
        _cleanup_free_ char *why = NULL;

        if (json_error_code(error) == json_error_out_of_memory)
                return -ENOMEM;

        for (size_t i = 0; i < ELEMENTSOF(tails); i++) {
                char *tail = strstr(error->text, tails[i]);
                if (tail)
                        *tail = '\0';
        }

        int r = str_printf(&why, "line %d column %d: %s", error->line, error->column, error->text);
        return r < 0 ? r : refuse(reterr_why, why);
}

int json_parse_shallow(const void *data, size_t size, size_t depth, Json **ret, char **reterr_why) {
        json_error_t error;

        if (size == 0)
                return refuse(reterr_why, "the document is empty");
        if (nested_too_deep(data, size, depth))
                return refuse(reterr_why, "nested too deeply");

        json_t *root = json_loadb(data, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
        if (!root)
                return refuse_at(reterr_why, &error);

        *ret = wrap(root);
        return 0;
}

int json_parse(const void *data, size_t size, Json **ret, char **reterr_why) {
        return json_parse_shallow(data, size, DEPTH_MAX, ret, reterr_why);
}

Json *json_ref(const Json *j) {
        return wrap(json_incref(unwrap(j)));
}

Json *json_unref(Json *j) {
        json_decref(unwrap(j));
        return NULL;
}

JsonKind json_kind(const Json *j) {
        if (!j)
                return JSON_KIND_NULL;

        switch (json_typeof(unwrap(j))) {
        case JSON_OBJECT: return JSON_KIND_OBJECT;
        case JSON_ARRAY: return JSON_KIND_ARRAY;
        case JSON_STRING: return JSON_KIND_STRING;
        case JSON_INTEGER: return JSON_KIND_INTEGER;
        case JSON_REAL: return JSON_KIND_REAL;
        case JSON_TRUE:
        case JSON_FALSE: return JSON_KIND_BOOL;
        default: return JSON_KIND_NULL;
        }
}

const char *json_text(const Json *j) {
        return json_string_value(unwrap(j));
}

int json_int(const Json *j, int64_t *ret) {
        if (!json_is_integer(unwrap(j)))
                return -EINVAL;

        *ret = json_integer_value(unwrap(j));
        return 0;
}

int json_uint(const Json *j, uint64_t *ret) {
        int64_t i;

        if (json_int(j, &i) < 0 || i < 0)
                return -EINVAL;

        *ret = i;
        return 0;
}

int json_double(const Json *j, double *ret) {
        if (!json_is_number(unwrap(j)))
                return -EINVAL;

        *ret = json_number_value(unwrap(j));
        return 0;
}

int json_bool(const Json *j, bool *ret) {
        if (!json_is_boolean(unwrap(j)))
                return -EINVAL;

        *ret = json_is_true(unwrap(j));
        return 0;
}

size_t json_length(const Json *j) {
        return json_is_array(unwrap(j)) ? json_array_size(unwrap(j)) : json_object_size(unwrap(j));
}

const Json *json_at(const Json *array, size_t i) {
        return wrap(json_array_get(unwrap(array), i));
}

const Json *json_get(const Json *object, const char *key) {
        json_t *value = json_object_get(unwrap(object), key);
        return json_is_null(value) ? NULL : wrap(value);
}

const char *json_get_text(const Json *object, const char *key) {
        return json_text(json_get(object, key));
}

bool json_next(const Json *object, void **iterator, const char **ret_key, const Json **ret_value) {
        json_t *o = unwrap(object);

        *iterator = *iterator ? json_object_iter_next(o, *iterator) : json_object_iter(o);
        if (!*iterator)
                return false;

        *ret_key = json_object_iter_key(*iterator);
        *ret_value = wrap(json_object_iter_value(*iterator));
        return true;
}

bool json_same(const Json *a, const Json *b) {
        return a == b || json_equal(unwrap(a), unwrap(b));
}

Json *json_new_object(void) {
        return wrap(json_object());
}

Json *json_new_array(void) {
        return wrap(json_array());
}

Json *json_new_string(const char *s) {
        return wrap(json_string(s));
}

Json *json_new_int(int64_t i) {
        return wrap(json_integer(i));
}

Json *json_new_bool(bool b) {
        return wrap(json_boolean(b));
}

Json *json_new_strv(char *const *l) {
        _cleanup_json_ Json *array = json_new_array();

        STRV_FOREACH(s, l)
                if (json_append(array, json_new_string(*s)) < 0)
                        return NULL;

        return TAKE_PTR(array);
}

int json_set(Json *object, const char *key, Json *taken) {
        return json_object_set_new(unwrap(object), key, unwrap(taken)) < 0 ? -EINVAL : 0;
}

int json_append(Json *array, Json *taken) {
        return json_array_append_new(unwrap(array), unwrap(taken)) < 0 ? -EINVAL : 0;
}

void json_remove(Json *object, const char *key) {
        (void) json_object_del(unwrap(object), key);
}

int json_set_string(Json *object, const char *key, const char *value) {
        return value ? json_set(object, key, json_new_string(value)) : 0;
}

int json_set_int(Json *object, const char *key, int64_t value) {
        return json_set(object, key, json_new_int(value));
}

int json_set_bool(Json *object, const char *key, bool value) {
        return json_set(object, key, json_new_bool(value));
}

int json_set_strv(Json *object, const char *key, char *const *value) {
        return json_set(object, key, json_new_strv(value));
}

int json_format(const Json *j, bool pretty, Blob *ret) {
        char *text = json_dumps(unwrap(j), JSON_ENCODE_ANY | (pretty ? JSON_INDENT(2) : JSON_COMPACT));
        if (!text)
                return -ENOMEM;

        size_t size = strlen(text) + 1;
        char *grown = realloc(text, size + 1);
        if (!grown) {
                free(text);
                return -ENOMEM;
        }

        strcpy(grown + size - 1, "\n");
        *ret = (Blob) { .data = grown, .size = size };
        return 0;
}
