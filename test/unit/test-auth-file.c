/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the test of registry/auth-file.h.
 * Never: takes a refusal for right that tells a secret.
 * Follows: STYLE.md, "Tests". */

#include "corpus.h"

#include "basic/base64.h"
#include "registry/auth-file.h"

static int parse(const void *data, size_t size, char **reterr_why) {
        _cleanup_auth_file_ AuthFile f = {};

        int r = auth_file_parse(data, size, &f, reterr_why);
        if (r < 0)
                assert_null(f.entries);
        for (size_t i = 0; i < f.n_entries; i++) {
                const Credentials *c = &f.entries[i].credentials;
                assert_true(c->identity_token || (c->user && c->password));
                assert_ptr_equal(auth_file_find(&f, f.entries[i].key)->key, f.entries[i].key);
        }

        return r;
}

static void test_must_pass(void **state) {
        corpus_must_pass("auth-file", parse);
}

static void test_must_fail(void **state) {
        corpus_must_fail("auth-file", parse);
}

static void test_survives_damage(void **state) {
        corpus_survives_damage("auth-file", parse);
}

static void test_legacy(void **state) {
        static const char text[] = "{ \"https://index.docker.io/v1/\": { \"auth\": \"dTpw\" } }";
        _cleanup_auth_file_ AuthFile f = {}, none = {};
        _cleanup_free_ char *why = NULL;

        assert_int_equal(auth_file_parse_legacy(text, strlen(text), &f, NULL), 0);
        assert_int_equal(f.n_entries, 1);
        assert_string_equal(f.entries[0].key, "docker.io");
        assert_string_equal(f.entries[0].credentials.user, "u");
        assert_string_equal(f.entries[0].credentials.password, "p");

        /* Of the other kind of file it is what nobody reads. */
        assert_int_equal(auth_file_parse(text, strlen(text), &none, NULL), 0);
        assert_int_equal(none.n_entries, 0);
        assert_int_equal(auth_file_parse_legacy("{\"a.b\":[]}", 10, &none, &why), -EBADMSG);
        assert_string_equal(why, "\"a.b\": not an object");
}

static void test_normalise(void **state) {
        static const struct {
                const char *key, *normalised;
        } cases[] = {
                { "quay.io", "quay.io" },
                { "Quay.IO", "quay.io" },
                { "https://quay.io", "quay.io" },
                { "http://quay.io/", "quay.io" },
                { "https://quay.io/v2/", "quay.io" },
                { "https://quay.io/v2", "quay.io" },
                { "quay.io/v1/", "quay.io" },
                { "quay.io/v1", "quay.io/v1" }, /* somebody's name */
                { "quay.io/team/web", "quay.io/team/web" },
                { "https://quay.io/team", "quay.io/team" },
                { "docker.io", "docker.io" },
                { "index.docker.io", "docker.io" },
                { "registry-1.docker.io", "docker.io" },
                { "https://index.docker.io/v1/", "docker.io" },
                { "https://registry-1.docker.io/v2/", "docker.io" },
                { "docker.io/team", "docker.io/team" },
                { "localhost:5000", "localhost:5000" },
                { "[::1]:5000/team", "[::1]:5000/team" },
                { "", NULL },
                { "/", NULL },
                { "https://", NULL },
                { "https:///v1/", NULL },
                { "ftp://quay.io", NULL },
                { "../etc/passwd", NULL },
                { "user@quay.io", NULL },
                { "quay.io:port", NULL },
                { "quay .io", NULL },
                { "[::1", NULL },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_free_ char *key = NULL;

                int r = auth_key_normalise(cases[i].key, &key);
                if (r != (cases[i].normalised ? 0 : -EINVAL))
                        fail_msg("'%s': %d", cases[i].key, r);
                if (r == 0)
                        assert_string_equal(key, cases[i].normalised);
        }
}

static const char *user_for(const AuthFile *f, const char *name) {
        const AuthEntry *e = auth_file_find(f, name);
        return e ? e->credentials.user : NULL;
}

