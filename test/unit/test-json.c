/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of image/json, image/json-table and image/pairs.
 * Never: looks behind json.h for jansson.
 * Follows: RFC 8259. */

#include "corpus.h"

#include "basic/strv.h"
#include "image/json-table.h"
#include "image/pairs.h"

static Json *parse_text(const char *text) {
        Json *j = NULL;

        assert_int_equal(json_parse(text, strlen(text), &j, NULL), 0);
        return j;
}

static int parse_and_forget(const void *data, size_t size, char **reterr_why) {
        _cleanup_json_ Json *j = NULL;

        int r = json_parse(data, size, &j, reterr_why);
        assert_true((r == 0) == (j != NULL));
        return r;
}

static void test_must_pass(void **state) {
        corpus_must_pass("json", parse_and_forget);
}

static void test_must_fail(void **state) {
        corpus_must_fail("json", parse_and_forget);
}

static void test_no_message_wanted(void **state) {
        assert_int_equal(parse_and_forget("{", 1, NULL), -EBADMSG);
        assert_int_equal(parse_and_forget(NULL, 0, NULL), -EBADMSG);
}

static int parse_shallow(const char *text, size_t depth) {
        _cleanup_json_ Json *j = NULL;

        int r = json_parse_shallow(text, strlen(text), depth, &j, NULL);
        assert_true((r == 0) == (j != NULL));
        return r;
}

static void test_shallow(void **state) {
        assert_int_equal(parse_shallow("[[1],{\"[[[\":{}}]", 3), 0);
        assert_int_equal(parse_shallow("[[1],{\"[[[\":{}}]", 2), -EBADMSG);
        assert_int_equal(parse_shallow("1", 0), 0);
        assert_int_equal(parse_shallow("[]", 0), -EBADMSG);
}

/* Messages go to terminals; what a document says does not. */
static void test_message_is_clean(void **state) {
        static const char text[] = "{\"a\": \x1b[31m}";
        _cleanup_free_ char *why = NULL;

        assert_int_equal(parse_and_forget(text, strlen(text), &why), -EBADMSG);
        assert_null(strchr(why, 0x1b));
        assert_null(strstr(why, "near"));
}

static void test_accessors(void **state) {
        _cleanup_json_ Json *j = parse_text("{\"s\":\"x\",\"i\":-5,\"r\":1.5,\"t\":true,\"f\":false,\"n\":"
                                            "null,\"a\":[1,\"y\"]}");
        uint64_t u = 42;
        int64_t i = 42;
        double d = 42;
        bool b;

        assert_int_equal(json_kind(j), JSON_KIND_OBJECT);
        assert_int_equal(json_length(j), 7);
        assert_string_equal(json_get_text(j, "s"), "x");
        assert_null(json_get_text(j, "i"));
        assert_null(json_get_text(j, "S"));
        assert_null(json_get(j, "n"));
        assert_null(json_get(json_get(j, "a"), "s"));

        assert_int_equal(json_int(json_get(j, "i"), &i), 0);
        assert_int_equal(i, -5);
        assert_int_equal(json_uint(json_get(j, "i"), &u), -EINVAL);
        assert_int_equal(json_int(json_get(j, "r"), &i), -EINVAL);
        assert_int_equal(json_int(json_get(j, "s"), &i), -EINVAL);
        assert_int_equal(json_int(json_get(j, "t"), &i), -EINVAL);
        assert_int_equal(json_int(NULL, &i), -EINVAL);
        assert_int_equal(i, -5);
        assert_int_equal(u, 42);

        assert_int_equal(json_double(json_get(j, "r"), &d), 0);
        assert_true(d > 1.49 && d < 1.51);
        assert_int_equal(json_double(json_get(j, "s"), &d), -EINVAL);

        assert_int_equal(json_bool(json_get(j, "t"), &b), 0);
        assert_true(b);
        assert_int_equal(json_bool(json_get(j, "f"), &b), 0);
        assert_false(b);
        assert_int_equal(json_bool(json_get(j, "i"), &b), -EINVAL);
        assert_int_equal(json_bool(NULL, &b), -EINVAL);

        const Json *a = json_get(j, "a");
        assert_int_equal(json_kind(a), JSON_KIND_ARRAY);
        assert_int_equal(json_length(a), 2);
        assert_string_equal(json_text(json_at(a, 1)), "y");
        assert_null(json_at(a, 2));
        assert_null(json_at(j, 0));

        assert_int_equal(json_kind(NULL), JSON_KIND_NULL);
        assert_int_equal(json_kind(json_get(j, "r")), JSON_KIND_REAL);
        assert_int_equal(json_kind(json_get(j, "i")), JSON_KIND_INTEGER);
        assert_int_equal(json_kind(json_get(j, "f")), JSON_KIND_BOOL);
        assert_int_equal(json_kind(json_get(j, "s")), JSON_KIND_STRING);
        assert_int_equal(json_length(NULL), 0);
        assert_int_equal(json_length(json_get(j, "s")), 0);
        assert_null(json_text(NULL));
        assert_null(json_unref(NULL));
}

