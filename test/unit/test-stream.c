/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the test of registry-client/stream.h: what the caller gets of answers that were cut off, or changed.
 * Never: needs a server.
 * Follows: RFC 9110, 13.1.5 (If-Range). */

#include <fcntl.h>
#include <signal.h>

#include "caller.h"

#include "registry-client/stream.h"

static int pipe_end = -EBADF;
static HttpRequest request;
static HttpSink sink;

static int teardown(void **state) {
        pipe_end = fd_close(pipe_end);
        return caller_teardown(state);
}

/* The caller has `position` bytes of the version `validator`. */
static Stream make(bool fixed, uint64_t position, const char *validator) {
        int fds[2];

        assert_return_code(pipe2(fds, O_CLOEXEC | O_NONBLOCK), errno);
        pipe_end = fds[0];

        Stream s = { .caller = &caller, .fd = fds[1], .fixed = fixed, .position = position };
        assert_return_code(str_copy(validator, &s.validator), 0);
        return s;
}

static void end(Stream *s) {
        fd_close(s->fd);
        stream_done(s);
}
#define _cleanup_end_ _cleanup_(end)

static void attach(Stream *s) {
        request = (HttpRequest) {};
        stream_attach(s, &request, &sink);
        assert_ptr_equal(request.sink, &sink);
}

/* This is what will be asked next. */
static void asks(uint64_t offset, const char *validator) {
        assert_int_equal(request.offset, offset);
        if (!streq_ptr(request.validator, validator))
                fail_msg("'%s' is asked for, expected '%s'", request.validator, validator);
}

/* An answer from `offset` on, of which `text` comes. */
static void answers(uint64_t offset, const char *validator, const char *text) {
        _cleanup_free_ char *why = NULL;

        int r = sink.begin(sink.userdata, offset, validator, &why);
        if (r < 0)
                fail_msg("%d: %s", r, why);
        assert_null(why);
        if (text[0] != '\0')
                assert_return_code(sink.write(sink.userdata, text, strlen(text)), 0);
}

static void is_stale(uint64_t offset, const char *validator) {
        _cleanup_free_ char *why = NULL;

        assert_int_equal(sink.begin(sink.userdata, offset, validator, &why), -ESTALE);
        assert_non_null(why);
}

/* All that has come since the last time. */
static void gets(const char *expected) {
        char text[64] = {};

        ssize_t n = read(pipe_end, text, sizeof(text) - 1);
        if (n < 0)
                assert_int_equal(errno, EAGAIN);
        assert_string_equal(text, expected);
}

static void test_in_one_piece(void **state) {
        _cleanup_end_ Stream s = make(true, 0, NULL);

        attach(&s);
        asks(0, NULL);
        answers(0, "\"v\"", "abc");
        caller_expect("begin 0 \"v\"");
        assert_return_code(sink.write(sink.userdata, "def", 3), 0);
        gets("abcdef");
        caller_expect(NULL);
}

static void test_without_validator(void **state) {
        _cleanup_end_ Stream s = make(true, 0, NULL);

        attach(&s);
        answers(0, NULL, "");
        caller_expect("begin 0 ");
}

static void test_goes_on_with_what_is_there(void **state) {
        _cleanup_end_ Stream s = make(false, 3, "\"v\"");

        attach(&s);
        asks(3, "\"v\"");
        answers(3, "\"v\"", "def");
        caller_expect("begin 3 \"v\"");
        gets("def");
        asks(6, "\"v\"");
}

/* A part need not say again which version it is of; whoever goes on another time still wants to know. */
static void test_silent_part(void **state) {
        _cleanup_end_ Stream s = make(false, 3, "\"v\"");

        attach(&s);
        answers(3, NULL, "d");
        caller_expect("begin 3 \"v\"");
        asks(4, "\"v\"");
}

/* Nothing has been said to the caller yet: it takes a new version as well. */
static void test_all_over_again(void **state) {
        _cleanup_end_ Stream s = make(false, 3, "\"v\"");

        attach(&s);
        answers(0, "\"w\"", "ABCDEF");
        caller_expect("begin 0 \"w\"");
        gets("ABCDEF");
        asks(6, "\"w\"");
}

static void test_new_version_without_name(void **state) {
        _cleanup_end_ Stream s = make(false, 3, "\"v\"");

        attach(&s);
        answers(0, NULL, "AB");
        caller_expect("begin 0 ");
        asks(2, NULL);
}

/* There are servers that know ranges but no If-Range. */
static void test_range_of_another_version(void **state) {
        _cleanup_end_ Stream s = make(false, 3, "\"v\"");

        attach(&s);
        is_stale(3, "\"w\"");
        caller_expect(NULL);

        assert_true(sink.restart(sink.userdata));
        asks(0, NULL);
        answers(0, "\"w\"", "ABC");
        caller_expect("begin 0 \"w\"");
        gets("ABC");
}

/* If it has not a digest by which the caller will see. */
static void test_fixed_range_by_another_name(void **state) {
        _cleanup_end_ Stream s = make(true, 3, "\"v\"");

        attach(&s);
        answers(3, "\"w\"", "def");
        caller_expect("begin 3 \"w\"");
        gets("def");
}

static void test_cut(void **state) {
        _cleanup_end_ Stream s = make(false, 0, NULL);

        attach(&s);
        answers(0, "\"v\"", "abc");
        asks(3, "\"v\"");
        answers(3, "\"v\"", "d");
        asks(4, "\"v\"");
        answers(4, "\"v\"", "ef");
        gets("abcdef");
        caller_expect("begin 0 \"v\"");
        caller_expect(NULL); /* once */
}