static void test_longest_match(void **state) {
        static const char text[] = "{\"auths\": {"
                                   "\"quay.io\": {\"username\": \"host\", \"password\": \"p\"},"
                                   "\"quay.io/team/web\": {\"username\": \"web\", \"password\": \"p\"},"
                                   "\"quay.io/team\": {\"username\": \"team\", \"password\": \"p\"},"
                                   "\"https://quay.io/v2/\": {\"username\": \"later\", \"password\": \"p\"},"
                                   "\"b.example:5000\": {\"username\": \"port\", \"password\": \"p\"}}}";
        _cleanup_auth_file_ AuthFile f = {};

        assert_int_equal(auth_file_parse(text, strlen(text), &f, NULL), 0);
        assert_string_equal(user_for(&f, "quay.io"), "host");
        assert_string_equal(user_for(&f, "quay.io/other"), "host");
        assert_string_equal(user_for(&f, "quay.io/teams/web"), "host");
        assert_string_equal(user_for(&f, "quay.io/team"), "team");
        assert_string_equal(user_for(&f, "quay.io/team/webs"), "team");
        assert_string_equal(user_for(&f, "quay.io/team/web"), "web");
        assert_string_equal(user_for(&f, "quay.io/team/web/deep"), "web");
        assert_string_equal(user_for(&f, "b.example:5000/x"), "port");
        assert_null(user_for(&f, "b.example/x"));
        assert_null(user_for(&f, "b.example:50001/x"));
        assert_null(user_for(&f, "quay.io.evil.example/x"));
        assert_null(user_for(&f, "evil.quay.io/x"));
        assert_null(user_for(&f, ""));
}

static void test_secrets_stay_in(void **state) {
        static const char *const texts[] = {
                "{\"auths\":{\"a.b\":{\"username\":\"u\\n\",\"password\":\"hunter2\"}}}",
                "{\"auths\":{\"a.b\":{\"password\":\"hunter2\"}}}",
                "{\"auths\":{\"a.b\":{\"auth\":\"hunter2\"}}}",
                "{\"auths\":{\"a.b\":{\"auth\":\"hunter2}}}",
                "{\"auths\":{\"a.b\":{\"auth\":\"x\"\"hunter2\"}}}",
                "{\"auths\":{\"a.b\":{\"auth\":hunter2}}}",
        };

        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                _cleanup_free_ char *why = NULL;

                assert_int_equal(parse(texts[i], strlen(texts[i]), &why), -EBADMSG);
                if (strstr(why, "hunter"))
                        fail_msg("%s", why);
        }
}

static void expect(const Blob *b, const char *text) {
        assert_int_equal(b->size, strlen(text));
        assert_memory_equal(b->data, text, b->size);
}

static void test_set(void **state) {
        static const char before[] =
                        "{\"zeta\": 1, \"auths\": {\"b.example\": {\"auth\": \"dTpw\"}, "
                        "\"https://index.docker.io/v1/\": {\"auth\": \"dTpw\", \"email\": \"e\"}, "
                        "\"c.example\": {}}, \"alpha\": [null]}";
        _cleanup_blob_ Blob fresh = {}, changed = {}, again = {};

        assert_int_equal(auth_file_set(NULL, 0, "quay.io", "user", "se:cret", &fresh, NULL), 0);
        expect(&fresh,
               "{\n  \"auths\": {\n    \"quay.io\": {\n      \"auth\": \"dXNlcjpzZTpjcmV0\"\n    }\n  }\n}\n");

        /* Where it was, or at the end; all other spellings are gone, the rest stays in its order. */
        assert_int_equal(auth_file_set(before, strlen(before), "docker.io", "u", "q", &changed, NULL), 0);
        expect(&changed,
               "{\n  \"zeta\": 1,\n  \"auths\": {\n    \"b.example\": {\n      \"auth\": \"dTpw\"\n    },\n"
               "    \"c.example\": {},\n    \"docker.io\": {\n      \"auth\": \"dTpx\"\n    }\n  },\n"
               "  \"alpha\": [\n    null\n  ]\n}\n");
        assert_int_equal(auth_file_set(changed.data, changed.size, "b.example", "v", "", &again, NULL), 0);
        assert_non_null(strstr(again.data,
                               "\"auths\": {\n    \"b.example\": {\n      \"auth\": \"djo=\"\n"));
}

static void test_set_refuses(void **state) {
        _cleanup_free_ char *why = NULL;
        Blob blob = {};

        assert_int_equal(auth_file_set(NULL, 0, "a.b", "us:er", "p", &blob, NULL), -EINVAL);
        assert_int_equal(auth_file_set(NULL, 0, "a.b", "", "p", &blob, NULL), -EINVAL);
        assert_int_equal(auth_file_set(NULL, 0, "a.b", "u\n", "p", &blob, NULL), -EINVAL);
        assert_int_equal(auth_file_set(NULL, 0, "a.b", "u", "p\n", &blob, NULL), -EINVAL);
        assert_int_equal(auth_file_set("[]", 2, "a.b", "u", "p", &blob, &why), -EBADMSG);
        assert_string_equal(why, "not an object");
        assert_null(blob.data);
}

