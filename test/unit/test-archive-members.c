/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the test of registry/archive-members.h.
 * Never: needs an archive.
 * Follows: archive-index(8). */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "registry/archive-members.h"

#define ARCHIVE_SIZE 1000
#define UNPACKED_SIZE 5000

/* With the NUL that ends the last field: it is the string's own. */
#define PARSE(text, ret, why)                                                                               \
        archive_members_parse(text, sizeof(text), ARCHIVE_SIZE, UNPACKED_SIZE, ret, why)

static void is(const ArchiveMembers *m, const char *name, uint64_t offset, uint64_t size) {
        const ArchiveMember *found = archive_members_find(m, name);

        assert_non_null(found);
        assert_string_equal(found->name, name);
        assert_int_equal(found->offset, offset);
        assert_int_equal(found->size, size);
}

static void test_files(void **state) {
        _cleanup_archive_members_ ArchiveMembers *m = NULL;

        assert_int_equal(PARSE("plain\0file\000512\000488\0oci-layout\0file\0000\0001000\0a/b", &m, NULL),
                         0);
        assert_false(m->unpacked);
        assert_int_equal(m->n_items, 2);
        is(m, "oci-layout", 512, 488);
        is(m, "a/b", 0, 1000);
        assert_null(archive_members_find(m, "a"));
        assert_null(archive_members_find(m, ""));
}

static void test_nothing(void **state) {
        _cleanup_archive_members_ ArchiveMembers *m = NULL;

        assert_int_equal(PARSE("plain", &m, NULL), 0);
        assert_int_equal(m->n_items, 0);
        assert_null(archive_members_find(m, "a"));
}

static void test_unpacked(void **state) {
        _cleanup_archive_members_ ArchiveMembers *m = NULL;

        assert_int_equal(PARSE("unpacked\0file\0004999\0001\0a\0file\0005000\0000\0b", &m, NULL), 0);
        assert_true(m->unpacked);
        is(m, "a", 4999, 1);
        is(m, "b", 5000, 0);
}

static void test_links(void **state) {
        _cleanup_archive_members_ ArchiveMembers *m = NULL;

        assert_int_equal(PARSE("plain\0link\0b\0a\0link\0c\0b\0file\0001\0002\0c\0link\0nowhere\0d\0"
                               "link\0f\0e\0link\0e\0f\0link\0g\0g\0link\0\0h",
                               &m, NULL),
                         0);
        is(m, "a", 1, 2);
        is(m, "b", 1, 2);
        is(m, "c", 1, 2);
        assert_null(archive_members_find(m, "d"));
        assert_null(archive_members_find(m, "e"));
        assert_null(archive_members_find(m, "g"));
        assert_null(archive_members_find(m, "h"));
        assert_int_equal(m->n_items, 3);
}

static void test_long_chain(void **state) {
        _cleanup_archive_members_ ArchiveMembers *m = NULL;
        char text[512];
        size_t n = 0;

        /* 0 → 1 → … → 9, a file */
        n += sprintf(text, "plain%cfile%c1%c2%c9", 0, 0, 0, 0) + 1;
        for (int i = 0; i < 9; i++)
                n += sprintf(text + n, "link%c%d%c%d", 0, i + 1, 0, i) + 1;

        assert_int_equal(archive_members_parse(text, n, ARCHIVE_SIZE, 0, &m, NULL), 0);
        is(m, "1", 1, 2);
        assert_null(archive_members_find(m, "0"));
}

static void refused(const void *text, size_t size, const char *reason) {
        _cleanup_archive_members_ ArchiveMembers *m = NULL;
        _cleanup_free_ char *why = NULL;
        /* Of the exact size, so that reading too far is seen. */
        _cleanup_free_ char *copy = malloc(size);

        if (size > 0)
                memcpy(copy, text, size);
        assert_int_equal(archive_members_parse(copy, size, ARCHIVE_SIZE, UNPACKED_SIZE, &m, &why), -EBADMSG);
        assert_null(m);
        assert_non_null(strstr(why, reason));
}

#define REFUSED(text, reason) refused(text, sizeof(text), reason)

static void test_refuses(void **state) {
        refused(NULL, 0, "makes no sense");
        refused("plain", 5, "makes no sense"); /* no NUL */
        REFUSED("", "makes no sense");
        REFUSED("Plain", "makes no sense");
        REFUSED("plain\0dir\0a", "makes no sense");
        REFUSED("plain\0", "makes no sense");
        REFUSED("plain\0file", "makes no sense");
        REFUSED("plain\0file\0001", "makes no sense");
        REFUSED("plain\0file\0001\0002", "makes no sense");
        REFUSED("plain\0link", "makes no sense");
        REFUSED("plain\0link\0a", "makes no sense");
        REFUSED("plain\0file\0-1\0002\0a", "makes no sense");
        REFUSED("plain\0file\0\0002\0a", "makes no sense");
        REFUSED("plain\0file\0001\0x\0a", "makes no sense");
        REFUSED("plain\0file\00018446744073709551616\0000\0a", "makes no sense");
        refused("plain\0file\0001\0002\0a", sizeof("plain\0file\0001\0002\0a") - 1, "makes no sense");
}

static void test_refuses_what_is_outside(void **state) {
        REFUSED("plain\0file\0001\0001000\0a", "makes no sense");
        REFUSED("plain\0file\0001001\0000\0a", "makes no sense");
        REFUSED("plain\0file\0001\00018446744073709551615\0a", "makes no sense");
        REFUSED("plain\0file\00018446744073709551615\0001\0a", "makes no sense");
        REFUSED("unpacked\0file\0004999\0002\0a", "makes no sense");
}

static void test_refuses_doubles(void **state) {
        REFUSED("plain\0file\0001\0002\0a\0file\0001\0002\0a", "has a name twice");
        REFUSED("plain\0link\0b\0a\0file\0001\0002\0b\0file\0001\0002\0a", "has a name twice");
}

static void test_refuses_too_many(void **state) {
        static char text[ARCHIVE_INDEX_MAX];
        size_t n = sizeof("plain");

        strcpy(text, "plain");
        for (unsigned i = 0; i < ARCHIVE_MEMBERS_MAX; i++)
                n += sprintf(text + n, "link%cx%c%u", 0, 0, i) + 1;
        _cleanup_archive_members_ ArchiveMembers *m = NULL;
        assert_int_equal(archive_members_parse(text, n, 0, 0, &m, NULL), 0);

        n += sprintf(text + n, "link%cx%cy", 0, 0) + 1;
        refused(text, n, "is too long");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_files),
                cmocka_unit_test(test_nothing),
                cmocka_unit_test(test_unpacked),
                cmocka_unit_test(test_links),
                cmocka_unit_test(test_long_chain),
                cmocka_unit_test(test_refuses),
                cmocka_unit_test(test_refuses_what_is_outside),
                cmocka_unit_test(test_refuses_doubles),
                cmocka_unit_test(test_refuses_too_many),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
