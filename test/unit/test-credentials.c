/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the test of registry/credentials.h and registry/credential-helper.h.
 * Never: looks at the tester's own files; talks to a helper that is installed.
 * Follows: STYLE.md, "Tests". */

#include "credential-helper.h"

#include "basic/fd.h"
#include "basic/str.h"
#include "registry/credential-helper.h"
#include "registry/credentials.h"

static const char *const variables[] = { "REGISTRY_AUTH_FILE", "CREDENTIALS_DIRECTORY", "XDG_RUNTIME_DIR",
                                         "XDG_CONFIG_HOME", "DOCKER_CONFIG" };

static int setup(void **state) {
        static const char *const directories[] = { "run/containers", "home/.config/containers",
                                                   "home/.docker", "unit", "bin" };

        if (scratch_setup(state) < 0)
                return -1;
        for (size_t i = 0; i < ELEMENTSOF(directories); i++)
                if (mkdir_parents(scratch_path(directories[i]), 0755) < 0)
                        return -1;
        for (size_t i = 0; i < ELEMENTSOF(variables); i++)
                unsetenv(variables[i]);
        setenv("HOME", scratch_path("home"), 1);
        setenv("XDG_RUNTIME_DIR", scratch_path("run"), 1);

        return credential_helpers_find();
}

/* A file with one entry for a.example. */
static void write_auth(const char *file, const char *user) {
        char text[256];

        (void) snprintf(text, sizeof(text),
                        "{\"auths\":{\"a.example\":{\"username\":\"%s\",\"password\":\"hunter2\"}}}", user);
        scratch_write(file, text);
}

/* The user found, the file it is in, both NULL if there is none. */
static void finds(const char *authfile, const char *name, const char *user, const char *file) {
        _cleanup_credentials_ Credentials c = {};
        _cleanup_free_ char *from = NULL, *why = NULL;

        int r = credentials_find(authfile, name, &c, &from, &why);
        if (r != !!user)
                fail_msg("'%s': %d: %s", name, r, why);
        if (user) {
                assert_string_equal(c.user, user);
                assert_string_equal(from, scratch_path(file));
        } else {
                assert_null(c.user);
                assert_null(from);
        }
}

/* An error that names the file, and says `text`, and nothing secret. */
static void fails(const char *authfile, const char *name, const char *file, const char *text) {
        _cleanup_credentials_ Credentials c = {};
        _cleanup_free_ char *from = NULL, *why = NULL;

        assert_true(credentials_find(authfile, name, &c, &from, &why) < 0);
        assert_non_null(why);
        if (!startswith(why, scratch_path(file)) || !strstr(why, text) || strstr(why, "hunter"))
                fail_msg("should say '%s' of '%s': %s", text, file, why);
        assert_null(c.user);
        assert_null(from);
}

static void test_nothing(void **state) {
        finds(NULL, "a.example", NULL, NULL);
}

static void test_order(void **state) {
        scratch_write("home/.dockercfg", "{\"a.example\":{\"username\":\"old\",\"password\":\"p\"}}");
        finds(NULL, "a.example/x", "old", "home/.dockercfg");
        write_auth("home/.docker/config.json", "docker");
        finds(NULL, "a.example/x", "docker", "home/.docker/config.json");
        write_auth("home/.config/containers/auth.json", "user");
        finds(NULL, "a.example/x", "user", "home/.config/containers/auth.json");
        write_auth("run/containers/auth.json", "session");
        finds(NULL, "a.example/x", "session", "run/containers/auth.json");
        write_auth("unit/gantry.auth.json", "unit");
        setenv("CREDENTIALS_DIRECTORY", scratch_path("unit"), 1);
        finds(NULL, "a.example/x", "unit", "unit/gantry.auth.json");
        write_auth("variable.json", "variable");
        setenv("REGISTRY_AUTH_FILE", scratch_path("variable.json"), 1);
        finds(NULL, "a.example/x", "variable", "variable.json");
        write_auth("option.json", "option");
        finds(scratch_path("option.json"), "a.example/x", "option", "option.json");

        /* A file that was named is the only one. */
        scratch_write("option.json", "{}");
        finds(scratch_path("option.json"), "a.example/x", NULL, NULL);
}

