/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the common face of all programs: options, --help, --version, --introspect, and how one calls another.
 * Never: knows what an option means.
 * Follows: POSIX utility conventions with GNU long options. */

#include <string.h>

#include "basic/cli.h"
#include "basic/log.h"
#include "basic/process.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "config.h"

#define OUTPUT_MAX (64 * 1024U) /* of a program that we call */

const char *cli_root = GANTRY_STATE_DIR;
bool cli_quiet, cli_legend = true;
enum CliJson cli_json;

static bool show_help, show_version, show_introspect, no_pager;

int cli_set_true(const char *value, void *target) {
        *(bool *) target = true;
        return 0;
}

int cli_set_false(const char *value, void *target) {
        *(bool *) target = false;
        return 0;
}

int cli_set_string(const char *value, void *target) {
        *(const char **) target = value;
        return 0;
}

int cli_set_file(const char *value, void *target) {
        return value[0] == '\0' ? -EINVAL : cli_set_string(value, target);
}

int cli_add_string(const char *value, void *target) {
        return strv_add(target, value);
}

static int set_json(const char *value, void *target) {
        if (streq(value, "short"))
                cli_json = CLI_JSON_SHORT;
        else if (streq(value, "pretty"))
                cli_json = CLI_JSON_PRETTY;
        else if (streq(value, "off"))
                cli_json = CLI_JSON_OFF;
        else
                return -EINVAL;

        return 0;
}

static int set_root(const char *value, void *target) {
        if (value[0] != '/')
                return -EINVAL;

        cli_root = value;
        return 0;
}

static const CliOption common_options[] = {
        { 0, "root", "DIR", "Keep all state below DIR, an absolute path", set_root, NULL },
        { 0, "json", "MODE", "Print JSON: short, pretty or off", set_json, NULL },
        { 0, "no-legend", NULL, "Print no headings", cli_set_false, &cli_legend },
        { 0, "no-pager", NULL, "Accepted for symmetry; there is no pager", cli_set_true, &no_pager },
        { 'q', "quiet", NULL, "Say only what went wrong", cli_set_true, &cli_quiet },
        { 'h', "help", NULL, "Show this help", cli_set_true, &show_help },
        { 0, "version", NULL, "Show the version", cli_set_true, &show_version },
        { 0, "introspect", NULL, NULL, cli_set_true, &show_introspect },
        {},
};

static bool common_applies(const CliProgram *p, const CliOption *o) {
        if (streq(o->name, "root"))
                return p->common & CLI_ROOT;
        if (streq(o->name, "json"))
                return p->common & (CLI_TABLE | CLI_JSON);
        if (startswith(o->name, "no-"))
                return p->common & CLI_TABLE;

        return true;
}

/* The program's own rows, those it shares, then the common ones that apply to it; NULL behind the last. */
static const CliOption *option_at(const CliProgram *p, size_t i) {
        for (const CliOption *o = p->options; o && o->name; o++)
                if (i-- == 0)
                        return o;
        for (const CliOption *o = p->shared; o && o->name; o++)
                if (i-- == 0)
                        return o;
        for (const CliOption *o = common_options; o->name; o++)
                if (common_applies(p, o) && i-- == 0)
                        return o;

        return NULL;
}

static const CliOption *find_long(const CliProgram *p, const char *name, size_t n) {
        const CliOption *o;

        for (size_t i = 0; (o = option_at(p, i)); i++)
                if (strlen(o->name) == n && strncmp(o->name, name, n) == 0)
                        break;

        return o;
}

static const CliOption *find_letter(const CliProgram *p, char letter) {
        const CliOption *o;

        for (size_t i = 0; (o = option_at(p, i)); i++)
                if (o->letter == letter)
                        break;

        return o;
}

/* "gantry-run" is typed "gantry run". */
static void print_name(const CliProgram *p) {
        const char *verb = startswith(p->name, "gantry-");

        if (verb)
                printf("gantry %s", verb);
        else
                fputs(p->name, stdout);
}

static void print_help(const CliProgram *p) {
        print_name(p);
        printf(" %s\n\n%s\n\n", p->arguments, p->summary);

        const CliOption *o;
        for (size_t i = 0; (o = option_at(p, i)); i++) {
                char left[64];

                if (!o->help)
                        continue;
                (void) snprintf(left, sizeof(left), "%c%c%c --%s%s%s", o->letter ? '-' : ' ',
                                o->letter ? o->letter : ' ', o->letter ? ',' : ' ', o->name,
                                o->metavar ? "=" : "", o->metavar ? o->metavar : "");
                printf("  %-26s %s\n", left, o->help);
        }

        printf("\nSee 'man %s'.\n", p->name);
}