/* A login must not leave a file that the next one refuses. */
static void test_set_leaves_readable(void **state) {
        _cleanup_close_ int fd = corpus_open("auth-file", "full");
        _cleanup_free_ char *why = NULL, *password = NULL;
        _cleanup_blob_ Blob full = {};
        Blob edited = {};

        assert_int_equal(file_read_at(fd, "as-many-as-may-be.json", 1024 * 1024, &full), 0);
        assert_int_equal(auth_file_set(full.data, full.size, "a.b", "u", "p", &edited, &why), -EBADMSG);
        assert_string_equal(why, "auths: more than 1024 entries");

        assert_int_equal(str_printf(&password, "%0100000d", 0), 0);
        assert_int_equal(auth_file_set(NULL, 0, "a.b", "u", password, &edited, NULL), -EBADMSG);
        assert_null(edited.data);
}

static void test_remove(void **state) {
        static const char before[] = "{\"auths\":{\"a.b\":{},\"https://a.b/v2/\":{},\"a.b/c\":{}},\"x\":{}}";
        _cleanup_blob_ Blob one = {}, all = {}, none = {};

        assert_int_equal(auth_file_remove(before, strlen(before), "a.b", &one, NULL), 1);
        expect(&one, "{\n  \"auths\": {\n    \"a.b/c\": {}\n  },\n  \"x\": {}\n}\n");
        assert_int_equal(auth_file_remove(before, strlen(before), NULL, &all, NULL), 1);
        expect(&all, "{\n  \"auths\": {},\n  \"x\": {}\n}\n");
        assert_int_equal(auth_file_remove(before, strlen(before), "c.d", &none, NULL), 0);
        assert_int_equal(auth_file_remove(all.data, all.size, NULL, &none, NULL), 0);
        assert_int_equal(auth_file_remove("{}", 2, "a.b", &none, NULL), 0);
        assert_int_equal(auth_file_remove(NULL, 0, "a.b", &none, NULL), 0);
        assert_null(none.data);
}

static void test_what_is_set_is_found(void **state) {
        static const char *const passwords[] = {
                "", "p", ":", "a:b:c", "ÄÖ", "\"\\", "1234567890123456789"
        };

        for (size_t i = 0; i < ELEMENTSOF(passwords); i++) {
                _cleanup_auth_file_ AuthFile f = {};
                _cleanup_blob_ Blob blob = {};

                assert_int_equal(auth_file_set(NULL, 0, "a.b", "u", passwords[i], &blob, NULL), 0);
                assert_int_equal(auth_file_parse(blob.data, blob.size, &f, NULL), 0);
                assert_string_equal(auth_file_find(&f, "a.b/c")->credentials.password, passwords[i]);
        }
}

static void test_base64(void **state) {
        static const struct {
                const char *plain, *text;
        } cases[] = { /* RFC 4648 section 10 */
                      { "f", "Zg==" },           { "fo", "Zm8=" },        { "foo", "Zm9v" },
                      { "foob", "Zm9vYg==" },    { "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" },
                      { "\xfb\xff\xfe", "+//+" }
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_free_ char *text = NULL;
                _cleanup_blob_ Blob plain = {};

                size_t n = strlen(cases[i].plain);
                assert_int_equal(base64_encode(cursor_of(cases[i].plain, n), &text), 0);
                assert_string_equal(text, cases[i].text);
                assert_int_equal(base64_decode(cursor_of(text, strlen(text)), &plain), 0);
                assert_int_equal(plain.size, n);
                assert_memory_equal(plain.data, cases[i].plain, n);
        }

        _cleanup_free_ char *empty = NULL;
        assert_int_equal(base64_encode(cursor_of(NULL, 0), &empty), 0);
        assert_string_equal(empty, "");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_must_pass),       cmocka_unit_test(test_must_fail),
                cmocka_unit_test(test_survives_damage), cmocka_unit_test(test_legacy),
                cmocka_unit_test(test_normalise),       cmocka_unit_test(test_longest_match),
                cmocka_unit_test(test_secrets_stay_in), cmocka_unit_test(test_set),
                cmocka_unit_test(test_set_refuses),     cmocka_unit_test(test_set_leaves_readable),
                cmocka_unit_test(test_remove),          cmocka_unit_test(test_what_is_set_is_found),
                cmocka_unit_test(test_base64),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