static void test_next(void **state) {
        _cleanup_json_ Json *j = parse_text("{\"b\":1,\"a\":null,\"c\":3}");
        char keys[8] = "";
        const Json *value;
        const char *key;

        for (void *i = NULL; json_next(j, &i, &key, &value);) {
                strcat(keys, key);
                assert_int_equal(json_kind(value), streq(key, "a") ? JSON_KIND_NULL : JSON_KIND_INTEGER);
        }
        assert_string_equal(keys, "bac"); /* as written */

        void *i = NULL;
        assert_false(json_next(NULL, &i, &key, &value));
        assert_false(json_next(json_get(j, "b"), &i, &key, &value));
}

static void test_same(void **state) {
        _cleanup_json_ Json *a = parse_text("{\"x\":[1,2],\"y\":\"z\"}"),
                            *b = parse_text("{\"y\":\"z\",\"x\":[1,2]}"),
                            *c = parse_text("{\"x\":[2,1],\"y\":\"z\"}");

        assert_true(json_same(a, b));
        assert_false(json_same(a, c));
        assert_true(json_same(NULL, NULL));
        assert_false(json_same(a, NULL));
}

static void assert_formats(const Json *j, bool pretty, const char *expected) {
        _cleanup_blob_ Blob text = {};

        assert_int_equal(json_format(j, pretty, &text), 0);
        assert_string_equal(text.data, expected);
        assert_int_equal(text.size, strlen(expected));
}

static void test_build(void **state) {
        static char *const list[] = { (char *) "one", (char *) "two", NULL };
        _cleanup_json_ Json *o = json_new_object();

        assert_int_equal(json_set_string(o, "z", "first \"quoted\"\n"), 0);
        assert_int_equal(json_set_string(o, "absent", NULL), 0);
        assert_int_equal(json_set_int(o, "i", INT64_MIN), 0);
        assert_int_equal(json_set_bool(o, "b", false), 0);
        assert_int_equal(json_set_strv(o, "l", list), 0);
        assert_int_equal(json_set_strv(o, "e", NULL), 0);

        Json *array = json_new_array();
        assert_int_equal(json_append(array, json_new_string("é🚀")), 0);
        assert_int_equal(json_append(array, json_new_object()), 0);
        assert_int_equal(json_set(o, "a", array), 0);
        assert_int_equal(json_set_string(o, "i", "replaced, in its place"), 0);

        assert_formats(o, false,
                       "{\"z\":\"first \\\"quoted\\\"\\n\",\"i\":\"replaced, in its place\",\"b\":false,"
                       "\"l\":[\"one\",\"two\"],\"e\":[],\"a\":[\"é🚀\",{}]}\n");
}

