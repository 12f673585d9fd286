/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of fetch/progress and fetch/progress-row.
 * Never: waits, but for the second after which rows are drawn.
 * Follows: fetch/progress.h, fetch/progress-row.h; gantry-fetch(1), "JSON EVENTS". */

#include "capture.h"

#include <poll.h>
#include <pty.h>
#include <string.h>

#include "basic/cli.h"
#include "basic/log.h"
#include "basic/str.h"
#include "fetch/progress.h"

#define MB 1000000U
#define SECOND 1000000U

#define A "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

/* What a layer of 120 MB looks like after `seconds` at a steady speed. */
static Row downloading(uint64_t from, uint64_t bytes_per_second, unsigned seconds) {
        Row row = { .index = 2, .of = 5, .total = 120 * MB, .done = from };
        uint64_t t = 7 * SECOND;

        row_enter(&row, ROW_DOWNLOADING, t);
        for (unsigned tenth = 1; tenth <= seconds * 10; tenth++)
                row_advance(&row, from + bytes_per_second * tenth / 10, t + tenth * SECOND / 10);
        return row;
}

static void assert_speed(const Row *row, double expected) {
        if (row->speed < expected * 0.999 || row->speed > expected * 1.001)
                fail_msg("%f bytes a second, expected %f", row->speed, expected);
}

static void test_speed(void **state) {
        Row row = downloading(0, 10 * MB, 5);
        assert_speed(&row, 10 * MB);

        /* Chunks that come faster than one looks. */
        row = (Row) { .total = 120 * MB };
        row_enter(&row, ROW_DOWNLOADING, SECOND);
        for (unsigned ms = 1; ms <= 2000; ms++)
                row_advance(&row, ms * 5000, SECOND + ms * 1000);
        assert_speed(&row, 5 * MB);

        /* The mean of all until the window is full. */
        row = (Row) { .total = 120 * MB };
        row_enter(&row, ROW_DOWNLOADING, SECOND);
        row_advance(&row, 9 * MB, 2 * SECOND);
        assert_speed(&row, 9 * MB);
        row_advance(&row, 9 * MB, 4 * SECOND);
        assert_speed(&row, 3 * MB);
}

static void test_speed_of_the_rest(void **state) {
        Row row = downloading(60 * MB, 10 * MB, 2);
        assert_int_equal(row.done, 80 * MB);
        assert_speed(&row, 10 * MB);
}

static void test_speed_anew(void **state) {
        Row row = downloading(60 * MB, 10 * MB, 2);

        row_advance(&row, 0, 20 * SECOND); /* the server did not want to go on in the middle */
        assert_int_equal(row.done, 0);
        assert_speed(&row, 0);
        row_advance(&row, 2 * MB, 21 * SECOND);
        assert_speed(&row, 2 * MB);
}

static void test_speed_stalled(void **state) {
        Row row = downloading(0, 10 * MB, 5);

        for (unsigned tenth = 1; tenth <= 30; tenth++)
                row_advance(&row, row.done, 12 * SECOND + tenth * SECOND / 10);
        assert_true(row.speed < 4 * MB && row.speed > 3 * MB);
        row_advance(&row, row.done, 60 * SECOND);
        assert_speed(&row, 0);
}

static void check_show(const Row *row, size_t columns, const char *expected) {
        RowText shown = row_show(row, columns);

        assert_string_equal(shown.text, expected);
        assert_true(strlen(shown.text) < MAX(columns, 1));
}

static void test_show(void **state) {
        Row row = downloading(0, 10 * MB, 4);

        check_show(&row, 120,
                   "Layer 2 of 5 [##########....................] 40.0 MB of 120.0 MB, 10.0 MB/s, 9 s left");
        check_show(&row, 80, "Layer 2 of 5 [#####............] 40.0 MB of 120.0 MB, 10.0 MB/s, 9 s left");
        check_show(&row, 70, "Layer 2 of 5 40.0 MB of 120.0 MB, 10.0 MB/s, 9 s left");
        check_show(&row, 40, "Layer 2 of 5 40.0 MB of 120.0 MB, 10.0 ");
        check_show(&row, 2, "L");
        check_show(&row, 1, "");
        check_show(&row, 0, "");

        row.of = 12; /* as wide as "Layer 10 of 12" */
        check_show(&row, 72, "Layer  2 of 12 40.0 MB of 120.0 MB, 10.0 MB/s, 9 s left");
}

