/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of basic/table.
 * Never: reads JSON with its own eyes only: what is printed is compared byte by byte.
 * Follows: basic/table.h; RFC 8259. */

#include "capture.h"

#include "basic/cli.h"
#include "basic/str.h"
#include "basic/table.h"

static const char *const headings[] = { "NAME", "STATE", "Image ID", NULL };

typedef struct Print {
        const char *const (*rows)[3];
        size_t n;
        enum CliJson json;
        bool no_legend;
        bool bytes; /* the second column */
} Print;

static int print(void *userdata) {
        const Print *p = userdata;
        _cleanup_(table_freep) Table *t = table_new(headings);

        if (!t)
                return 1;
        if (p->bytes)
                table_set_bytes(t, 1);
        for (size_t i = 0; i < p->n; i++)
                if (table_add(t, p->rows[i]) != 0)
                        return 2;
        cli_json = p->json;
        cli_legend = !p->no_legend;
        return table_print(t) == 0 ? 0 : 3;
}

static void prints(Print p, const char *expected) {
        _cleanup_captured_ Captured c = capture(print, &p);

        assert_exited(&c, 0);
        assert_string_equal(c.out, expected);
        assert_string_equal(c.err, "");
}

static const char *const rows[][3] = {
        { "web", "running", "sha256-0123" },
        { "a-longer-name", "exited (7)", NULL },
        { "zoë", NULL, "x" },
        { "", "", "" },
};

static void test_columns(void **state) {
        prints((Print) { .rows = rows, .n = 4 }, "NAME           STATE       Image ID\n"
                                                 "web            running     sha256-0123\n"
                                                 "a-longer-name  exited (7)  -\n"
                                                 "zoë            -           x\n"
                                                 "                           \n");
        prints((Print) { .rows = rows, .n = 1 }, "NAME  STATE    Image ID\n"
                                                 "web   running  sha256-0123\n");
        prints((Print) {}, "NAME  STATE  Image ID\n");
}

static void test_no_legend(void **state) {
        static const char *const narrow[][3] = { { "a", "b", "c" }, { NULL, "bb", NULL } };

        prints((Print) { .rows = rows, .n = 1, .no_legend = true }, "web  running  sha256-0123\n");
        prints((Print) { .rows = narrow, .n = 2, .no_legend = true }, "a  b   c\n-  bb  -\n");
        prints((Print) { .no_legend = true }, "");
}

static void test_json_short(void **state) {
        prints((Print) { .rows = rows, .n = 2, .json = CLI_JSON_SHORT, .no_legend = true },
               "[{\"name\":\"web\",\"state\":\"running\",\"image_id\":\"sha256-0123\"},"
               "{\"name\":\"a-longer-name\",\"state\":\"exited (7)\",\"image_id\":null}]\n");
        prints((Print) { .json = CLI_JSON_SHORT }, "[]\n");
}

static void test_json_pretty(void **state) {
        prints((Print) { .rows = rows, .n = 2, .json = CLI_JSON_PRETTY },
               "[\n"
               "  {\n    \"name\": \"web\",\n    \"state\": \"running\",\n    \"image_id\": \"sha256-0123\"\n  },\n"
               "  {\n    \"name\": \"a-longer-name\",\n    \"state\": \"exited (7)\",\n    \"image_id\": null\n  }\n"
               "]\n");
        prints((Print) { .json = CLI_JSON_PRETTY }, "[]\n");
}