/* The server sends the whole: what the caller has is passed over, in however many pieces it comes. */
static void test_cut_then_whole(void **state) {
        _cleanup_end_ Stream s = make(false, 0, NULL);

        attach(&s);
        answers(0, "\"v\"", "abcd");
        gets("abcd");
        answers(0, "\"v\"", "ab");
        gets("");
        asks(4, "\"v\"");
        assert_return_code(sink.write(sink.userdata, "c", 1), 0);
        assert_return_code(sink.write(sink.userdata, "def", 3), 0);
        gets("ef");
        asks(6, "\"v\"");
        assert_return_code(sink.write(sink.userdata, "g", 1), 0);
        gets("g");
}

/* It is cut again before it has come to where the caller is. */
static void test_cut_while_passing_over(void **state) {
        _cleanup_end_ Stream s = make(false, 0, NULL);

        attach(&s);
        answers(0, "\"v\"", "abcd");
        answers(0, "\"v\"", "ab");
        answers(4, "\"v\"", "ef");
        gets("abcdef");
}

static void test_changed_meanwhile(void **state) {
        _cleanup_end_ Stream s = make(false, 0, NULL);

        attach(&s);
        answers(0, "\"v\"", "abc");
        is_stale(0, "\"w\"");
        is_stale(3, "\"w\"");
        is_stale(0, NULL); /* who knows */
        assert_false(sink.restart(sink.userdata));
        gets("abc");
}

/* Of what has no name, the whole may be anything. */
static void test_cut_without_validator(void **state) {
        _cleanup_end_ Stream s = make(false, 0, NULL);

        attach(&s);
        answers(0, NULL, "abc");
        asks(3, NULL);
        is_stale(0, NULL);
        is_stale(0, "\"v\"");
}

/* What has a digest is the same everywhere, by whatever name. */
static void test_fixed_elsewhere(void **state) {
        _cleanup_end_ Stream s = make(true, 0, NULL);

        attach(&s);
        answers(0, "\"v\"", "abc");
        asks(3, "\"v\"");
        sink.elsewhere(sink.userdata);
        asks(3, NULL);
        answers(0, "\"other\"", "abcd");
        gets("abcd");
        sink.elsewhere(sink.userdata);
        answers(4, NULL, "ef");
        gets("ef");
}

static void test_not_fixed_elsewhere(void **state) {
        _cleanup_end_ Stream s = make(false, 0, NULL);

        attach(&s);
        answers(0, "\"v\"", "abc");
        sink.elsewhere(sink.userdata);
        asks(3, "\"v\"");
        is_stale(0, "\"other\"");
}

static void test_restart(void **state) {
        _cleanup_end_ Stream s = make(false, 0, NULL);

        attach(&s);
        assert_false(sink.restart(sink.userdata)); /* that is where it is */
        s.position = 3;
        assert_true(sink.restart(sink.userdata));
        asks(0, NULL);
        answers(0, "\"v\"", "abc");
        assert_false(sink.restart(sink.userdata)); /* the caller has it now */
        asks(3, "\"v\"");
}

static void test_nobody_reads(void **state) {
        _cleanup_end_ Stream s = make(true, 0, NULL);
        _cleanup_free_ char *why = NULL;

        attach(&s);
        answers(0, NULL, "abc");
        pipe_end = fd_close(pipe_end);
        signal(SIGPIPE, SIG_IGN);
        assert_int_equal(sink.write(sink.userdata, "d", 1), -EPIPE);
}

static void test_nobody_listens(void **state) {
        _cleanup_end_ Stream s = make(true, 0, NULL);
        _cleanup_free_ char *why = NULL;

        attach(&s);
        caller_end = fd_close(caller_end);
        assert_int_equal(sink.begin(sink.userdata, 0, NULL, &why), -EPIPE);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_in_one_piece, caller_setup, teardown),
                cmocka_unit_test_setup_teardown(test_without_validator, caller_setup, teardown),
                cmocka_unit_test_setup_teardown(test_goes_on_with_what_is_there, caller_setup, teardown),
                cmocka_unit_test_setup_teardown(test_silent_part, caller_setup, teardown),
                cmocka_unit_test_setup_teardown(test_all_over_again, caller_setup, teardown),
                cmocka_unit_test_setup_teardown(test_new_version_without_name, caller_setup, teardown),
                cmocka_unit_test_setup_teardown(test_range_of_another_version, caller_setup, teardown),
                cmocka_unit_test_setup_teardown(test_fixed_range_by_another_name, caller_setup, teardown),
                cmocka_unit_test_setup_teardown(test_cut, caller_setup, teardown),
                cmocka_unit_test_setup_teardown(test_cut_then_whole, caller_setup, teardown),
                cmocka_unit_test_setup_teardown(test_cut_while_passing_over, caller_setup, teardown),
                cmocka_unit_test_setup_teardown(test_changed_meanwhile, caller_setup, teardown),
                cmocka_unit_test_setup_teardown(test_cut_without_validator, caller_setup, teardown),
                cmocka_unit_test_setup_teardown(test_fixed_elsewhere, caller_setup, teardown),
                cmocka_unit_test_setup_teardown(test_not_fixed_elsewhere, caller_setup, teardown),
                cmocka_unit_test_setup_teardown(test_restart, caller_setup, teardown),
                cmocka_unit_test_setup_teardown(test_nobody_reads, caller_setup, teardown),
                cmocka_unit_test_setup_teardown(test_nobody_listens, caller_setup, teardown),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
