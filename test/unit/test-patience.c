/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the test of registry-client/patience.h, by the clock.
 * Never: waits long: $GANTRY_FETCH_BACKOFF.
 * Follows: RFC 9110, 10.2.3 (Retry-After). */

#include "caller.h"

#include <stdlib.h>
#include <time.h>

#include "registry-client/patience.h"

static Patience make(uint64_t retries, const char *backoff) {
        const ClientLimits limits = { .retries = retries };

        setenv("GANTRY_FETCH_BACKOFF", backoff, 1);
        return patience_new(&caller, &limits);
}

/* Whether it is asked again after an answer. */
static bool again(Patience *p, int status, int64_t retry_after) {
        const HttpResponse answer = {
                .status = status,
                .from = (char *) "a.example",
                .retry_after = retry_after,
        };

        int r = patience_again(p, 0, &answer, NULL);
        assert_return_code(r, -r);
        return r;
}

static bool again_after(Patience *p, int error) {
        int r = patience_again(p, error, &(HttpResponse) {}, NULL);
        assert_return_code(r, -r);
        return r;
}

static uint64_t now_ms(void) {
        struct timespec ts;

        (void) clock_gettime(CLOCK_MONOTONIC, &ts);
        return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void test_statuses(void **state) {
        static const int worth_it[] = { 408, 429, 500, 502, 503, 504 },
                         not_worth_it[] = { 0,   200, 202, 206, 301, 304, 400,
                                            401, 403, 404, 416, 451, 501, 505 };

        for (size_t i = 0; i < ELEMENTSOF(worth_it); i++) {
                Patience p = make(1, "0");
                assert_true(again(&p, worth_it[i], -1));
        }
        for (size_t i = 0; i < ELEMENTSOF(not_worth_it); i++) {
                Patience p = make(1, "0");
                assert_false(again(&p, not_worth_it[i], -1));
                assert_false(again(&p, not_worth_it[i], 0)); /* it may say that it wants to be asked again */
                assert_int_equal(p.left, 1);
        }
}

static void test_errors(void **state) {
        static const int not_worth_it[] = { ECONNREFUSED, EPROTONOSUPPORT, EFBIG, EPROTO,
                                            EIO,          ENOMEM,          EPIPE, ESTALE };

        Patience p = make(2, "0");
        assert_true(again_after(&p, -ECONNRESET));
        assert_true(again_after(&p, -ETIMEDOUT));
        for (size_t i = 0; i < ELEMENTSOF(not_worth_it); i++) {
                p = make(1, "0");
                assert_false(again_after(&p, -not_worth_it[i]));
        }
}

static void test_number(void **state) {
        Patience p = make(3, "0"), none = make(0, "0");

        assert_true(again(&p, 503, -1));
        assert_true(again_after(&p, -ECONNRESET));
        assert_true(again(&p, 429, 0));
        assert_false(again(&p, 503, -1));
        assert_false(again_after(&p, -ECONNRESET));
        assert_false(again(&none, 503, -1));
}

/* A server that wants an hour is one that does not want us. */
static void test_retry_after(void **state) {
        Patience p = make(1, "0");

        assert_false(again(&p, 503, 61));
        assert_false(again(&p, 429, 3600));
        assert_false(again(&p, 429, INT64_MAX));
        assert_int_equal(p.left, 1);
        caller_expect(NULL);

        uint64_t begin = now_ms();
        assert_true(again(&p, 429, 1));
        assert_in_range(now_ms() - begin, 999, 1500);
        caller_expect("note 429 from a.example, asking again in 1 s");
}

/* What the server says goes before what we would wait. */
static void test_retry_at_once(void **state) {
        Patience p = make(1, "60000");

        uint64_t begin = now_ms();
        assert_true(again(&p, 503, 0));
        assert_in_range(now_ms() - begin, 0, 500);
        caller_expect("note 503 from a.example, asking again in 0 s");
}

static void test_backing_off(void **state) {
        Patience p = make(3, "50");

        uint64_t begin = now_ms();
        assert_true(again_after(&p, -ECONNRESET));
        assert_true(again_after(&p, -ECONNRESET));
        assert_true(again_after(&p, -ECONNRESET));
        assert_in_range(now_ms() - begin, 50 + 100 + 200 - 3, 1000);
}

/* However often it has been in vain. */
static void test_longest(void **state) {
        Patience p = make(20, "0");

        p.delay_ms = 1; /* there is nothing to double in 0 */
        for (size_t i = 0; i < 4; i++)
                assert_true(again(&p, 503, 0));
        assert_int_equal(p.delay_ms, 16);

        p.delay_ms = 50000;
        assert_true(again(&p, 503, 0));
        assert_int_equal(p.delay_ms, 60000);
        assert_true(again(&p, 503, 0));
        assert_int_equal(p.delay_ms, 60000);
}

static void test_notes(void **state) {
        Patience p = make(3, "0");

        assert_int_equal(patience_again(&p, -ECONNRESET, NULL, "a.example has hung up"), 1);
        caller_expect("note a.example has hung up, asking again in 0 s");
        assert_int_equal(patience_again(&p, -ETIMEDOUT, NULL, NULL), 1);
        caller_expect("note Connection timed out, asking again in 0 s");
        assert_int_equal(patience_again(&p, -EPROTO, NULL, "bad"), 0);
        caller_expect(NULL); /* whoever asked says why it failed */
}

static void test_default(void **state) {
        const ClientLimits limits = { .retries = 4 };

        setenv("GANTRY_FETCH_BACKOFF", "soon", 1);
        Patience p = patience_new(&caller, &limits);
        assert_int_equal(p.delay_ms, 1000);
        unsetenv("GANTRY_FETCH_BACKOFF");
        p = patience_new(&caller, &limits);
        assert_int_equal(p.delay_ms, 1000);
        assert_int_equal(p.left, 4);
}

/* It has gone, or says something when it has nothing to say. */
static void test_caller_gone(void **state) {
        Patience p = make(3, "60000");

        uint64_t begin = now_ms();
        assert_return_code(wire_send(caller_end, (char *const *) (const char *const[]) { "blob", NULL },
                                     -EBADF),
                           0);
        assert_int_equal(patience_again(&p, -ECONNRESET, NULL, NULL), -EPIPE);
        caller_end = fd_close(caller_end);
        assert_int_equal(patience_again(&p, -ECONNRESET, NULL, NULL), -EPIPE);
        assert_in_range(now_ms() - begin, 0, 1000);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_statuses, caller_setup, caller_teardown),
                cmocka_unit_test_setup_teardown(test_errors, caller_setup, caller_teardown),
                cmocka_unit_test_setup_teardown(test_number, caller_setup, caller_teardown),
                cmocka_unit_test_setup_teardown(test_retry_after, caller_setup, caller_teardown),
                cmocka_unit_test_setup_teardown(test_retry_at_once, caller_setup, caller_teardown),
                cmocka_unit_test_setup_teardown(test_backing_off, caller_setup, caller_teardown),
                cmocka_unit_test_setup_teardown(test_longest, caller_setup, caller_teardown),
                cmocka_unit_test_setup_teardown(test_notes, caller_setup, caller_teardown),
                cmocka_unit_test_setup_teardown(test_default, caller_setup, caller_teardown),
                cmocka_unit_test_setup_teardown(test_caller_gone, caller_setup, caller_teardown),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
