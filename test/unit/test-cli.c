/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of basic/cli and basic/log.
 * Never: parses twice in one process: what the options set is static.
 * Follows: basic/cli.h, basic/log.h; POSIX utility conventions with GNU long options. */

#include "capture.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "basic/cli.h"
#include "basic/log.h"
#include "basic/str.h"
#include "basic/strv.h"

/* A program with an option of each sort. */
static bool detach, read_only;
static const char *name;
static char **volumes;
static uint64_t lines;

static int set_number(const char *value, void *target) {
        return str_to_u64(value, target);
}

static const CliOption options[] = {
        { 'd', "detach", NULL, "Do not wait for the end", cli_set_true, &detach },
        { 'n', "lines", "N", "Show so many lines", set_number, &lines },
        { 0, "name", "NAME", "Name of the pod", cli_set_string, &name },
        { 'v', "volume", "VOLUME", "Add a volume", cli_add_string, &volumes },
        { 0, "secret", NULL, NULL, cli_set_true, &read_only },
        {},
};

typedef struct Call {
        CliProgram program;
        char **argv;
} Call;

/* Parses and prints what came of it. The exit status is 9 for -EINVAL and 1 or 0 as returned. */
static int parse(void *userdata) {
        const Call *call = userdata;
        char **arguments = NULL;
        int argc = 0;

        while (call->argv[argc])
                argc++;
        int r = cli_parse(&call->program, argc, call->argv, &arguments);
        if (r < 0)
                return r == -EINVAL ? 9 : 10;
        if (r == 0)
                return 0;

        printf("%s%s%s", detach ? "detach " : "", read_only ? "secret " : "", cli_quiet ? "quiet " : "");
        if (lines > 0)
                printf("lines=%llu ", (unsigned long long) lines);
        if (name)
                printf("name=%s ", name);
        STRV_FOREACH(v, volumes)
                printf("volume=%s ", *v);
        if (!streq(cli_root, "/var/lib/gantry"))
                printf("root=%s ", cli_root);
        if (cli_json != CLI_JSON_OFF || !cli_legend)
                printf("json=%d legend=%d ", cli_json, cli_legend);
        STRV_FOREACH(a, arguments)
                printf("(%s)", *a);
        strv_free(volumes);
        return r;
}

static Captured run(unsigned common, bool stop_at_argument, const char *const *words) {
        _cleanup_strv_ char **argv = NULL;

        assert_int_equal(strv_add(&argv, "gantry-test"), 0);
        assert_int_equal(strv_add_all(&argv, (char *const *) words), 0);

        /* cli_parse() rearranges what it is given; the strings are still ours. */
        size_t n = strv_length(argv);
        _cleanup_free_ char **copy = calloc(n + 1, sizeof(char *));
        assert_non_null(copy);
        memcpy(copy, argv, n * sizeof(char *));

        Call call = {
                .program = {
                        .name = "gantry-test",
                        .arguments = "[OPTION…] THING…",
                        .summary = "Test the parser.",
                        .options = options,
                        .common = common,
                        .stop_at_argument = stop_at_argument,
                },
                .argv = copy,
        };
        return capture(parse, &call);
}
#define RUN(...) run(CLI_ROOT | CLI_TABLE, false, (const char *const[]) { __VA_ARGS__, NULL })
#define RUN_STOPPING(...) run(CLI_ROOT, true, (const char *const[]) { __VA_ARGS__, NULL })

static void check_says(Captured c, const char *expected) {
        assert_exited(&c, 1);
        assert_string_equal(c.out, expected);
        assert_string_equal(c.err, "");
        captured_done(&c);
}

/* One line on stderr that names what is wrong, nothing on stdout. */
static void check_refuses(Captured c, const char *expected) {
        assert_exited(&c, 9);
        assert_string_equal(c.out, "");
        assert_string_equal(c.err, expected);
        captured_done(&c);
}

