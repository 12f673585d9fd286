/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the test of registry/session.h, against the real registry-client, which finds nobody to talk to, and against
 *       one that has been taken over: this program under that name, which says whatever it is asked to.
 * Never: runs as root: a session would want a user that a build machine does not have.
 * Follows: registry/session.h. */

#include "scratch.h"

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "basic/children.h"
#include "basic/fd.h"
#include "basic/local-socket.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "registry/session.h"
#include "registry/wire.h"

#define NOBODY 65534
#define CLIENT_FD 3

#define WORDS(...) ((char *const *) (const char *const[]) { __VA_ARGS__, NULL })

static Session *session;

/* -- the one that has been taken over --------------------------------------------------------------------- */

/* say WORD… [| WORD…]…: so many messages. */
static void say(char *const *words) {
        _cleanup_strv_ char **message = NULL;

        STRV_FOREACH(w, words)
                if (!streq(*w, "|"))
                        (void) strv_add(&message, *w);
                else {
                        (void) wire_send(CLIENT_FD, message, -EBADF);
                        message = strv_free(message);
                }
        (void) wire_send(CLIENT_FD, message, -EBADF);
}

/* file ERRNO SIZE: it was given that, and tells. */
static void tell(char *const *words, int fd) {
        char text[64] = {};

        if (fd >= 0 && read(fd, text, sizeof(text) - 1) < 0)
                return;
        say(WORDS("done", words[1], words[2], fd >= 0 ? text : "no fd"));
}

static int be_client(void) {
        for (;;) {
                _cleanup_strv_ char **words = NULL;
                int received = -EBADF;

                int r = wire_receive(CLIENT_FD, &words, &received);
                _cleanup_close_ int fd = received;
                if (r <= 0 || streq(words[0], "die"))
                        return 0;

                if (streq(words[0], "access"))
                        continue;
                if (streq(words[0], "say"))
                        say(words + 1);
                else
                        tell(words, fd);
        }
}

/* -- where they are --------------------------------------------------------------------------------------- */

/* Who this is, and where it was built. */
static char self[PATH_MAX];

/* Nobody has to get there. */
static void need(const char *path) {
        if (access(path, X_OK) < 0) {
                print_message("'%s' cannot be executed by user nobody\n", path);
                skip();
        }
}

static int open_session(const char *directory) {
        Endpoint endpoint = { .host = (char *) "127.0.0.1:1",
                              .repository = (char *) "a/b",
                              .plain_http = true };
        const Access access = {
                .endpoints = &endpoint,
                .n_endpoints = 1,
                .limits = { .document_max = 1024, .headers_max = 1024, .timeout = 5 },
        };

        setenv("GANTRY_EXEC_DIR", directory, 1);
        return session_open(&access, &session, /* reterr_why= */ NULL);
}

static void open_taken_over(void) {
        need(self);
        assert_return_code(symlinkat(self, scratch.fd, "registry-client"), errno);
        assert_return_code(open_session(scratch.path), 0);
}

static void open_real(void) {
        char path[PATH_MAX];

        /* DIR/test/test-session, DIR/registry-client */
        (void) snprintf(path, sizeof(path), "%.*s", (int) (strstr(self, "/test/test-session") - self), self);
        assert_return_code(open_session(path), 0);
}

static int setup(void **state) {
        return scratch_setup(state);
}

static int teardown(void **state) {
        session = session_close(session);
        session_socket = NULL;
        return scratch_teardown(state);
}

/* -- what is said ----------------------------------------------------------------------------------------- */

/* Asked to say `words`, it ends with `expected`. */
static void ends(char *const *words, int expected, const char *why_expected) {
        _cleanup_free_ char *why = NULL;

        int r = session_call(session, words, -EBADF, /* hooks= */ NULL, /* ret= */ NULL, &why);
        if (r != expected || !streq_ptr(why, why_expected))
                fail_msg("'%s %s': %d, %s", words[1], words[2] ? words[2] : "", r, why);
}
#define ENDS(expected, why, ...) ends(WORDS("say", __VA_ARGS__), expected, why)

static void test_failures(void **state) {
        open_taken_over();
        ENDS(-ENOENT, "404 from a.example", "failed", "2", "404 from a.example");
        ENDS(-ENOENT, NULL, "failed", "2", "");
        ENDS(-EPROTO, NULL, "failed", "0", ""); /* no failure at all */
        ENDS(-EPROTO, NULL, "failed", "-2", "");
        ENDS(-EPROTO, NULL, "failed", "134", ""); /* no errno */
        ENDS(-EPROTO, NULL, "failed", "4294967298", "");
        ENDS(-EPROTO, NULL, "failed", "18446744073709551616", "");
        ENDS(-EPROTO, NULL, "failed", "ENOENT", "");
        ENDS(-EPROTO, NULL, "failed", "125", ""); /* ECANCELED: whether we were interrupted we know better */
        ENDS(0, NULL, "done");
}