static void test_show_ends(void **state) {
        Row row = downloading(0, 0, 0);
        check_show(&row, 80, "Layer 2 of 5 [.................] 0 B of 120.0 MB");
        row_advance(&row, 0, 8 * SECOND);
        check_show(&row, 80, "Layer 2 of 5 [.................] 0 B of 120.0 MB, 0 B/s");
        row_advance(&row, 1, 9 * SECOND);
        check_show(&row, 80, "Layer 2 of 5 [.................] 1 B of 120.0 MB, 0 B/s");

        row = downloading(0, 10 * MB, 12);
        check_show(&row, 80, "Layer 2 of 5 [#################] 120.0 MB of 120.0 MB, 10.0 MB/s");
        row_advance(&row, 130 * MB, 20 * SECOND);
        assert_non_null(strstr(row_show(&row, 80).text, "[#################] 130.0 MB of 120.0 MB, "));
        assert_null(strstr(row_show(&row, 80).text, "left"));
}

static void test_show_states(void **state) {
        Row row = { .index = 2, .of = 5, .total = 120 * MB, .done = 120 * MB };

        check_show(&row, 80, "");
        row_enter(&row, ROW_WAITING, SECOND);
        check_show(&row, 80, "Layer 2 of 5: waiting for another gantry fetch");
        check_show(&row, 30, "Layer 2 of 5: waiting for ano");
        row_enter(&row, ROW_SEALING, SECOND);
        check_show(&row, 80, "Layer 2 of 5 [#################] 120.0 MB, sealing");
        row_enter(&row, ROW_DONE, SECOND);
        check_show(&row, 80, "");
        row_enter(&row, ROW_PRESENT, SECOND);
        check_show(&row, 80, "");
}

static void test_show_unknown_size(void **state) {
        Row row = {};

        row_enter(&row, ROW_DOWNLOADING, SECOND);
        row_advance(&row, 3 * MB, 2 * SECOND);
        check_show(&row, 80, "Archive 3.0 MB, 3.0 MB/s");
}

/* Whatever the numbers, a line is a line. */
static void test_show_extremes(void **state) {
        Row row = { .index = SIZE_MAX, .of = SIZE_MAX, .total = INT64_MAX };

        row_enter(&row, ROW_DOWNLOADING, 0);
        row_advance(&row, INT64_MAX - 1, SECOND);
        row_advance(&row, INT64_MAX - 1, UINT64_MAX);
        for (size_t columns = 0; columns < 400; columns++)
                assert_true(strlen(row_show(&row, columns).text) < MAX(columns, 1));
}