static void test_bytes(void **state) {
        static const char *const sizes[][3] = { { "web", "14200000", "x" },
                                                { "db", "7", NULL },
                                                { "all", "18446744073709551615", "" },
                                                { "none", NULL, "z" } };

        prints((Print) { .rows = sizes, .n = 4, .bytes = true }, "NAME          STATE  Image ID\n"
                                                                 "web         14.2 MB  x\n"
                                                                 "db              7 B  -\n"
                                                                 "all   18446744.1 TB  \n"
                                                                 "none              -  z\n");
        prints((Print) { .rows = sizes, .n = 1, .bytes = true, .json = CLI_JSON_SHORT },
               "[{\"name\":\"web\",\"state\":14200000,\"image_id\":\"x\"}]\n");
        prints((Print) { .rows = sizes + 3, .n = 1, .bytes = true, .json = CLI_JSON_SHORT },
               "[{\"name\":\"none\",\"state\":null,\"image_id\":\"z\"}]\n");
}

static int print_nested(void *userdata) {
        static const char *const outer[] = { "POD", "N", "APPS", NULL };
        static const char *const inner[] = { "APP", "PID", NULL };
        _cleanup_(table_freep) Table *t = table_new(outer), *apps = table_new(inner);
        _cleanup_free_ char *json = NULL;

        if (!t || !apps)
                return 1;
        table_set_verbatim(t, 1);
        table_set_verbatim(t, 2);
        table_set_verbatim(apps, 1);
        if (table_add(apps, (const char *[]) { "a\"b", "7" }) != 0 ||
            table_add(apps, (const char *[]) { "db", NULL }) != 0 || table_to_json(apps, &json) != 0)
                return 2;
        if (table_add(t, (const char *[]) { "web", "2", json }) != 0 ||
            table_add(t, (const char *[]) { "empty", NULL, NULL }) != 0)
                return 3;
        cli_json = CLI_JSON_SHORT;
        return table_print(t) == 0 ? 0 : 4;
}

static void test_json_in_json(void **state) {
        _cleanup_captured_ Captured c = capture(print_nested, NULL);

        assert_exited(&c, 0);
        assert_string_equal(c.out, "[{\"pod\":\"web\",\"n\":2,\"apps\":[{\"app\":\"a\\\"b\",\"pid\":7},"
                                   "{\"app\":\"db\",\"pid\":null}]},"
                                   "{\"pod\":\"empty\",\"n\":null,\"apps\":null}]\n");
}

static void test_json_escapes(void **state) {
        static const char *const odd[][3] = { { "say \"hi\"", "back\\slash",
                                                "tab\tnewline\nbell\x07"
                                                "esc\x1b[" },
                                              { "Grüße", "\x7f", "/" } };

        prints((Print) { .rows = odd, .n = 2, .json = CLI_JSON_SHORT },
               "[{\"name\":\"say \\\"hi\\\"\",\"state\":\"back\\\\slash\","
               "\"image_id\":\"tab\\u0009newline\\u000abell\\u0007esc\\u001b[\"},"
               "{\"name\":\"Grüße\",\"state\":\"\x7f\",\"image_id\":\"/\"}]\n");
}

static void test_cells_are_copied(void **state) {
        char cell[] = "before";

        Table *t = table_new(headings);
        assert_non_null(t);
        assert_int_equal(table_add(t, (const char *const[]) { cell, cell, cell }), 0);
        memcpy(cell, "after!", 6);
        assert_null(table_free(t));
        assert_null(table_free(NULL));
}

static int print_to_full(void *userdata) {
        _cleanup_(table_freep) Table *t = table_new(headings);

        if (!t || !freopen("/dev/full", "w", stdout))
                return 1;
        return table_print(t) == -ENOSPC ? 0 : 2;
}

/* A list that did not arrive is an error. */
static void test_full(void **state) {
        _cleanup_captured_ Captured c = capture(print_to_full, NULL);
        assert_exited(&c, 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_columns),
                cmocka_unit_test(test_no_legend),
                cmocka_unit_test(test_json_short),
                cmocka_unit_test(test_json_pretty),
                cmocka_unit_test(test_json_in_json),
                cmocka_unit_test(test_json_escapes),
                cmocka_unit_test(test_cells_are_copied),
                cmocka_unit_test(test_full),
                cmocka_unit_test(test_bytes),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
