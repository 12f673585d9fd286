/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the test of link/message.h: every frame there and back, and the many that are none.
 * Never: sends one.
 * Follows: link/message.h. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "basic/str.h"
#include "link/message.h"

static const struct {
        LinkSide from;
        LinkMessage m;
        size_t size;
} frames[] = {
        { LINK_GUEST, { LINK_HELLO, .version = 1 }, 4 },
        { LINK_HOST, { LINK_GO }, 0 },
        { LINK_HOST, { LINK_GO, .id = 2 }, 0 },
        { LINK_GUEST, { LINK_FAILED, .text = "no" }, 2 },
        { LINK_GUEST, { LINK_START, .app = 3, .id = 7, .terminal = 1 }, 1 },
        { LINK_GUEST, { LINK_STATUS, .app = 65535, .event = 2, .value = -1 }, 8 },
        { LINK_GUEST, { LINK_READY }, 0 },
        { LINK_GUEST, { LINK_NOTIFY, .app = 1, .text = "READY=1\nSTATUS=x" }, 16 },
        { LINK_GUEST, { LINK_LOG, .priority = 7, .name = "sshd", .text = "hello" }, 11 },
        { LINK_GUEST, { LINK_LOG, .name = "", .text = "" }, 2 },
        { LINK_GUEST, { LINK_DATA, .id = 1, .data = "\0\1\2", .size = 3 }, 3 },
        { LINK_HOST, { LINK_END, .id = UINT32_MAX }, 0 },
        { LINK_HOST, { LINK_CREDIT, .id = 2, .credit = 65536 }, 4 },
        { LINK_HOST,
          { LINK_EXEC, .app = 1, .id = 2, .terminal = 1, .rows = 24, .columns = 65535, .orders = 4,
            .streams = 6 },
          13 },
        { LINK_GUEST, { LINK_EXITED, .id = 2, .value = 143 }, 4 },
        { LINK_HOST, { LINK_SIGNAL, .id = 2, .value = 15 }, 4 },
        { LINK_HOST, { LINK_SIGNAL, .app = 2, .value = 64 }, 4 },
        { LINK_HOST, { LINK_RESIZE, .id = 7, .rows = 1, .columns = 2 }, 4 },
        { LINK_HOST, { LINK_COMMAND, .app = 1, .id = 4, .verb = 's' }, 1 },
        { LINK_GUEST, { LINK_RESULT, .id = 4, .value = -5, .text = "why" }, 7 },
        { LINK_HOST, { LINK_STOP }, 0 },
        { LINK_GUEST, { LINK_BYE }, 0 },
        { LINK_HOST, { LINK_BYE }, 0 },
        { LINK_GUEST, { LINK_FIELD, .name = "CODE_LINE", .text = "7" }, 11 },
        { LINK_HOST, { LINK_CHANGED, .id = 6 }, 0 },
};

static void assert_same(const LinkMessage *a, const LinkMessage *b) {
        assert_int_equal(a->type, b->type);
        assert_int_equal(a->app, b->app);
        assert_int_equal(a->id, b->id);
        assert_memory_equal(&a->version, &b->version,
                            offsetof(LinkMessage, name) - offsetof(LinkMessage, version));
        assert_true(!a->name || streq(a->name, b->name));
        assert_true(!a->text || streq(a->text, b->text));
        assert_int_equal(a->size, b->size);
        assert_true(a->size == 0 || memcmp(a->data, b->data, a->size) == 0);
}

static void test_there_and_back(void **state) {
        uint8_t data[LINK_FRAME_MAX];
        char texts[LINK_TEXTS_MAX];

        for (size_t i = 0; i < ELEMENTSOF(frames); i++) {
                _cleanup_free_ char *why = NULL;
                LinkMessage m;

                ssize_t n = link_message_encode(&frames[i].m, frames[i].from, data);
                assert_int_equal(n, LINK_HEADER + frames[i].size);
                for (ssize_t cut = 0; cut < n; cut++)
                        assert_int_equal(link_message_decode(data, cut, frames[i].from, texts, &m, &why), 0);
                assert_int_equal(link_message_decode(data, n, frames[i].from, texts, &m, &why), n);
                assert_null(why);
                assert_same(&frames[i].m, &m);
        }
}

/* How it lies on the wire is what both sides have to agree about, whatever compiled them. */
static void test_bytes(void **state) {
        static const uint8_t wanted[] = { LINK_EXEC, 0,  2, 1,  4, 3, 2, 1, 13, 0, 0, 0, /* header */
                                          1,         24, 0, 80, 0, 6, 0, 0, 0,  8, 0, 0, 0 };
        uint8_t data[LINK_FRAME_MAX];
        LinkMessage m = { LINK_EXEC,  .app = 0x0102, .id = 0x01020304, .terminal = 1,
                          .rows = 24, .columns = 80, .orders = 6,      .streams = 8 };

        assert_int_equal(link_message_encode(&m, LINK_HOST, data), sizeof(wanted));
        assert_memory_equal(data, wanted, sizeof(wanted));
}