static void test_format(void **state) {
        _cleanup_json_ Json *j = parse_text("{\"b\":[1,{\"x\":null}],\"a\":\"</script>\"}");

        assert_formats(j, false, "{\"b\":[1,{\"x\":null}],\"a\":\"</script>\"}\n");
        assert_formats(j, true,
                       "{\n  \"b\": [\n    1,\n    {\n      \"x\": null\n    }\n  ],\n  \"a\": "
                       "\"</script>\"\n}\n");
        assert_formats(json_at(json_get(j, "b"), 0), true, "1\n");
}

static void test_build_refuses(void **state) {
        static char *const list[] = { (char *) "\xff", NULL };
        _cleanup_json_ Json *o = json_new_object();

        assert_null(json_new_string("\xff"));
        assert_null(json_new_strv(list));
        assert_int_equal(json_set_string(o, "k", "\xc0\xaf"), -EINVAL);
        assert_int_equal(json_set_string(o, "\xff", "v"), -EINVAL);
        assert_int_equal(json_set(o, "k", NULL), -EINVAL);
        assert_int_equal(json_append(o, json_new_int(1)), -EINVAL); /* not an array */
        assert_int_equal(json_length(o), 0);
}

/* Decoding by table */

typedef struct Part {
        char *name;
        int64_t number;
} Part;

typedef struct Whole {
        char *text;
        bool flag;
        uint64_t big;
        uint32_t small;
        char **list;
        char **keys;
        Pairs map;
        Json *any;
        Part part;
        Part *parts;
        size_t n_parts;
} Whole;

static void whole_done(Whole *w) {
        free(w->text);
        strv_free(w->list);
        strv_free(w->keys);
        pairs_done(&w->map);
        json_unref(w->any);
        free(w->part.name);
        for (size_t i = 0; i < w->n_parts; i++)
                free(w->parts[i].name);
        free(w->parts);
}
#define _cleanup_whole_ _cleanup_(whole_done)

static const JsonField part_fields[] = {
        { "name", json_decode_string, offsetof(Part, name), JSON_MANDATORY, json_encode_string },
        { "number", json_decode_i64, offsetof(Part, number), 0, json_encode_i64 },
        {},
};

static int decode_part(const Json *value, void *member, const JsonPath *at) {
        int r = json_decode_object(value, part_fields, member, at);
        if (r < 0)
                return r;

        return ((Part *) member)->number == 13 ? json_refuse(at, "%d brings bad luck", 13) : 0;
}

static int encode_part(const void *member, Json **ret) {
        return json_encode_object(part_fields, member, ret);
}

static const JsonField whole_fields[] = {
        { "text", json_decode_string, offsetof(Whole, text), JSON_MANDATORY, json_encode_string },
        { "flag", json_decode_bool, offsetof(Whole, flag), 0, json_encode_bool },
        { "big", json_decode_u64, offsetof(Whole, big), 0, json_encode_u64 },
        { "small", json_decode_u32, offsetof(Whole, small), 0, json_encode_u32 },
        { "list", json_decode_strv, offsetof(Whole, list), 0, json_encode_strv },
        { "keys", json_decode_keys, offsetof(Whole, keys) },
        { "map", json_decode_map, offsetof(Whole, map), 0, json_encode_map },
        { "any", json_decode_any, offsetof(Whole, any), 0, json_encode_any },
        { "part", decode_part, offsetof(Whole, part) },
        { "parts", decode_part, offsetof(Whole, parts), 0, encode_part, JSON_ITEMS(Whole, parts), .max = 3 },
        { "Parts", decode_part, offsetof(Whole, parts), 0, NULL, JSON_ITEMS(Whole, parts), .max = 3 },
        {},
};

static int decode_whole(const Json *value, void *target, const JsonPath *at) {
        return json_decode_object(value, whole_fields, target, at);
}