/* Nothing of it reaches a terminal as it is. */
static void test_foreign_text(void **state) {
        open_taken_over();
        ENDS(-EIO, "?[31mred", "failed", "5", "\x1b[31mred\nCannot verify: a second line");
        ENDS(-EIO,
             "Gr\xc3\xbc\xc3\x9f"
             "e ??31m",
             "failed", "5",
             "Gr\xc3\xbc\xc3\x9f"
             "e \xc2\x9b"
             "31m"); /* CSI in one character */
}

static void test_not_answers(void **state) {
        open_taken_over();
        ENDS(-EBADMSG, NULL, "");
        ENDS(-EBADMSG, NULL, "note");
        ENDS(-EBADMSG, NULL, "note", "a", "b");
        ENDS(-EBADMSG, NULL, "file", "path");
        ENDS(-EBADMSG, NULL, "file", "path", "open", "more");
        ENDS(-EBADMSG, NULL, "begin", "0");
        ENDS(-EBADMSG, NULL, "failed");
        ENDS(-EBADMSG, NULL, "failed", "2");
        ENDS(-EBADMSG, NULL, "Done");
        ENDS(-EBADMSG, NULL, "done ");
        ENDS(0, NULL, "done");
}

static char noted[256];

static void note(const char *text) {
        strcat(strcat(noted, text), ";");
}

static void test_notes_and_result(void **state) {
        const SessionHooks hooks = { .note = note };
        _cleanup_strv_ char **result = NULL;
        _cleanup_free_ char *why = NULL;

        open_taken_over();
        char *const *request = WORDS("say", "note", "one", "|", "begin", "0", "", "|", "note", "two\x07",
                                     "|", "done", "https://a.example", "");
        assert_return_code(session_call(session, request, -EBADF, &hooks, &result, &why), 0);
        assert_string_equal(noted, "one;two?;");
        assert_int_equal(strv_length(result), 2);
        assert_string_equal(result[0], "https://a.example");
        assert_string_equal(result[1], "");
        assert_null(why);
}

/* "size" has one size, "content" has something to read. */
static int find(const char *path, void *userdata, uint64_t *ret_size, int *ret_fd) {
        if (!streq(path, "content"))
                return -ENOENT;

        *ret_size = 3;
        if (ret_fd) {
                *ret_fd = openat(scratch.fd, path, O_RDONLY | O_CLOEXEC);
                assert_return_code(*ret_fd, errno);
        }
        return 0;
}

static void serves(const char *path, const char *what, const char *error, const char *size,
                   const char *content) {
        const SessionHooks hooks = { .file = find };
        _cleanup_strv_ char **result = NULL;

        assert_return_code(session_call(session, WORDS("say", "file", path, what), -EBADF, &hooks, &result,
                                        NULL),
                           0);
        assert_int_equal(strv_length(result), 3);
        assert_string_equal(result[0], error);
        assert_string_equal(result[1], size);
        assert_string_equal(result[2], content);
}

static void test_files(void **state) {
        open_taken_over();
        scratch_write("content", "yes");
        serves("content", "open", "0", "3", "yes");
        serves("content", "size", "0", "3", "no fd");
        serves("content", "OPEN", "0", "3", "no fd");
        serves("../content", "open", "2", "0", "no fd");
        serves("", "size", "2", "0", "no fd");
}

/* Who serves none is asked for one. */
static void test_no_files(void **state) {
        _cleanup_strv_ char **result = NULL;

        open_taken_over();
        assert_return_code(session_call(session, WORDS("say", "file", "content", "open"), -EBADF, NULL,
                                        &result, NULL),
                           0);
        assert_string_equal(result[0], "2");
}

static void test_death(void **state) {
        open_taken_over();
        ends(WORDS("die", "", ""), -EPROTO, "registry-client has died");
        ends(WORDS("say", "done", ""), -EPROTO, "registry-client has died");
}

/* One at a time, for whoever does something else meanwhile. */
static void test_answers(void **state) {
        open_taken_over();
        assert_return_code(session_ask(session,
                                       WORDS("say", "begin", "7", "\"v\"", "|", "failed", "5", "why"),
                                       -EBADF),
                           0);

        SessionAnswer a = {};
        assert_return_code(session_answer(session, &a), 0);
        assert_int_equal(a.kind, SESSION_BEGIN);
        assert_string_equal(a.words[1], "7");
        assert_string_equal(a.words[2], "\"v\"");
        assert_null(a.why);
        session_answer_done(&a);

        assert_return_code(session_answer(session, &a), 0);
        assert_int_equal(a.kind, SESSION_FAILED);
        assert_int_equal(a.error, -EIO);
        assert_string_equal(a.why, "why");
        session_answer_done(&a);

        assert_return_code(session_ask(session, WORDS("die"), -EBADF), 0);
        assert_int_equal(session_answer(session, &a), -EPIPE);
        session_answer_done(&a);
}

