/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of pod/app-state.
 * Never: needs a pod.
 * Follows: pod/app-state.h. */

#include "scratch.h"

#include "pod/app-state.h"

static void comes_back(void **state) {
        _cleanup_app_state_ AppState read = {};
        const AppState written = {
                .phase = APP_RESTARTING,
                .since_usec = 1700000000000001,
                .started_usec = 1700000000000000,
                .n_restarts = 3,
                .last = { .when_usec = 1700000000000001,
                          .result = (char *) "signal",
                          .code = 139,
                          .signal = 11,
                          .core = true },
        };

        assert_int_equal(app_state_read(scratch.fd, &read), -ENOENT);
        assert_int_equal(app_state_write(scratch.fd, &written), 0);
        assert_int_equal(app_state_read(scratch.fd, &read), 0);
        assert_int_equal(read.phase, APP_RESTARTING);
        assert_int_equal(read.leader, 0);
        assert_int_equal(read.since_usec, written.since_usec);
        assert_int_equal(read.started_usec, written.started_usec);
        assert_int_equal(read.n_restarts, 3);
        assert_string_equal(read.last.result, "signal");
        assert_int_equal(read.last.signal, 11);
        assert_true(read.last.core);
        assert_false(read.last.oom);
}

/* The last one counts, and nothing but it is left. */
static void is_replaced(void **state) {
        for (AppPhase phase = 0; phase < _APP_PHASE_MAX; phase++) {
                _cleanup_app_state_ AppState read = {};

                assert_int_equal(app_state_write(scratch.fd,
                                                 &(AppState) { .phase = phase, .leader = 100 + phase }),
                                 0);
                assert_int_equal(app_state_read(scratch.fd, &read), 0);
                assert_int_equal(read.phase, phase);
                assert_int_equal(read.leader, 100 + phase);
                assert_null(read.last.result);
        }
        assert_int_equal(scratch_count("."), 1);
}

static void refuses(void **state) {
        static const char *const texts[] = { "",
                                             "{}",
                                             "{\"phase\":\"asleep\"}",
                                             "{\"phase\":1}",
                                             "{\"phase\":\"running\",\"leader\":-1}",
                                             "{\"phase\":\"exited\",\"last\":{}}" };

        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                AppState s = {};

                scratch_write("state", texts[i]);
                assert_int_equal(app_state_read(scratch.fd, &s), -EBADMSG);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(comes_back, scratch_setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(is_replaced, scratch_setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(refuses, scratch_setup, scratch_teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