static void test_say(void **state) {
        static const struct {
                Row row;
                const char *expected;
        } table[] = {
                { { 1, 3, NULL, 1234, ROW_NEW }, "" },
                { { 1, 3, NULL, 1234, ROW_WAITING }, "Layer 1 of 3: waiting for another gantry fetch" },
                { { 1, 3, NULL, 1234, ROW_DOWNLOADING }, "Layer 1 of 3: 1.2 kB" },
                { { 1, 3, NULL, 1234, ROW_DOWNLOADING, 234 },
                  "Layer 1 of 3: 1.2 kB, 234 B of it already here" },
                { { 1, 3, NULL, 1234, ROW_SEALING, 1234 }, "" },
                { { 1, 3, NULL, 1234, ROW_DONE, 1234 }, "Layer 1 of 3: 1.2 kB" },
                { { 1, 10, NULL, 1234, ROW_PRESENT }, "Layer 1 of 10 is in the store" },
                { { 0, 0, NULL, 0, ROW_DOWNLOADING }, "Archive: size unknown" },
                { { 0, 0, NULL, 0, ROW_DONE, 1234 }, "Archive: 1.2 kB" },
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                assert_string_equal(row_say(&table[i].row).text, table[i].expected);
}

static void check_event(const Row *row, const char *expected) {
        _cleanup_json_ Json *event = row_event(row);
        _cleanup_blob_ Blob text = {};

        assert_non_null(event);
        assert_int_equal(json_format(event, /* pretty= */ false, &text), 0);
        assert_string_equal(text.data, expected);
}

static void test_event(void **state) {
        Digest digest;

        assert_int_equal(digest_parse(A, &digest), 0);
        check_event(&(Row) { 2, 5, &digest, 120, ROW_DOWNLOADING, 7 },
                    "{\"event\":\"layer\",\"index\":2,\"of\":5,\"digest\":\"" A
                    "\",\"state\":\"downloading\",\"bytes\":7,\"total\":120}\n");
        check_event(&(Row) { 2, 5, NULL, UINT64_MAX, ROW_PRESENT },
                    "{\"event\":\"layer\",\"index\":2,\"of\":5,"
                    "\"state\":\"present\",\"bytes\":0,\"total\":9223372036854775807}\n");
        check_event(&(Row) { .state = ROW_SEALING, .done = 7 },
                    "{\"event\":\"archive\",\"state\":\"sealing\",\"bytes\":7}\n");
        check_event(&(Row) { .state = ROW_WAITING },
                    "{\"event\":\"archive\",\"state\":\"waiting\",\"bytes\":0}\n");
        check_event(&(Row) { .state = ROW_DONE },
                    "{\"event\":\"archive\",\"state\":\"done\",\"bytes\":0}\n");
}

/* One image of two layers, of which the second is there. */
static int fetch(void *userdata) {
        const char *reference = userdata;
        Digest a, b;

        if (digest_parse(A, &a) < 0 || digest_parse(B, &b) < 0)
                return 1;
        _cleanup_progress_ Progress *p = progress_new();
        if (!p)
                return 2;
        progress_resolve(p, reference);

        _cleanup_row_ ProgressRow *first = progress_row(p, 1, 2, &a, 100),
                                  *second = progress_row(p, 2, 2, &b, 200);
        if (!first || !second)
                return 3;
        progress_row_state(second, ROW_PRESENT);
        second = progress_row_end(second);
        progress_row_state(first, ROW_WAITING);
        progress_row_at(first, 50);
        progress_row_state(first, ROW_DOWNLOADING);
        for (uint64_t n = 51; n <= 100; n++)
                progress_row_at(first, n);
        if (progress_tick(p) != -1)
                return 4;
        progress_row_state(first, ROW_SEALING);
        progress_row_state(first, ROW_DONE);
        first = progress_row_end(first);

        log_warning("warned");
        return progress_image(p, reference, A) == 0 ? 0 : 5;
}

static void check_fetch(const char *reference, const char *out, const char *err) {
        _cleanup_captured_ Captured c = capture(fetch, (void *) reference);

        assert_exited(&c, 0);
        assert_string_equal(c.out, out);
        assert_string_equal(c.err, err);
}

static void test_lines(void **state) {
        check_fetch("web:1", A "\n",
                    "Layer 2 of 2 is in the store\n"
                    "Layer 1 of 2: waiting for another gantry fetch\n"
                    "Layer 1 of 2: 100 B, 50 B of it already here\n"
                    "warned\n");
}

static void test_quiet(void **state) {
        cli_quiet = true;
        log_set_level(LOG_WARNING);
        check_fetch("web:1", A "\n", "warned\n");
        cli_json = CLI_JSON_SHORT;
        check_fetch("web:1", "{\"event\":\"image\",\"reference\":\"web:1\",\"id\":\"" A "\"}\n", "warned\n");
        cli_quiet = false;
        cli_json = CLI_JSON_OFF;
        log_set_level(LOG_INFO);
}

#define LAYER(i, d) "{\"event\":\"layer\",\"index\":" #i ",\"of\":2,\"digest\":\"" d "\",\"state\":"

/* The state that just began is the event of that second. */
static void test_json_short(void **state) {
        cli_json = CLI_JSON_SHORT;
        check_fetch("web:1",
                    "{\"event\":\"resolve\",\"reference\":\"web:1\"}\n" LAYER(2, B) "\"present\",\"bytes\":0,\"total\":200}\n" LAYER(1, A) "\"waiting\",\"bytes\":0,\"total\":100}\n" LAYER(
                                    1,
                                    A) "\"downloading\",\"bytes\":50,\"total\":100}\n" LAYER(1,
                                                                                             A) "\"sealing\",\"bytes\":100,\"total\":100}\n" LAYER(1,
                                                                                                                                                   A) "\"done\",\"bytes\":100,\"total\":100}\n"
                                                                                                                                                      "{\"event\":\"image\",\"reference\":\"web:1\",\"id\":\"" A
                                                                                                                                                      "\"}\n",
                    "warned\n");
        cli_json = CLI_JSON_OFF;
}

static int resolve(void *userdata) {
        _cleanup_progress_ Progress *p = progress_new();

        if (!p)
                return 1;
        progress_resolve(p, userdata);
        return progress_image(p, userdata, A) == 0 ? 0 : 2;
}

static void test_json_pretty(void **state) {
        cli_json = CLI_JSON_PRETTY;
        _cleanup_captured_ Captured c = capture(resolve, (void *) "web:1");
        cli_json = CLI_JSON_OFF;

        assert_exited(&c, 0);
        assert_string_equal(c.out, "{\n  \"event\": \"resolve\",\n  \"reference\": \"web:1\"\n}\n"
                                   "{\n  \"event\": \"image\",\n  \"reference\": \"web:1\",\n  \"id\": \"" A
                                   "\"\n}\n");
}

static void test_json_odd_reference(void **state) {
        cli_json = CLI_JSON_SHORT;
        _cleanup_captured_ Captured c = capture(resolve, (void *) "./b\xe9.aci");
        _cleanup_captured_ Captured fine = capture(resolve, (void *) "./b\"é'.aci");
        cli_json = CLI_JSON_OFF;

        assert_exited(&c, 0);
        assert_non_null(strstr(c.out, "{\"event\":\"resolve\",\"reference\":\"./b\\\\xe9.aci\"}\n"));
        assert_exited(&fine, 0);
        assert_non_null(strstr(fine.out, "{\"event\":\"resolve\",\"reference\":\"./b\\\"é'.aci\"}\n"));
}

static int fetch_to_full(void *userdata) {
        if (!freopen("/dev/full", "w", stdout))
                return 1;

        _cleanup_progress_ Progress *p = progress_new();
        if (!p)
                return 2;
        progress_resolve(p, "web:1");
        return progress_image(p, "web:1", A) == -ENOSPC ? 0 : 3;
}

/* A result that did not arrive is an error. */
static void test_full(void **state) {
        _cleanup_captured_ Captured plain = capture(fetch_to_full, NULL);
        cli_json = CLI_JSON_SHORT;
        _cleanup_captured_ Captured json = capture(fetch_to_full, NULL);
        cli_json = CLI_JSON_OFF;

        assert_exited(&plain, 0);
        assert_exited(&json, 0);
}

/* Puts a terminal in the place of standard error, and passes on to stdout what was written to it. */
typedef struct Terminal {
        int fd;
} Terminal;

static int terminal_open(unsigned short rows, unsigned short columns, Terminal *ret) {
        struct winsize size = { .ws_row = rows, .ws_col = columns };
        struct termios raw = {};
        int fd, theirs;

        cfmakeraw(&raw);
        if (openpty(&fd, &theirs, NULL, &raw, &size) < 0 || dup2(theirs, STDERR_FILENO) < 0 ||
            setenv("TERM", "xterm", 1) < 0)
                return -errno;

        close(theirs);
        *ret = (Terminal) { fd };
        return 0;
}

/* The kernel takes its time between the two ends. */
static void terminal_pass_on(Terminal *t, const char *what) {
        struct pollfd poll_fd = { .fd = t->fd, .events = POLLIN };
        char text[4096];

        printf("%s: '", what);
        while (poll(&poll_fd, 1, 50) > 0) {
                ssize_t n = read(t->fd, text, sizeof(text));
                if (n <= 0)
                        break;
                (void) fwrite(text, 1, n, stdout);
        }
        puts("'");
}

static int draw(void *userdata) {
        ProgressRow *rows[4];
        Terminal t;

        if (terminal_open(4, 40, &t) < 0)
                return 1;
        Progress *p = progress_new();
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                rows[i] = progress_row(p, i + 1, 4, NULL, 1000);
                progress_row_state(rows[i], i == 0 ? ROW_PRESENT : ROW_WAITING);
        }
        int timeout = progress_tick(p);
        if (timeout < 500 || timeout > 1001)
                return 2;
        terminal_pass_on(&t, "at first");

        usleep(timeout * 1000);
        timeout = progress_tick(p);
        if (timeout < 50 || timeout > 101)
                return 3;
        terminal_pass_on(&t, "a second later");

        log_warning("warned");
        (void) progress_tick(p);
        terminal_pass_on(&t, "after a word");

        struct winsize small = { .ws_row = 1, .ws_col = 10 };
        if (ioctl(t.fd, TIOCSWINSZ, &small) < 0)
                return 4;
        progress_row_at(rows[1], 1000);
        progress_row_state(rows[1], ROW_DONE);
        rows[1] = progress_row_end(rows[1]);
        (void) progress_tick(p);
        terminal_pass_on(&t, "after a layer");

        for (size_t i = 0; i < ELEMENTSOF(rows); i++)
                progress_row_end(rows[i]);
        if (progress_image(p, "web:1", "ID") != 0 || progress_tick(p) != -1)
                return 5;
        progress_free(p);
        terminal_pass_on(&t, "at last");
        return 0;
}