static void test_not_encoded(void **state) {
        static char long_text[LINK_LOG_MAX + 2], long_data[LINK_PAYLOAD_MAX + 1];
        uint8_t data[LINK_FRAME_MAX];

        memset(long_text, 'x', sizeof(long_text) - 1);
        const struct {
                LinkMessage m;
                int error;
        } cases[] = {
                { {}, -EINVAL },
                { { _LINK_TYPES }, -EINVAL },
                { { LINK_GO }, -EINVAL }, /* the host's */
                { { LINK_CHANGED, .id = 2 }, -EINVAL },
                { { LINK_READY, .app = 1 }, -EINVAL },
                { { LINK_READY, .id = 1 }, -EINVAL },
                { { LINK_START, .id = 2 }, -EINVAL },
                { { LINK_START, .id = 1, .terminal = 2 }, -EINVAL },
                { { LINK_DATA, .id = 1 }, -EINVAL },
                { { LINK_DATA, .data = "x", .size = 1 }, -EINVAL },
                { { LINK_END, .id = 1, .data = "x", .size = 1 }, -EINVAL },
                { { LINK_DATA, .id = 1, .data = long_data, .size = sizeof(long_data) }, -EMSGSIZE },
                { { LINK_LOG, .priority = 8 }, -EINVAL },
                { { LINK_LOG, .text = long_text }, -EMSGSIZE },
                { { LINK_LOG, .name = long_text + LINK_LOG_MAX - LINK_NAME_MAX }, -EMSGSIZE },
                { { LINK_READY, .text = "x" }, -EMSGSIZE },
                { { LINK_NOTIFY, .name = "x" }, -EMSGSIZE },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                if (link_message_encode(&cases[i].m, LINK_GUEST, data) != cases[i].error)
                        fail_msg("case %zu", i);
        assert_int_equal(link_message_encode(&(LinkMessage) { LINK_LOG, .text = long_text + 1 }, LINK_GUEST,
                                             data),
                         LINK_HEADER + 2 + LINK_LOG_MAX);
}

static void test_broken(void **state) {
        static const struct {
                const char *bytes;
                size_t size;
                const char *why;
        } cases[] = {
#define CASE(bytes, why) { bytes, sizeof(bytes) - 1, why }
                CASE("\0\0\0\0\0\0\0\0\0\0\0\0", "frame of type 0"),
                CASE("\377\0\0\0\0\0\0\0\0\0\0\0", "frame of type 255"),
                CASE("\2\0\0\0\0\0\0\0\0\0\0\0", "frame of type 2"), /* GO */
                CASE("\6\1\0\0\0\0\0\0\0\0\0\0", "READY has a header"),
                CASE("\6\0\1\0\0\0\0\0\0\0\0\0", "READY is about app 1"),
                CASE("\6\0\0\0\1\0\0\0\0\0\0\0", "READY is about app 0 and 1"),
                CASE("\6\0\0\0\0\0\0\0\1\0\0\0x", "READY is too long"),
                CASE("\11\0\0\0\1\0\0\0\1\100\0\0", "DATA has a header"), /* 16385 */
                CASE("\11\0\0\0\1\0\0\0\377\377\377\377", "DATA has a header"),
                CASE("\11\0\0\0\1\0\0\0\0\0\0\0", "DATA is empty"),
                CASE("\11\0\0\0\0\0\0\0\1\0\0\0x", "DATA is about app 0 and 0"),
                CASE("\12\0\0\0\1\0\0\0\1\0\0\0x", "END is too long"),
                CASE("\13\0\0\0\1\0\0\0\3\0\0\0xxx", "CREDIT is too short"),
                CASE("\13\0\0\0\1\0\0\0\5\0\0\0xxxxx", "CREDIT is too long"),
                CASE("\4\0\0\0\2\0\0\0\1\0\0\0\0", "START is about app 0 and 2"),
                CASE("\4\0\0\0\1\0\0\0\1\0\0\0\2", "START has a number"),
                CASE("\4\0\0\0\1\0\0\0\0\0\0\0", "START is too short"),
                CASE("\5\0\0\0\0\0\0\0\7\0\0\0xxxxxxx", "STATUS is too short"),
                CASE("\7\0\0\0\0\0\0\0\3\0\0\0a\0b", "NOTIFY has a NUL"),
                CASE("\10\0\0\0\0\0\0\0\1\0\0\0\1", "LOG has no end of a name"),
                CASE("\10\0\0\0\0\0\0\0\4\0\0\0\1abc", "LOG has no end of a name"),
                CASE("\10\0\0\0\0\0\0\0\3\0\0\0\10\0x", "LOG has a number"),
                CASE("\10\0\0\0\0\0\0\0\4\0\0\0\1\0x\0", "LOG has a NUL"),
                CASE("\10\0\0\0\0\0\0\0\103\0\0\0\1"
                     "0123456789012345678901234567890123456789012345678901234567890123456",
                     "LOG has no end"),
                CASE("\10\0\0\0\0\0\0\0\103\0\0\0\1"
                     "01234567890123456789012345678901234567890123456789012345678901234\0",
                     "LOG is too long"),
                CASE("\15\0\0\0\1\0\0\0\4\0\0\0\0\0\0\0", "EXITED is about app 0 and 1"),
                CASE("\15\0\0\0\0\0\0\0\4\0\0\0\0\0\0\0", "EXITED is about app 0 and 0"),
                CASE("\25\0\0\0\2\0\0\0\0\0\0\0", "frame of type 21"), /* CHANGED */
#undef CASE
        };
        char texts[LINK_TEXTS_MAX];

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_free_ char *why = NULL;
                LinkMessage m;

                if (link_message_decode(cases[i].bytes, cases[i].size, LINK_GUEST, texts, &m, &why) !=
                                    -EBADMSG ||
                    !startswith(why, cases[i].why))
                        fail_msg("'%s' instead of '%s'", why, cases[i].why);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_there_and_back),
                cmocka_unit_test(test_bytes),
                cmocka_unit_test(test_not_encoded),
                cmocka_unit_test(test_broken),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