static void test_other_places(void **state) {
        assert_return_code(mkdirat(scratch.fd, "etc", 0755), errno);
        assert_return_code(mkdirat(scratch.fd, "etc/containers", 0755), errno);
        write_auth("etc/config.json", "docker");
        setenv("DOCKER_CONFIG", scratch_path("etc"), 1);
        finds(NULL, "a.example", "docker", "etc/config.json");
        write_auth("etc/containers/auth.json", "user");
        setenv("XDG_CONFIG_HOME", scratch_path("etc"), 1);
        finds(NULL, "a.example", "user", "etc/containers/auth.json");
        setenv("XDG_CONFIG_HOME", "", 1);
        finds(NULL, "a.example", "docker", "etc/config.json");
}

/* The first file with an answer, not the first file. */
static void test_passes_on(void **state) {
        write_auth("run/containers/auth.json", "session");
        scratch_write("home/.docker/config.json",
                      "{\"auths\":{\"b.example\":{\"username\":\"docker\",\"password\":\"p\"}}}");
        scratch_write("home/.config/containers/auth.json", "");
        finds(NULL, "b.example/x", "docker", "home/.docker/config.json");
        finds(NULL, "c.example/x", NULL, NULL);
}

static void test_without_home(void **state) {
        _cleanup_free_ char *path = NULL;

        unsetenv("HOME");
        assert_int_equal(credentials_own_file(NULL, &path), 0);
        assert_int_equal(path[0], '/');
        assert_non_null(endswith(path, "/.config/containers/auth.json"));
}

static void test_unusable(void **state) {
        fails(scratch_path("missing.json"), "a.example", "missing.json", "No such file");
        setenv("REGISTRY_AUTH_FILE", scratch_path("missing.json"), 1);
        fails(NULL, "a.example", "missing.json", "No such file");
        unsetenv("REGISTRY_AUTH_FILE");

        scratch_write("run/containers/auth.json", "{\"auths\":{\"b.example\":{\"auth\":\"hunter2\"}}}");
        fails(NULL, "a.example", "run/containers/auth.json", "auths: \"b.example\": auth: not base64");
        scratch_write("run/containers/auth.json", "hunter2");
        fails(NULL, "a.example", "run/containers/auth.json", "line 1");

        assert_return_code(unlinkat(scratch.fd, "run/containers/auth.json", 0), errno);
        scratch_mkdir("run/containers/auth.json");
        fails(NULL, "a.example", "run/containers/auth.json", "directory");
        assert_return_code(unlinkat(scratch.fd, "run/containers/auth.json", AT_REMOVEDIR), errno);
        assert_return_code(mkfifoat(scratch.fd, "run/containers/auth.json", 0600), errno);
        fails(NULL, "a.example", "run/containers/auth.json", "Invalid argument");
        assert_return_code(unlinkat(scratch.fd, "run/containers/auth.json", 0), errno);
        assert_return_code(symlinkat("auth.json", scratch.fd, "run/containers/auth.json"), errno);
        fails(NULL, "a.example", "run/containers/auth.json", "Too many levels");
}

static void test_too_large(void **state) {
        _cleanup_free_ char *text = malloc(AUTH_FILE_MAX + 1);

        assert_non_null(text);
        memset(text, ' ', AUTH_FILE_MAX + 1);
        scratch_write_bytes("big.json", text, AUTH_FILE_MAX + 1);
        fails(scratch_path("big.json"), "a.example", "big.json", "larger than 1 MiB");
}

static void test_helper(void **state) {
        _cleanup_credentials_ Credentials token = {};

        credential_helper_write(
                        "echo",
                        "read -r server; case $1,$server in\n"
                        "get,a.example) echo '{\"ServerURL\":\"x\",\"Username\":\"helped\",\"Secret\":\"hunter2\"}' ;;\n"
                        "get,https://index.docker.io/v1/) echo '{\"Username\":\"<token>\",\"Secret\":\"hunter2\"}' ;;\n"
                        "*) echo 'credentials not found in native keychain'; exit 1 ;; esac");
        scratch_write("auth.json",
                      "{\"auths\":{\"c.example\":{\"username\":\"c\",\"password\":\"p\"}},"
                      "\"credHelpers\":{\"https://a.example\":\"echo\",\"c.example\":\"echo\"}}");
        const char *file = scratch_path("auth.json");
        finds(file, "a.example/x/y", "helped", "auth.json");
        finds(file, "c.example/x", "c", "auth.json"); /* the helper has none, the file has */
        finds(file, "docker.io/x", NULL, NULL);

        scratch_write("auth.json", "{\"auths\":{\"c.example\":{\"username\":\"c\",\"password\":\"p\"},"
                                   "\"a.example\":{}},\"credsStore\":\"echo\"}");
        file = scratch_path("auth.json");
        finds(file, "a.example/x", "helped", "auth.json");
        finds(file, "c.example/x", "c", "auth.json");
        finds(file, "d.example/x", NULL, NULL);
        assert_int_equal(credentials_find(file, "docker.io/library/x", &token, NULL, NULL), 1);
        assert_null(token.user);
        assert_null(token.password);
        assert_string_equal(token.identity_token, "hunter2");
}