static void test_terminal(void **state) {
        _cleanup_captured_ Captured c = capture(draw, NULL);

        assert_exited(&c, 0);
        assert_string_equal(c.out, "at first: 'Layer 1 of 4 is in the store\n'\n"
                                   "a second later: '\rLayer 2 of 4: waiting for another gantr\033[K\n"
                                   "Layer 3 of 4: waiting for another gantr\033[K\n"
                                   "Layer 4 of 4: waiting for another gantr\033[J\r\033[2A'\n"
                                   "after a word: '\r\033[Jwarned\n"
                                   "\rLayer 2 of 4: waiting for another gantr\033[K\n"
                                   "Layer 3 of 4: waiting for another gantr\033[K\n"
                                   "Layer 4 of 4: waiting for another gantr\033[J\r\033[2A'\n"
                                   "after a layer: '\r\033[JLayer 2 of 4: 1.0 kB\n"
                                   "\rLayer 3 o\033[J\r'\n"
                                   "ID\n"
                                   "at last: '\r\033[J'\n");
}

/* Asked for no words, or for JSON, or unable: nothing is drawn. */
static int draw_not(void *userdata) {
        Terminal t;

        if (terminal_open(24, 80, &t) < 0 || setenv("TERM", userdata, 1) < 0)
                return 1;

        _cleanup_progress_ Progress *p = progress_new();
        _cleanup_row_ ProgressRow *row = progress_row(p, 1, 1, NULL, 1000);
        progress_row_state(row, ROW_DOWNLOADING);
        if (progress_tick(p) != -1)
                return 2;
        fflush(stdout);
        terminal_pass_on(&t, "shown");
        return 0;
}