static void test_nothing(void **state) {
        check_says(run(0, false, (const char *const[]) { NULL }), "");
        check_says(RUN("a"), "(a)");
        check_says(RUN("a", "", "-", "b"), "(a)()(-)(b)"); /* "-" and the empty word are arguments */
}

static void test_long(void **state) {
        check_says(RUN("--detach"), "detach ");
        check_says(RUN("--name=web"), "name=web ");
        check_says(RUN("--name", "web", "x"), "name=web (x)");
        check_says(RUN("--name="), "name= ");
        check_says(RUN("--name=a=b"), "name=a=b ");
        check_says(RUN("--name", "--detach"), "name=--detach ");
        check_says(RUN("--name=a", "--name=b"), "name=b ");
        check_says(RUN("--volume=a", "-v", "b", "-vc"), "volume=a volume=b volume=c ");
        check_says(RUN("--secret"), "secret ");
}

static void test_letters(void **state) {
        check_says(RUN("-d"), "detach ");
        check_says(RUN("-dq", "x"), "detach quiet (x)");
        check_says(RUN("-n5"), "lines=5 ");
        check_says(RUN("-n", "5"), "lines=5 ");
        check_says(RUN("-dn5"), "detach lines=5 ");
        check_says(RUN("-dqn", "5", "6"), "detach quiet lines=5 (6)");
        check_says(RUN("-v=x"), "volume==x "); /* as getopt(3) has it */
        check_says(RUN("-v", "-d"), "volume=-d ");
}

static void test_mixed(void **state) {
        check_says(RUN("a", "-d", "b", "--name=x", "c"), "detach name=x (a)(b)(c)");
}

static void test_double_dash(void **state) {
        check_says(RUN("-d", "--", "--name=x", "-q"), "detach (--name=x)(-q)");
        check_says(RUN("--"), "");
        check_says(RUN("--", "--"), "(--)");
        check_says(RUN("--", "a", "--", "b"), "(a)(--)(b)");

        /* Behind an argument it is what separates a command line, and stays for the program to see. */
        check_says(RUN("-d", "image", "--", "sh", "-c"), "detach (image)(--)(sh)(-c)");
        check_says(RUN("image", "-d", "--", "-d"), "detach (image)(--)(-d)");
}

static void test_stop_at_argument(void **state) {
        check_says(RUN_STOPPING("-d", "pod", "ls", "-l", "--name=x"), "detach (pod)(ls)(-l)(--name=x)");
        check_says(RUN_STOPPING("-d", "--", "-pod", "-l"), "detach (-pod)(-l)");
        check_says(RUN_STOPPING("pod", "--", "-l"), "(pod)(--)(-l)");
        check_says(RUN_STOPPING("--name", "x", "pod", "--help"), "name=x (pod)(--help)");
}

static void test_common(void **state) {
        check_says(RUN("--root=/srv/gantry"), "root=/srv/gantry ");
        check_says(RUN("--json=short", "--no-legend"), "json=1 legend=0 ");
        check_says(RUN("--json=pretty"), "json=2 legend=1 ");
        check_says(RUN("--json=short", "--json=off"), "");
        check_says(RUN("--no-pager"), "");
        check_says(RUN("--quiet"), "quiet ");
}

static void test_refused(void **state) {
        check_refuses(RUN("--bogus"), "Unknown option '--bogus'; see 'gantry test --help'\n");
        check_refuses(RUN("--detac"),
                      "Unknown option '--detac'; see 'gantry test --help'\n"); /* no abbreviations */
        check_refuses(RUN("--detached"), "Unknown option '--detached'; see 'gantry test --help'\n");
        check_refuses(RUN("--password=secret"), "Unknown option '--password'; see 'gantry test --help'\n");
        check_refuses(RUN("--=x"), "Unknown option '--'; see 'gantry test --help'\n");
        check_refuses(RUN("-x"), "Unknown option '-x'; see 'gantry test --help'\n");
        check_refuses(RUN("-dx"), "Unknown option '-dx'; see 'gantry test --help'\n");
        check_refuses(RUN("a", "-x"), "Unknown option '-x'; see 'gantry test --help'\n");
        check_refuses(RUN("--name"), "A value is missing for option '--name'; see 'gantry test --help'\n");
        check_refuses(RUN("-n"), "A value is missing for option '-n'; see 'gantry test --help'\n");
        check_refuses(RUN("-dn"), "A value is missing for option '-dn'; see 'gantry test --help'\n");
        check_refuses(RUN("--detach=yes"),
                      "No value is wanted by option '--detach'; see 'gantry test --help'\n");
        check_refuses(RUN("--help", "--bogus"), "Unknown option '--bogus'; see 'gantry test --help'\n");
}