static void test_decode(void **state) {
        static const char text[] = "{\"unknown\":{\"text\":1},\"text\":\"t\",\"flag\":true,\"big\":"
                                   "9223372036854775807,\"small\":4294967295,"
                                   "\"list\":[\"a\",\"\"],\"keys\":{\"k\":1,\"l\":null},\"map\":{\"m\":"
                                   "\"n\",\"o\":\"\"},\"any\":[null],"
                                   "\"part\":{\"name\":\"p\"},\"parts\":[{\"name\":\"x\",\"number\":-1},{"
                                   "\"name\":\"y\",\"number\":null}]}";
        _cleanup_whole_ Whole w = {};
        _cleanup_free_ char *why = NULL;

        assert_int_equal(json_parse_into(text, strlen(text), decode_whole, &w, &why), 0);
        assert_null(why);
        assert_string_equal(w.text, "t");
        assert_true(w.flag);
        assert_true(w.big == INT64_MAX);
        assert_true(w.small == UINT32_MAX);
        assert_int_equal(strv_length(w.list), 2);
        assert_string_equal(w.list[0], "a");
        assert_string_equal(w.list[1], "");
        assert_int_equal(strv_length(w.keys), 2);
        assert_string_equal(w.keys[1], "l");
        assert_int_equal(w.map.n, 2);
        assert_string_equal(pairs_get(&w.map, "m"), "n");
        assert_int_equal(json_kind(json_at(w.any, 0)), JSON_KIND_NULL);
        assert_string_equal(w.part.name, "p");
        assert_int_equal(w.n_parts, 2);
        assert_int_equal(w.parts[0].number, -1);
        assert_string_equal(w.parts[1].name, "y");
}