static void check_draw_not(const char *term, const char *shown) {
        _cleanup_captured_ Captured c = capture(draw_not, (void *) term);

        assert_exited(&c, 0);
        assert_non_null(strstr(c.out, shown));
}

static void test_no_terminal(void **state) {
        check_draw_not("dumb", "shown: 'Layer 1 of 1: 1.0 kB\n'\n");
        cli_quiet = true;
        log_set_level(LOG_WARNING);
        check_draw_not("xterm", "shown: ''\n");
        cli_quiet = false;
        log_set_level(LOG_INFO);
        cli_json = CLI_JSON_SHORT;
        check_draw_not("xterm", "\"downloading\",\"bytes\":0,\"total\":1000}\nshown: ''\n");
        cli_json = CLI_JSON_OFF;
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_speed),         cmocka_unit_test(test_speed_of_the_rest),
                cmocka_unit_test(test_speed_anew),    cmocka_unit_test(test_speed_stalled),
                cmocka_unit_test(test_show),          cmocka_unit_test(test_show_ends),
                cmocka_unit_test(test_show_states),   cmocka_unit_test(test_show_unknown_size),
                cmocka_unit_test(test_show_extremes), cmocka_unit_test(test_say),
                cmocka_unit_test(test_event),         cmocka_unit_test(test_lines),
                cmocka_unit_test(test_quiet),         cmocka_unit_test(test_json_short),
                cmocka_unit_test(test_json_pretty),   cmocka_unit_test(test_json_odd_reference),
                cmocka_unit_test(test_full),          cmocka_unit_test(test_terminal),
                cmocka_unit_test(test_no_terminal),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