static void test_refused_values(void **state) {
        check_refuses(RUN("--lines=many"),
                      "Cannot use 'many' as the value of --lines=N (Show so many lines)\n");
        check_refuses(RUN("-n", "-1"), "Cannot use '-1' as the value of --lines=N (Show so many lines)\n");
        check_refuses(RUN("--json=yes"),
                      "Cannot use 'yes' as the value of --json=MODE (Print JSON: short, pretty or off)\n");
        check_refuses(RUN("--json="),
                      "Cannot use '' as the value of --json=MODE (Print JSON: short, pretty or off)\n");
        check_refuses(RUN("--root=relative"),
                      "Cannot use 'relative' as the value of --root=DIR (Keep all state below DIR, an absolute path)\n");
        check_refuses(RUN("--root="),
                      "Cannot use '' as the value of --root=DIR (Keep all state below DIR, an absolute path)\n");
}

/* Options that a program does not share are unknown to it. */
static void test_common_absent(void **state) {
        static const char *const absent[] = { "--root=/x", "--json=short", "--no-legend", "--no-pager" };

        for (size_t i = 0; i < ELEMENTSOF(absent); i++) {
                _cleanup_captured_ Captured c = run(0, false, (const char *const[]) { absent[i], NULL });
                assert_exited(&c, 9);
                assert_true(startswith(c.err, "Unknown option"));
        }
}

/* Programs without tables may have JSON all the same. */
static void test_json_only(void **state) {
        check_says(run(CLI_JSON, false, (const char *const[]) { "--json=short", NULL }), "json=1 legend=1 ");
        check_refuses(run(CLI_JSON, false, (const char *const[]) { "--no-legend", NULL }),
                      "Unknown option '--no-legend'; see 'gantry test --help'\n");
}

/* In columns of a terminal, a code point each. */
static size_t longest_line(const char *text) {
        size_t longest = 0, n = 0;

        for (; *text; text++)
                if (*text == '\n')
                        n = 0;
                else if (((uint8_t) *text & 0xc0) != 0x80) {
                        n++;
                        longest = MAX(longest, n);
                }

        return longest;
}

static void test_help(void **state) {
        static const char *const expected[] = {
                "gantry test [OPTION…] THING…\n",
                "\nTest the parser.\n",
                "\n  -d, --detach               Do not wait for the end\n",
                "\n  -n, --lines=N              Show so many lines\n",
                "\n      --name=NAME            Name of the pod\n",
                "\n      --root=DIR ",
                "\n      --json=MODE ",
                "\n      --no-legend ",
                "\n  -q, --quiet ",
                "\n  -h, --help ",
                "\n      --version ",
                "\nSee 'man gantry-test'.\n",
        };
        _cleanup_captured_ Captured c = RUN("--help");

        assert_exited(&c, 0);
        assert_string_equal(c.err, "");
        for (size_t i = 0; i < ELEMENTSOF(expected); i++)
                if (!strstr(c.out, expected[i]))
                        fail_msg("'%s' is not in: %s", expected[i], c.out);
        assert_null(strstr(c.out, "secret"));
        assert_null(strstr(c.out, "introspect"));
        assert_true(longest_line(c.out) <= 80);

        _cleanup_captured_ Captured letter = RUN("a", "-dh", "b");
        assert_exited(&letter, 0);
        assert_string_equal(letter.out, c.out);

        _cleanup_captured_ Captured plain = run(0, false, (const char *const[]) { "--help", NULL });
        assert_exited(&plain, 0);
        assert_null(strstr(plain.out, "--root"));
        assert_null(strstr(plain.out, "--json"));
        assert_non_null(strstr(plain.out, "--quiet"));
}

