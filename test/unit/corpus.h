/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: running a parser over test/corpus/PARSER/must-pass and must-fail, where WHY has one line a file: its
 *       name and how the message begins that refuses it.
 * Never: takes an empty directory for a success.
 * Follows: STYLE.md, "Tests". $GANTRY_TEST_DATA is the directory, else test/corpus. */
#pragma once

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "basic/fd.h"
#include "basic/str.h"

/* Parses and throws away: 0 or -errno and *reterr_why. */
typedef int (*CorpusParse)(const void *data, size_t size, char **reterr_why);

static int corpus_open(const char *parser, const char *which) {
        const char *root = getenv("GANTRY_TEST_DATA");
        _cleanup_free_ char *path = NULL;

        assert_return_code(str_printf(&path, "%s/%s/%s", root ? root : "test/corpus", parser, which), 0);
        int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                fail_msg("Cannot open '%s': %m", path);

        return fd;
}

static size_t corpus_for_each(int dir_fd, void (*f)(const char *name, const Blob *document, void *userdata),
                              void *userdata) {
        _cleanup_closedir_ DIR *d = fdopendir(dup(dir_fd));
        size_t n = 0;

        assert_non_null(d);
        for (struct dirent *de = readdir(d); de; de = readdir(d)) {
                _cleanup_blob_ Blob document = {};

                if (de->d_name[0] == '.' || streq(de->d_name, "WHY"))
                        continue;
                assert_return_code(file_read_at(dir_fd, de->d_name, 8 * 1024 * 1024, &document), 0);
                f(de->d_name, &document, userdata);
                n++;
        }

        return n;
}

static void corpus_check_passes(const char *name, const Blob *document, void *userdata) {
        _cleanup_free_ char *why = NULL;
        CorpusParse *parse = userdata;

        if ((*parse)(document->data, document->size, &why) != 0)
                fail_msg("must-pass/%s: %s", name, why);
        assert_null(why);
}

/* Every document is accepted. */
static inline void corpus_must_pass(const char *parser, CorpusParse parse) {
        _cleanup_close_ int fd = corpus_open(parser, "must-pass");
        assert_true(corpus_for_each(fd, corpus_check_passes, &parse) > 0);
}

typedef struct CorpusRefusals {
        CorpusParse parse;
        char *expected; /* WHY, with a newline in front */
} CorpusRefusals;

static void corpus_check_fails(const char *name, const Blob *document, void *userdata) {
        _cleanup_free_ char *why = NULL, *head = NULL, *wanted = NULL;
        CorpusRefusals *refusals = userdata;

        int r = refusals->parse(document->data, document->size, &why);
        if (r != -EBADMSG && r != -EINVAL)
                fail_msg("must-fail/%s: returned %d", name, r);
        assert_non_null(why);

        assert_return_code(str_printf(&head, "\n%s: ", name), 0);
        const char *line = strstr(refusals->expected, head);
        if (!line)
                fail_msg("must-fail/WHY does not have this line:%s%s", head, why);

        line += strlen(head);
        wanted = strndup(line, strcspn(line, "\n"));
        assert_non_null(wanted);
        if (wanted[0] == '\0' || !startswith(why, wanted))
                fail_msg("must-fail/%s: the message should begin with '%s': %s", name, wanted, why);
}

/* Every document is refused, for the reason it was made for; every reason has its document. */
static inline void corpus_must_fail(const char *parser, CorpusParse parse) {
        _cleanup_close_ int fd = corpus_open(parser, "must-fail");
        CorpusRefusals refusals = { .parse = parse };
        _cleanup_free_ char *expected = NULL;
        _cleanup_blob_ Blob why = {};
        size_t lines = 0;

        assert_return_code(file_read_at(fd, "WHY", 1024 * 1024, &why), 0);
        assert_return_code(str_printf(&expected, "\n%s", (const char *) why.data), 0);
        refusals.expected = expected;
        for (const char *p = why.data; *p; p++)
                lines += *p == '\n';

        assert_int_equal(corpus_for_each(fd, corpus_check_fails, &refusals), lines);
        assert_true(lines > 0);
}

static void corpus_check_damage(const char *name, const Blob *document, void *userdata) {
        CorpusParse *parse = userdata;
        size_t end = document->size;
        const char *text = document->data;

        while (end > 0 && strchr(" \n", text[end - 1]))
                end--;

        /* On the heap and without a NUL behind it, so that reading too far is seen. */
        for (size_t i = 0; i < end; i++) {
                _cleanup_free_ char *cut = malloc(MAX(i, (size_t) 1)), *why = NULL;
                assert_non_null(cut);
                memcpy(cut, text, i);
                if ((*parse)(cut, i, &why) >= 0)
                        fail_msg("must-pass/%s is accepted when cut to %zu bytes", name, i);
        }

        for (size_t i = 0; i < end; i++) {
                _cleanup_free_ char *changed = malloc(end), *why = NULL;
                assert_non_null(changed);
                memcpy(changed, text, end);
                changed[i] ^= 1 << (i % 8);
                int r = (*parse)(changed, end, &why);
                if (r < 0)
                        assert_true(r == -EBADMSG && why);
        }
}

/* Every accepted JSON document, cut anywhere, is refused; with a bit flipped it is read or refused. */
static inline void corpus_survives_damage(const char *parser, CorpusParse parse) {
        _cleanup_close_ int fd = corpus_open(parser, "must-pass");
        assert_true(corpus_for_each(fd, corpus_check_damage, &parse) > 0);
}
