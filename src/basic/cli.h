/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdio.h>

#include "basic/confine.h"
#include "basic/macro.h"

/* One row an option: the parser, --help, shell completion (--introspect) and the man-page test read this
 * row. */
typedef struct CliOption {
        char letter;         /* 'd' for -d, or 0 */
        const char *name;    /* "detach" for --detach */
        const char *metavar; /* "NAME"; NULL if the option takes no value */
        const char *help;    /* one line, what it does */
        int (*set)(const char *value, void *target);
        void *target;
} CliOption;

typedef struct CliProgram {
        const char *name;         /* "gantry-run"; shown as "gantry run" */
        const char *arguments;    /* "[OPTION…] REF… [-- ARG…]" */
        const char *summary;      /* one line */
        const CliOption *options; /* ends with a row whose name is NULL; the common rows below are added */
        const CliOption *shared;  /* more of them, of a table that several programs have; or NULL */
        unsigned common;          /* CLI_ROOT | CLI_TABLE | CLI_JSON */
        bool stop_at_argument;    /* options end at the first argument, which is a command line of its own */
} CliProgram;

enum {
        CLI_ROOT = 1 << 0,  /* --root=DIR */
        CLI_TABLE = 1 << 1, /* --json=, --no-legend, --no-pager */
        CLI_JSON = 1 << 2,  /* --json= */
};

/* What the common rows set. */
extern const char *cli_root; /* "/var/lib/gantry" unless --root= says otherwise */
extern bool cli_quiet, cli_legend;
extern enum CliJson { CLI_JSON_OFF, CLI_JSON_SHORT, CLI_JSON_PRETTY } cli_json;

/* Parses; --help, --version and --introspect are answered here. Returns 1 and the arguments (a tail of
 * argv, where a "--" that ends the options has been dropped), 0 when all is said and the program should
 * exit 0, or -EINVAL after having said on stderr what is wrong. */
int cli_parse(const CliProgram *program, int argc, char **argv, char ***ret_arguments);

/* Setters for CliOption.set; 0 or -EINVAL, -ENOMEM. */
int cli_set_true(const char *value, void *target);   /* bool */
int cli_set_false(const char *value, void *target);  /* bool */
int cli_set_string(const char *value, void *target); /* const char *, not copied */
int cli_set_file(const char *value, void *target);   /* the same, of a path: it is not empty */
int cli_add_string(const char *value, void *target); /* char **, see strv.h */

/* Runs another program of ours as this one was: with its --root= and --quiet. Returns the exit status, or
 * -errno after having said that it cannot be run; *ret_line is the first line that it printed. */
int cli_call(const char *program, char *const *arguments, char **ret_line);

/* As confine(); says if it cannot be done. */
int cli_confine(Confinement c, int directory_fd);

/* The exit status for what a program's run() returned: `failure` for an error, else the value itself. */
static inline int cli_exit_status(int r, int failure) {
        return r < 0 ? failure : r;
}