static int parse_and_log(void *userdata) {
        char **arguments, *argv[] = { (char *) "gantry-test", userdata, NULL };

        if (cli_parse(&(CliProgram) { .name = "gantry-test" }, 2, argv, &arguments) != 1)
                return 1;
        log_info("Fetching");
        log_warning("Cannot cache, ignoring");
        return 0;
}

static void test_quiet(void **state) {
        _cleanup_captured_ Captured loud = capture(parse_and_log, (char *) "x");
        assert_exited(&loud, 0);
        assert_string_equal(loud.err, "Fetching\nCannot cache, ignoring\n");

        _cleanup_captured_ Captured quiet = capture(parse_and_log, (char *) "-q");
        assert_exited(&quiet, 0);
        assert_string_equal(quiet.err, "Cannot cache, ignoring\n");
}

static void test_version(void **state) {
        _cleanup_captured_ Captured c = RUN("--version");

        assert_exited(&c, 0);
        assert_true(startswith(c.out, "gantry "));
        assert_ptr_equal(strchr(c.out, '\n'), c.out + strlen(c.out) - 1);
        assert_string_equal(c.err, "");
}

static void test_introspect(void **state) {
        _cleanup_captured_ Captured c = run(CLI_ROOT, false, (const char *const[]) { "--introspect", NULL });

        assert_exited(&c, 0);
        assert_string_equal(c.out, "d\tdetach\t\tDo not wait for the end\n"
                                   "n\tlines\tN\tShow so many lines\n"
                                   "-\tname\tNAME\tName of the pod\n"
                                   "v\tvolume\tVOLUME\tAdd a volume\n"
                                   "-\troot\tDIR\tKeep all state below DIR, an absolute path\n"
                                   "q\tquiet\t\tSay only what went wrong\n"
                                   "h\thelp\t\tShow this help\n"
                                   "-\tversion\t\tShow the version\n");
        assert_string_equal(c.err, "");
}

static void test_setters(void **state) {
        bool flag = false;
        const char *text = NULL, *value = "value";
        _cleanup_strv_ char **list = NULL;

        assert_int_equal(cli_set_true(NULL, &flag), 0);
        assert_true(flag);
        assert_int_equal(cli_set_false(NULL, &flag), 0);
        assert_false(flag);
        assert_int_equal(cli_set_file("", &text), -EINVAL);
        assert_null(text);
        assert_int_equal(cli_set_string(value, &text), 0);
        assert_ptr_equal(text, value);
        assert_int_equal(cli_add_string(value, &list), 0);
        assert_int_equal(cli_add_string("more", &list), 0);
        assert_int_equal(strv_length(list), 2);
        assert_string_equal(list[0], value);
}

static void test_exit_status(void **state) {
        assert_int_equal(cli_exit_status(0, 125), 0);
        assert_int_equal(cli_exit_status(7, 125), 7);
        assert_int_equal(cli_exit_status(-ENOENT, 125), 125);
}

/* Says one thing at each level. */
static int chatter(void *userdata) {
        const char *level = userdata, *stream = NULL;

        if (level && startswith(level, "quiet"))
                log_set_level(LOG_WARNING);
        else if (level && startswith(level, "journal")) {
                struct stat st;
                char text[64];

                stream = endswith(level, "elsewhere") ? "1:2" : text;
                if (fstat(STDERR_FILENO, &st) < 0)
                        return 1;
                (void) snprintf(text, sizeof(text), "%llu:%llu", (unsigned long long) st.st_dev,
                                (unsigned long long) st.st_ino);
                setenv("JOURNAL_STREAM", stream, 1);
        } else if (level)
                setenv("GANTRY_LOG_LEVEL", level, 1);

        log_error("error");
        log_warning("warning %d", 1);
        log_full(LOG_NOTICE, 0, "notice");
        log_info("info");
        log_debug("debug");
        return 0;
}