/* For completion and the man-page test: letter, name, metavar, help, separated by tabs. */
static void print_introspection(const CliProgram *p) {
        const CliOption *o;
        for (size_t i = 0; (o = option_at(p, i)); i++)
                if (o->help)
                        printf("%c\t%s\t%s\t%s\n", o->letter ? o->letter : '-', o->name,
                               o->metavar ? o->metavar : "", o->help);
}

/* Without the value: a password may have been meant to be one. */
static int complain(const CliProgram *p, const char *what, const char *option) {
        const char *verb = startswith(p->name, "gantry-");

        log_error("%s '%.*s'; see '%s%s --help'", what, (int) strcspn(option, "="), option,
                  verb ? "gantry " : p->name, verb ? verb : "");
        return -EINVAL;
}

static int apply(const CliProgram *p, const CliOption *o, const char *value) {
        int r = o->set(value, o->target);
        if (r < 0) {
                log_error("Cannot use '%s' as the value of --%s=%s%s%s%s", value ? value : "", o->name,
                          o->metavar ? o->metavar : "", o->help ? " (" : "", o->help ? o->help : "",
                          o->help ? ")" : "");
                return -EINVAL;
        }

        return 0;
}

/* Handles argv[*i] (and its value in argv[*i+1]), which begins with "--". */
static int parse_long(const CliProgram *p, char **argv, int *i) {
        const char *name = argv[*i] + 2, *value = strchr(name, '=');

        const CliOption *o = find_long(p, name, value ? (size_t) (value - name) : strlen(name));
        if (!o)
                return complain(p, "Unknown option", argv[*i]);
        if (value && !o->metavar)
                return complain(p, "No value is wanted by option", argv[*i]);
        if (value)
                return apply(p, o, value + 1);
        if (!o->metavar)
                return apply(p, o, NULL);
        if (!argv[*i + 1])
                return complain(p, "A value is missing for option", argv[*i]);

        return apply(p, o, argv[++*i]);
}

/* Handles a cluster of letters such as -dq or -n5. */
static int parse_letters(const CliProgram *p, char **argv, int *i) {
        for (const char *c = argv[*i] + 1; *c; c++) {
                const CliOption *o = find_letter(p, *c);
                if (!o)
                        return complain(p, "Unknown option", argv[*i]);
                if (o->metavar) {
                        if (c[1] == '\0' && !argv[*i + 1])
                                return complain(p, "A value is missing for option", argv[*i]);
                        return apply(p, o, c[1] ? c + 1 : argv[++*i]);
                }

                int r = apply(p, o, NULL);
                if (r < 0)
                        return r;
        }

        return 0;
}

int cli_parse(const CliProgram *p, int argc, char **argv, char ***ret_arguments) {
        int n = 0, i;

        for (i = 1; i < argc; i++) {
                if (streq(argv[i], "--")) {
                        /* The "--" of a program whose arguments may be followed by a command line stays
                         * visible to it. */
                        if (n == 0)
                                i++;
                        break;
                }
                if (argv[i][0] != '-' || argv[i][1] == '\0') {
                        if (p->stop_at_argument)
                                break;
                        argv[n++] = argv[i];
                        continue;
                }

                int r = argv[i][1] == '-' ? parse_long(p, argv, &i) : parse_letters(p, argv, &i);
                if (r < 0)
                        return r;
        }
        while (i < argc)
                argv[n++] = argv[i++];
        argv[n] = NULL;

        if (show_help || show_version || show_introspect) {
                if (show_help)
                        print_help(p);
                else if (show_version)
                        printf("gantry %s\n", GANTRY_VERSION);
                else
                        print_introspection(p);
                return 0;
        }

        if (cli_quiet)
                log_set_level(LOG_WARNING);
        *ret_arguments = argv;
        return 1;
}

static int make_command(const char *program, char *const *arguments, char ***ret) {
        _cleanup_strv_ char **argv = NULL;

        int r = program_command(&argv, program, cli_root, NULL);
        if (r >= 0 && cli_quiet)
                r = strv_add(&argv, "--quiet");
        if (r >= 0)
                r = strv_add_all(&argv, arguments);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(argv);
        return 0;
}

int cli_call(const char *program, char *const *arguments, char **ret_line) {
        _cleanup_free_ char *output = NULL;
        _cleanup_strv_ char **argv = NULL;

        int r = make_command(program, arguments, &argv);
        if (r >= 0)
                r = process_capture(&(Spawn) { .argv = argv, .in = -EBADF, .out = -EBADF, .err = -EBADF },
                                    OUTPUT_MAX, &output);
        if (r < 0)
                return log_error_errno(r, "Cannot run '%s': %m", program);

        output[strcspn(output, "\n")] = '\0';
        *ret_line = TAKE_PTR(output);
        return r;
}

int cli_confine(Confinement c, int directory_fd) {
        int r = confine(c, directory_fd);
        return r < 0 ? log_error_errno(r, "Cannot enter the cage: %m") : 0;
}