static void test_bad_helpers(void **state) {
        static const struct {
                const char *script, *why;
        } cases[] = {
                { "echo hunter2; echo hunter2 >/dev/null; exit 3", "failed with status 3" },
                { "kill -9 $$", "failed with status 137" },
                { "echo hunter2", "does not answer as credential helpers do" },
                { "echo '{\"Username\":\"u\"}'", "does not answer" },
                { "echo '{\"Username\":\"u\",\"Secret\":{}}'", "does not answer" },
                { "echo '{\"Username\":\"u:v\",\"Secret\":\"hunter2\"}'", "does not answer" },
                { "echo '{\"Username\":\"u\",\"Secret\":\"a\",\"Secret\":\"hunter2\"}'", "does not answer" },
                { "exec cat /dev/zero", "says more than 64 KiB" },
        };

        scratch_write("auth.json", "{\"credsStore\":\"bad\"}");
        fails(scratch_path("auth.json"), "a.example", "auth.json", "docker-credential-bad is not in PATH");
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                credential_helper_write("bad", cases[i].script);
                fails(scratch_path("auth.json"), "a.example", "auth.json", cases[i].why);
        }

        credential_helper_write("bad", "echo '{\"Username\":\"\",\"Secret\":\"\"}'");
        finds(scratch_path("auth.json"), "a.example", NULL, NULL);
}

static void test_store_and_erase(void **state) {
        _cleanup_free_ char *script = NULL, *why = NULL;

        assert_return_code(str_printf(&script, "echo \"$@\" >%s; cat >%s", scratch_path("arguments"),
                                      scratch_path("input")),
                           0);
        credential_helper_write("keep", script);
        assert_int_equal(credential_helper_store("keep", "docker.io", "u", "hunter\"2", &why), 0);
        scratch_expect("arguments", "store\n");
        scratch_expect("input",
                       "{\"ServerURL\":\"https://index.docker.io/v1/\",\"Username\":\"u\",\"Secret\":\"hunter\\\"2\"}\n");
        assert_int_equal(credential_helper_erase("keep", "a.example:5000", &why), 1);
        scratch_expect("arguments", "erase\n");
        scratch_expect("input", "a.example:5000");

        credential_helper_write("keep", "echo credentials not found in native keychain; exit 1");
        assert_int_equal(credential_helper_erase("keep", "a.example", &why), 0);
        assert_null(why);
        credential_helper_write("keep", "exit 1");
        assert_true(credential_helper_store("keep", "a.example", "u", "hunter2", &why) < 0);
        assert_string_equal(why, "'docker-credential-keep store' failed with status 1");
}

static void test_own_file(void **state) {
        _cleanup_free_ char *path = NULL, *named = NULL;
        _cleanup_auth_file_ AuthFile f = {};
        _cleanup_blob_ Blob text = {};

        assert_int_equal(credentials_own_file(NULL, &path), 0);
        assert_string_equal(path, scratch_path("home/.config/containers/auth.json"));
        assert_int_equal(credentials_read(path, &text, &f, NULL), 0);
        assert_int_equal(text.size, 0);
        assert_int_equal(f.n_entries, 0);
        assert_int_equal(credentials_own_file("x.json", &named), 0);
        assert_string_equal(named, "x.json");

        scratch_write("home/.config/containers/auth.json",
                      "{\"credHelpers\":{\"a.example\":\"one\"},\"credsStore\":\"all\"}");
        assert_int_equal(credentials_read(path, &text, &f, NULL), 0);
        assert_string_equal(credentials_helper(&f, "a.example/x"), "one");
        assert_string_equal(credentials_helper(&f, "b.example"), "all");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_nothing, setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(test_order, setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(test_other_places, setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(test_passes_on, setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(test_without_home, setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(test_unusable, setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(test_too_large, setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(test_helper, setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(test_bad_helpers, setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(test_store_and_erase, setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(test_own_file, setup, scratch_teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