static void test_log_levels(void **state) {
        static const struct {
                const char *level, *expected;
        } table[] = {
                { NULL, "error\nwarning 1\nnotice\ninfo\n" },
                { "err", "error\n" },
                { "warning", "error\nwarning 1\n" },
                { "notice", "error\nwarning 1\nnotice\n" },
                { "info", "error\nwarning 1\nnotice\ninfo\n" },
                { "debug", "error\nwarning 1\nnotice\ninfo\ndebug\n" },
                { "bogus", "error\nwarning 1\nnotice\ninfo\n" },
                { "quiet", "error\nwarning 1\n" },
                { "journal", "<3>error\n<4>warning 1\n<5>notice\n<6>info\n" },
                { "journal elsewhere", "error\nwarning 1\nnotice\ninfo\n" },
        };

        unsetenv("GANTRY_LOG_LEVEL");
        unsetenv("JOURNAL_STREAM");
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_captured_ Captured c = capture(chatter, (void *) table[i].level);
                assert_exited(&c, 0);
                assert_string_equal(c.err, table[i].expected);
                assert_string_equal(c.out, "");
        }
}

static int log_errors(void *userdata) {
        if (log_error_errno(-ENOENT, "Cannot open '%s': %m", "x") != -ENOENT)
                return 1;
        if (log_error_errno(EIO, "Cannot read '%s': %m", "y") != -EIO)
                return 2;
        if (log_warning_errno(-EPERM, "Cannot lock, ignoring: %m") != -EPERM)
                return 3;
        if (log_error("plain") != 0)
                return 4;
        log_set_level(LOG_ERR);
        return log_warning_errno(-EPERM, "hidden") == -EPERM
                               ? 0
                               : 5; /* the value does not depend on who listens */
}

static void test_log_errno(void **state) {
        _cleanup_captured_ Captured c = capture(log_errors, NULL);

        assert_exited(&c, 0);
        assert_string_equal(c.err, "Cannot open 'x': No such file or directory\n"
                                   "Cannot read 'y': Input/output error\n"
                                   "Cannot lock, ignoring: Operation not permitted\n"
                                   "plain\n");
}

static void ring(void *userdata) {
        fputs(userdata, stderr);
}

static int log_with_prelude(void *userdata) {
        log_set_level(LOG_WARNING);
        log_set_prelude(ring, (void *) "ding ");
        log_warning("shown");
        log_info("hidden");
        log_set_prelude(NULL, NULL);
        log_warning("alone");
        return 0;
}

static void test_log_prelude(void **state) {
        _cleanup_captured_ Captured c = capture(log_with_prelude, NULL);

        assert_exited(&c, 0);
        assert_string_equal(c.err, "ding shown\nalone\n");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_nothing),        cmocka_unit_test(test_long),
                cmocka_unit_test(test_letters),        cmocka_unit_test(test_mixed),
                cmocka_unit_test(test_double_dash),    cmocka_unit_test(test_stop_at_argument),
                cmocka_unit_test(test_common),         cmocka_unit_test(test_refused),
                cmocka_unit_test(test_refused_values), cmocka_unit_test(test_common_absent),
                cmocka_unit_test(test_help),           cmocka_unit_test(test_quiet),
                cmocka_unit_test(test_version),        cmocka_unit_test(test_introspect),
                cmocka_unit_test(test_setters),        cmocka_unit_test(test_exit_status),
                cmocka_unit_test(test_log_levels),     cmocka_unit_test(test_log_errno),
                cmocka_unit_test(test_json_only),      cmocka_unit_test(test_log_prelude),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
