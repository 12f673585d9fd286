/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: running a verifier over test/corpus/PARSER/{must-pass,must-fail}, where cases.tsv has one line a file: its path,
 *       by which key (or of which kind), the verdict, who made it, and why it is there.
 * Never: takes a file without a line, or a line without a file, for a success.
 * Follows: STYLE.md, "Tests". */
#pragma once

#include "corpus.h"

typedef struct Case {
        const char *file; /* "must-fail/NAME" */
        const char *by;
        const char *verdict; /* "good", or the name of the error and how the message begins: "EPERM: signs another" */
        const char *maker, *why;
} Case;

typedef int (*CaseVerify)(const Case *c, const Blob *document, char **reterr_why);

/* "good" if the return value is 0. */
static inline void case_expect(const Case *c, int r, const char *why) {
        _cleanup_free_ char *found = NULL;

        assert_int_equal(r < 0, why != NULL);
        if (r == 0)
                assert_return_code(str_copy("good", &found), 0);
        else
                assert_return_code(str_printf(&found, "%s: %s", strerrorname_np(-r), why), 0);
        if (c->verdict[0] == '\0' || !startswith(found, c->verdict))
                fail_msg("%s: %s, not %s (%s)", c->file, found, c->verdict, c->why);
}

static void case_check(char *line, int dir_fd, CaseVerify verify) {
        _cleanup_free_ char *why = NULL;
        _cleanup_blob_ Blob document = {};
        Case c = {};
        const char **fields[] = { &c.file, &c.by, &c.verdict, &c.maker, &c.why };

        for (size_t i = 0; i < ELEMENTSOF(fields); i++)
                *fields[i] = strsep(&line, "\t");
        if (!c.why || line || c.why[0] == '\0')
                fail_msg("cases.tsv: '%s' does not have five fields", c.file);
        if (streq(c.verdict, "good") != (startswith(c.file, "must-pass/") != NULL))
                fail_msg("cases.tsv: '%s' is in the wrong directory", c.file);

        assert_return_code(file_read_at(dir_fd, c.file, 1024 * 1024, &document), 0);
        int r = verify(&c, &document, &why);
        case_expect(&c, r, why);
}

static void case_count(const char *name, const Blob *document, void *userdata) {
}

static size_t case_count_files(const char *parser, const char *which) {
        _cleanup_close_ int fd = corpus_open(parser, which);
        return corpus_for_each(fd, case_count, NULL);
}

/* Returns how many there were. */
static inline size_t corpus_check_cases(const char *parser, CaseVerify verify) {
        _cleanup_close_ int fd = corpus_open(parser, ".");
        _cleanup_blob_ Blob table = {};
        size_t n = 0;

        assert_return_code(file_read_at(fd, "cases.tsv", 1024 * 1024, &table), 0);
        for (char *line, *rest = table.data; (line = strsep(&rest, "\n")) && line[0] != '\0';)
                if (line[0] != '#') {
                        case_check(line, fd, verify);
                        n++;
                }

        assert_int_equal(n, case_count_files(parser, "must-pass") + case_count_files(parser, "must-fail"));
        return n;
}
