/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the test of registry/credential-agent.h: what it answers, and what it does not do.
 * Never: looks at the tester's own files; talks to a helper that is installed.
 * Follows: STYLE.md, "Tests". */

#include "credential-helper.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "registry/credential-agent.h"
#include "registry/wire.h"

static int setup(void **state) {
        if (scratch_setup(state) < 0)
                return -1;
        scratch_mkdir("bin");
        return credential_helpers_find();
}

static int start(void) {
        int socket = -EBADF;

        assert_int_equal(credential_agent_start(scratch_path("auth.json"), &socket), 0);
        return socket;
}

/* It has to end by itself. */
static void ends(int socket, int status) {
        int ended;

        fd_close(socket);
        assert_return_code(wait(&ended), errno);
        assert_true(WIFEXITED(ended));
        assert_int_equal(WEXITSTATUS(ended), status);
}

static void has(int agent, const char *name, const char *user, const char *password, const char *token) {
        _cleanup_credentials_ Credentials c = {};
        _cleanup_free_ char *why = NULL;

        int r = credential_agent_ask(agent, name, &c, &why);
        if (r != 1)
                fail_msg("'%s': %d: %s", name, r, why);
        if (!streq_ptr(c.user, user) || !streq_ptr(c.password, password) ||
            !streq_ptr(c.identity_token, token))
                fail_msg("'%s': '%s' '%s' '%s'", name, c.user, c.password, c.identity_token);
}

static void test_files(void **state) {
        _cleanup_credentials_ Credentials c = {};

        scratch_write("auth.json",
                      "{\"auths\":{\"a.example\":{\"username\":\"u\",\"password\":\"token=\\u00e9 x\"},"
                      "\"b.example\":{\"identitytoken\":\"t\"}}}");
        int agent = start();
        has(agent, "a.example/x/y", "u", "token=\303\251 x", NULL);
        has(agent, "b.example", NULL, NULL, "t");
        assert_int_equal(credential_agent_ask(agent, "c.example", &c, NULL), 0);
        assert_null(c.user);
        ends(agent, EXIT_SUCCESS);
}

static void test_helper(void **state) {
        credential_helper_write(
                        "echo",
                        "read -r server; echo \"{\\\"Username\\\":\\\"$1\\\",\\\"Secret\\\":\\\"$server\\\"}\"");
        scratch_write("auth.json", "{\"credsStore\":\"echo\"}");
        int agent = start();
        has(agent, "a.example/x", "get", "a.example", NULL);
        has(agent, "docker.io/x", "get", "https://index.docker.io/v1/", NULL);
        ends(agent, EXIT_SUCCESS);
}

static void fails(int agent, const char *name, int error, const char *text) {
        _cleanup_credentials_ Credentials c = {};
        _cleanup_free_ char *why = NULL;

        assert_int_equal(credential_agent_ask(agent, name, &c, &why), error);
        if (text ? !why || !strstr(why, text) : !!why)
                fail_msg("should say '%s': %s", text, why);
}

/* It goes on after each of them. */
static void test_failures(void **state) {
        _cleanup_free_ char *large = malloc(5001);

        assert_non_null(large);
        memset(large, 'a', 5000);
        large[5000] = '\0';
        credential_helper_write("bad", "exit 3");
        scratch_write("auth.json", "{\"credHelpers\":{\"a.example\":\"bad\",\"b.example\":\"missing\"}}");
        int agent = start();
        fails(agent, "a.example", -EIO, "'docker-credential-bad get' failed with status 3");
        fails(agent, "b.example", -ENOENT, "docker-credential-missing is not in PATH");
        fails(agent, "", -EINVAL, NULL);
        fails(agent, "a.example\nb.example", -EINVAL, NULL);
        fails(agent, large, -EINVAL, NULL);
        scratch_write("auth.json", "{");
        fails(agent, "a.example", -EBADMSG, "auth.json");
        ends(agent, EXIT_SUCCESS);
}

static void test_too_long(void **state) {
        _cleanup_free_ char *text = NULL;

        assert_return_code(
                        str_printf(&text,
                                   "{\"auths\":{\"a.example\":{\"username\":\"u\",\"password\":\"%065536d\"}}}",
                                   0),
                        0);
        scratch_write("auth.json", text);
        int agent = start();
        fails(agent, "a.example", -EMSGSIZE, "longer than 64 KiB");
        ends(agent, EXIT_SUCCESS);
}

/* Who asks what it does not know is not whom it was started for. */
static void test_other_questions(void **state) {
        static char *const questions[][3] = { { (char *) "get", (char *) "a.example" },
                                              { (char *) "a.example", (char *) "" } };

        _cleanup_free_ char *script = NULL;

        assert_return_code(str_printf(&script, "touch %s", scratch_path("ran")), 0);
        credential_helper_write("ran", script);
        scratch_write("auth.json", "{\"credsStore\":\"ran\"}");
        for (size_t i = 0; i < ELEMENTSOF(questions); i++) {
                _cleanup_strv_ char **answer = NULL;
                int agent = start(), fd;

                assert_int_equal(wire_send(agent, questions[i], -EBADF), 0);
                assert_int_equal(wire_receive(agent, &answer, &fd), 0);
                ends(agent, EXIT_FAILURE);
        }
        assert_int_equal(faccessat(scratch.fd, "ran", F_OK, 0), -1);
}

static void test_gone(void **state) {
        scratch_write("auth.json", "{}");
        int agent = start();
        assert_return_code(shutdown(agent, SHUT_RDWR), errno);
        fails(agent, "a.example", -EPIPE, "has ended");
        ends(agent, EXIT_SUCCESS);
}

/* Neither the pipe that somebody reads to its end, nor a lock. */
static void test_holds_nothing(void **state) {
        int fds[2];
        char byte;

        scratch_write("auth.json", "{}");
        assert_return_code(pipe(fds), errno);
        int agent = start();
        fd_close(fds[1]);
        assert_int_equal(credential_agent_ask(agent, "a.example", &(Credentials) {}, NULL), 0);
        assert_int_equal(read(fds[0], &byte, 1), 0);
        fd_close(fds[0]);
        ends(agent, EXIT_SUCCESS);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_files, setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(test_helper, setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(test_failures, setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(test_too_long, setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(test_other_questions, setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(test_gone, setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(test_holds_nothing, setup, scratch_teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