/* -- the real one ----------------------------------------------------------------------------------------- */

static void test_nobody_there(void **state) {
        static const char digest[] = "sha256:" /* of nothing */
                                     "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        _cleanup_free_ char *why = NULL;

        need(self);
        open_real();
        _cleanup_close_ int fd = openat(scratch.fd, "blob", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        assert_return_code(fd, errno);
        int r = session_call(session, WORDS("blob", digest, "0", "0", ""), fd, NULL, NULL, &why);
        assert_true(r == -ECONNREFUSED && why);
        scratch_expect("blob", "");
}

static void test_bad_requests(void **state) {
        need(self);
        open_real();
        ends(WORDS("frobnicate", ""), -EINVAL, "Invalid argument");
        ends(WORDS("blob", ""), -EINVAL, "Invalid argument");
        ends(WORDS("login", ""), -EINVAL, "Invalid argument");
        ends(WORDS("blob", "sha256:0", "0", "0", ""), -EINVAL, "Invalid argument"); /* and no fd */
}

static void test_no_client(void **state) {
        assert_int_equal(open_session(scratch.path), -ENOENT);
        assert_null(session);
        assert_null(session_close(NULL));
}

/* It is gone when the session is. */
static void test_close(void **state) {
        open_taken_over();
        session = session_close(session);
        assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
        assert_int_equal(errno, ECHILD);
}

/* -- one that systemd has started ------------------------------------------------------------------------- */

/* Returns its end of the session, behind the first message, which must be this one and bring an fd. */
static int accept_session(void) {
        _cleanup_close_ int listening = local_socket_bind(scratch.fd, "socket", SOCK_SEQPACKET);
        _cleanup_strv_ char **words = NULL;
        int access_fd;

        assert_return_code(listen(listening, 1), errno);
        session_socket = scratch_path("socket");
        assert_return_code(open_session(scratch.path), 0);

        _cleanup_close_ int theirs = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
        assert_int_equal(wire_receive(theirs, &words, &access_fd), 1);
        assert_string_equal(words[0], "access");
        assert_return_code(access_fd, errno);
        fd_close(access_fd);

        return TAKE_FD(theirs);
}

static void test_service(void **state) {
        _cleanup_close_ int theirs = accept_session();
        char nothing;

        assert_return_code(wire_send(theirs, WORDS("failed", "5", "why"), -EBADF), 0);
        ends(WORDS("login", ""), -EIO, "why");
        session = session_close(session);
        assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* nothing was started */

        _cleanup_strv_ char **words = NULL;
        int fd;
        assert_int_equal(wire_receive(theirs, &words, &fd), 1); /* "login" */
        assert_int_equal(read(theirs, &nothing, 1), 0);
}

static void test_no_service(void **state) {
        session_socket = scratch_path("socket");
        assert_int_equal(open_session(scratch.path), -ENOENT);
        assert_null(session);
}

/* A signal cannot end it, but the waiting for it. */
static void test_interrupted(void **state) {
        _cleanup_close_ int theirs = accept_session();

        children_take_signals();
        assert_return_code(raise(SIGTERM), errno);
        assert_true(children_interrupted());
        ends(WORDS("login", ""), -EPROTO, "registry-client has died");
        session = session_close(session);
}

static bool become_nobody(void) {
        return geteuid() != 0 || (setresgid(NOBODY, NOBODY, NOBODY) == 0 &&
                                  setresuid(NOBODY, NOBODY, NOBODY) == 0 && prctl(PR_SET_DUMPABLE, 1) == 0);
}

int main(int argc, char **argv) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_failures, setup, teardown),
                cmocka_unit_test_setup_teardown(test_foreign_text, setup, teardown),
                cmocka_unit_test_setup_teardown(test_not_answers, setup, teardown),
                cmocka_unit_test_setup_teardown(test_notes_and_result, setup, teardown),
                cmocka_unit_test_setup_teardown(test_files, setup, teardown),
                cmocka_unit_test_setup_teardown(test_no_files, setup, teardown),
                cmocka_unit_test_setup_teardown(test_death, setup, teardown),
                cmocka_unit_test_setup_teardown(test_answers, setup, teardown),
                cmocka_unit_test_setup_teardown(test_nobody_there, setup, teardown),
                cmocka_unit_test_setup_teardown(test_bad_requests, setup, teardown),
                cmocka_unit_test_setup_teardown(test_no_client, setup, teardown),
                cmocka_unit_test_setup_teardown(test_close, setup, teardown),
                cmocka_unit_test_setup_teardown(test_service, setup, teardown),
                cmocka_unit_test_setup_teardown(test_no_service, setup, teardown),
                cmocka_unit_test_setup_teardown(test_interrupted, setup, teardown), /* for good */
        };

        if (endswith(argv[0], "/registry-client"))
                return be_client();
        if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0 || !become_nobody())
                return 1;
        return cmocka_run_group_tests(tests, NULL, NULL);
}