static void test_decode_refuses(void **state) {
        static const struct {
                const char *text, *why;
        } cases[] = {
                { "[]", "not an object" },
                { "{}", "text: missing" },
                { "{\"text\":null}", "text: missing" },
                { "{\"text\":1}", "text: not a string" },
                { "{\"text\":\"\",\"flag\":1}", "flag: neither true nor false" },
                { "{\"text\":\"\",\"flag\":\"true\"}", "flag: neither true nor false" },
                { "{\"text\":\"\",\"big\":-1}", "big: not an integer of 0 or more" },
                { "{\"text\":\"\",\"big\":1.0}", "big: not an integer of 0 or more" },
                { "{\"text\":\"\",\"small\":4294967296}", "small: not an integer from 0 to 4294967295" },
                { "{\"text\":\"\",\"small\":-1}", "small: not an integer from 0 to 4294967295" },
                { "{\"text\":\"\",\"list\":\"a\"}", "list: not an array" },
                { "{\"text\":\"\",\"list\":{\"a\":\"b\"}}", "list: not an array" },
                { "{\"text\":\"\",\"list\":[\"a\",1]}", "list[1]: not a string" },
                { "{\"text\":\"\",\"keys\":[\"a\"]}", "keys: not an object" },
                { "{\"text\":\"\",\"map\":[]}", "map: not an object" },
                { "{\"text\":\"\",\"map\":{\"a\":\"b\",\"c d\":null}}", "map.c d: not a string" },
                { "{\"text\":\"\",\"map\":{\"\\u001b[31m\":1}}", "map.\\x1b[31m: not a string" },
                { "{\"text\":\"\",\"part\":[]}", "part: not an object" },
                { "{\"text\":\"\",\"part\":{}}", "part.name: missing" },
                { "{\"text\":\"\",\"part\":{\"name\":\"x\",\"number\":\"1\"}}",
                  "part.number: not an integer" },
                { "{\"text\":\"\",\"part\":{\"name\":\"x\",\"number\":13}}", "part: 13 brings bad luck" },
                { "{\"text\":\"\",\"parts\":{}}", "parts: not an array" },
                { "{\"text\":\"\",\"parts\":[{\"name\":\"x\"},null]}", "parts[1]: not an object" },
                { "{\"text\":\"\",\"parts\":[{\"name\":\"x\"},{\"name\":[]}]}",
                  "parts[1].name: not a string" },
                { "{\"text\":\"\",\"parts\":[{},{},{},{}]}", "parts: 4 items, only 3 are allowed" },
                { "{\"text\":\"\",\"parts\":[{\"name\":\"x\"}],\"Parts\":[{\"name\":\"y\"}]}",
                  "Parts: given twice, in two spellings" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_whole_ Whole w = {}, silent = {};
                _cleanup_free_ char *why = NULL;

                assert_int_equal(json_parse_into(cases[i].text, strlen(cases[i].text), decode_whole, &w,
                                                 &why),
                                 -EBADMSG);
                assert_string_equal(why, cases[i].why);
                assert_int_equal(json_parse_into(cases[i].text, strlen(cases[i].text), decode_whole, &silent,
                                                 NULL),
                                 -EBADMSG);
        }
}

static int decode_closed(const Json *value, void *target, const JsonPath *at) {
        static const JsonField fields[] = {
                { "text", json_decode_string, offsetof(Whole, text) },
                JSON_CLOSED,
        };

        return json_decode_object(value, fields, target, at);
}

/* Members without a row are refused, whatever they are. */
static void test_closed_table(void **state) {
        static const struct {
                const char *text, *why;
        } cases[] = {
                { "{}", NULL },
                { "{\"text\":\"t\"}", NULL },
                { "{\"text\":\"t\",\"more\":1}", "unknown member \"more\"" },
                { "{\"more\":null}", "unknown member \"more\"" },
                { "{\"Text\":\"t\"}", "unknown member \"Text\"" },
                { "{\"\":{}}", "unknown member \"\"" },
                { "{\"\\u001b'\":1}", "unknown member \"\\x1b\\x27\"" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_whole_ Whole w = {};
                _cleanup_free_ char *why = NULL;

                int r = json_parse_into(cases[i].text, strlen(cases[i].text), decode_closed, &w, &why);
                assert_int_equal(r, cases[i].why ? -EBADMSG : 0);
                if (cases[i].why)
                        assert_string_equal(why, cases[i].why);
        }
}

static void test_long_message_is_cut(void **state) {
        _cleanup_free_ char *key = malloc(100001), *text = NULL, *why = NULL;
        _cleanup_whole_ Whole w = {};

        assert_non_null(key);
        memset(key, 'k', 100000);
        key[100000] = '\0';
        assert_int_equal(str_printf(&text, "{\"text\":\"\",\"map\":{\"%s\":1}}", key), 0);
        assert_int_equal(json_parse_into(text, strlen(text), decode_whole, &w, &why), -EBADMSG);
        assert_true(strlen(why) < 500);
}

static int decode_many(const Json *value, void *target, const JsonPath *at) {
        static const JsonField how = { .decode = decode_part,
                                       .offset = offsetof(Whole, parts),
                                       JSON_ITEMS(Whole, parts) };
        return json_decode_items(value, &how, target, at);
}

static void test_number_of_items(void **state) {
        for (size_t n = JSON_ITEMS_MAX; n <= JSON_ITEMS_MAX + 1; n++) {
                _cleanup_json_ Json *array = json_new_array();
                _cleanup_free_ char *why = NULL;
                _cleanup_whole_ Whole w = {};

                for (size_t i = 0; i < n; i++)
                        assert_int_equal(json_append(array, parse_text("{\"name\":\"x\"}")), 0);

                int r = json_decode(array, decode_many, &w, &why);
                if (n <= JSON_ITEMS_MAX) {
                        assert_int_equal(r, 0);
                        assert_int_equal(w.n_parts, n);
                } else {
                        assert_int_equal(r, -EBADMSG);
                        assert_string_equal(why, "1025 items, only 1024 are allowed");
                        assert_null(w.parts);
                }
        }
}

static void test_encode(void **state) {
        static const char text[] = "{\"text\":\"t\",\"flag\":true,\"big\":1,\"small\":2,\"list\":[\"a\"],"
                                   "\"map\":{\"m\":\"n\"},"
                                   "\"any\":{\"x\":[1.5]},\"parts\":[{\"name\":\"x\",\"number\":-1},{"
                                   "\"name\":\"\"}]}\n";
        _cleanup_whole_ Whole w = {};
        _cleanup_json_ Json *j = NULL;

        assert_int_equal(json_parse_into(text, strlen(text), decode_whole, &w, NULL), 0);
        assert_int_equal(json_encode_object(whole_fields, &w, &j), 0);
        assert_formats(j, false, text);
}

static void test_encode_leaves_out_zero(void **state) {
        _cleanup_whole_ Whole w = {};
        _cleanup_json_ Json *j = NULL;

        assert_int_equal(json_encode_object(whole_fields, &w, &j), 0);
        assert_formats(j, false, "{}\n");
}

static void test_encode_refuses(void **state) {
        Part bad = { .name = (char *) "\xff" };
        Whole in_part = { .parts = &bad, .n_parts = 1 }, in_text = { .text = bad.name },
              too_big = { .big = UINT64_MAX };
        Json *j = NULL;

        assert_int_equal(json_encode_object(whole_fields, &in_text, &j), -EINVAL);
        assert_int_equal(json_encode_object(whole_fields, &in_part, &j), -EINVAL);
        assert_int_equal(json_encode_object(whole_fields, &too_big, &j), -ERANGE);
        assert_null(j);
}

static void test_pairs(void **state) {
        _cleanup_pairs_ Pairs p = {};

        assert_null(pairs_get(&p, "a"));
        assert_int_equal(pairs_add(&p, "a", "1"), 0);
        assert_int_equal(pairs_set(&p, "b", "2"), 0);
        assert_int_equal(pairs_set(&p, "a", "3"), 0);
        assert_int_equal(p.n, 2);
        assert_string_equal(p.items[0].value, "3");
        assert_string_equal(pairs_get(&p, "b"), "2");
        assert_null(pairs_get(&p, "B"));
        assert_null(pairs_find_duplicate(&p));

        assert_int_equal(pairs_add(&p, "b", "4"), 0);
        assert_string_equal(pairs_find_duplicate(&p), "b");
        assert_string_equal(pairs_get(&p, "b"), "2"); /* the first */

        pairs_done(&p);
        assert_int_equal(p.n, 0);
        assert_null(p.items);
}

static void test_remove(void **state) {
        static const char text[] = "{\"a\":1,\"b\":2,\"c\":3}";
        _cleanup_json_ Json *json = NULL;
        _cleanup_blob_ Blob blob = {};

        assert_int_equal(json_parse(text, strlen(text), &json, NULL), 0);
        json_remove(json, "b");
        json_remove(json, "d");
        assert_int_equal(json_format(json, /* pretty= */ false, &blob), 0);
        assert_string_equal(blob.data, "{\"a\":1,\"c\":3}\n");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_must_pass),
                cmocka_unit_test(test_must_fail),
                cmocka_unit_test(test_no_message_wanted),
                cmocka_unit_test(test_shallow),
                cmocka_unit_test(test_message_is_clean),
                cmocka_unit_test(test_accessors),
                cmocka_unit_test(test_next),
                cmocka_unit_test(test_same),
                cmocka_unit_test(test_build),
                cmocka_unit_test(test_format),
                cmocka_unit_test(test_build_refuses),
                cmocka_unit_test(test_decode),
                cmocka_unit_test(test_decode_refuses),
                cmocka_unit_test(test_closed_table),
                cmocka_unit_test(test_long_message_is_cut),
                cmocka_unit_test(test_number_of_items),
                cmocka_unit_test(test_encode),
                cmocka_unit_test(test_encode_leaves_out_zero),
                cmocka_unit_test(test_encode_refuses),
                cmocka_unit_test(test_pairs),
                cmocka_unit_test(test_remove),
        };

        json_init();
        return cmocka_run_group_tests(tests, NULL, NULL);
}
