/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what a frame of each type has, and who may send it.
 * Never: knows of the frames before it.
 * Follows: link/message.h. */

#include <assert.h>
#include <string.h>

#include "basic/cursor.h"
#include "basic/refuse.h"
#include "link/message.h"

#define HOST (1U << LINK_HOST)
#define GUEST (1U << LINK_GUEST)

/* A number of the payload and where it is in a LinkMessage, in 32 bits. */
#define NUMBER(member, width, max)                                                                          \
        { offsetof(LinkMessage, member), width, max }

static const struct Row {
        const char *name;
        unsigned from;
        bool app;
        enum { NO_ID, ANY_ID, GUESTS_ID, HOSTS_ID, HOSTS_ID_OR_NONE } id;
        struct Number {
                size_t offset;
                unsigned width; /* 0: there are no more */
                uint32_t max;
        } numbers[5];
        size_t name_max; /* of a text with a NUL behind it, before the other one */
        size_t text_max;
        size_t data_max;
} rows[_LINK_TYPES] = {
        [LINK_HELLO] = { "HELLO", GUEST, .numbers = { NUMBER(version, 4, UINT32_MAX) } },
        [LINK_GO] = { "GO", HOST, .id = HOSTS_ID_OR_NONE },
        [LINK_FAILED] = { "FAILED", GUEST, .text_max = LINK_FAILED_MAX },
        [LINK_START] = { "START", GUEST, true, GUESTS_ID, .numbers = { NUMBER(terminal, 1, 1) } },
        [LINK_STATUS] = { "STATUS", GUEST, true,
                          .numbers = { NUMBER(event, 4, UINT32_MAX), NUMBER(value, 4, UINT32_MAX) } },
        [LINK_READY] = { "READY", GUEST },
        [LINK_NOTIFY] = { "NOTIFY", GUEST, true, .text_max = LINK_NOTIFY_MAX },
        [LINK_LOG] = { "LOG", GUEST, true, .numbers = { NUMBER(priority, 1, 7) }, .name_max = LINK_NAME_MAX,
                       .text_max = LINK_LOG_MAX },
        [LINK_DATA] = { "DATA", HOST | GUEST, .id = ANY_ID, .data_max = LINK_PAYLOAD_MAX },
        [LINK_END] = { "END", HOST | GUEST, .id = ANY_ID },
        [LINK_CREDIT] = { "CREDIT", HOST | GUEST, .id = ANY_ID,
                          .numbers = { NUMBER(credit, 4, UINT32_MAX) } },
        [LINK_EXEC] = { "EXEC", HOST, true, HOSTS_ID,
                        .numbers = { NUMBER(terminal, 1, 1), NUMBER(rows, 2, UINT16_MAX),
                                     NUMBER(columns, 2, UINT16_MAX), NUMBER(orders, 4, UINT32_MAX),
                                     NUMBER(streams, 4, UINT32_MAX) } },
        [LINK_EXITED] = { "EXITED", GUEST, .id = HOSTS_ID, .numbers = { NUMBER(value, 4, UINT32_MAX) } },
        [LINK_SIGNAL] = { "SIGNAL", HOST, true, HOSTS_ID_OR_NONE, .numbers = { NUMBER(value, 4, 64) } },
        [LINK_RESIZE] = { "RESIZE", HOST, .id = ANY_ID,
                          .numbers = { NUMBER(rows, 2, UINT16_MAX), NUMBER(columns, 2, UINT16_MAX) } },
        [LINK_COMMAND] = { "COMMAND", HOST, true, HOSTS_ID, .numbers = { NUMBER(verb, 1, UINT8_MAX) } },
        [LINK_RESULT] = { "RESULT", GUEST, .id = HOSTS_ID, .numbers = { NUMBER(value, 4, UINT32_MAX) },
                          .text_max = LINK_RESULT_MAX },
        [LINK_STOP] = { "STOP", HOST },
        [LINK_BYE] = { "BYE", HOST | GUEST },
        [LINK_FIELD] = { "FIELD", GUEST, .name_max = LINK_NAME_MAX, .text_max = LINK_VALUE_MAX },
        [LINK_CHANGED] = { "CHANGED", HOST, .id = HOSTS_ID },
};

static const struct Row *find_row(unsigned type, LinkSide from) {
        return type < _LINK_TYPES && (rows[type].from & 1U << from) ? &rows[type] : NULL;
}

static bool fits_id(const struct Row *row, uint32_t id) {
        switch (row->id) {
        case NO_ID: return id == 0;
        case ANY_ID: return id != 0;
        case GUESTS_ID: return id % 2 == 1;
        case HOSTS_ID: return id != 0 && id % 2 == 0;
        default: return id % 2 == 0;
        }
}

static uint8_t *put(uint8_t *p, uint32_t value, unsigned width) {
        for (unsigned i = 0; i < width; i++)
                *p++ = value >> 8 * i;

        return p;
}

static bool take(Cursor *c, unsigned width, uint32_t *ret) {
        Cursor bytes;

        if (!cursor_take(c, width, &bytes))
                return false;

        *ret = 0;
        for (unsigned i = 0; i < width; i++)
                *ret |= (uint32_t) bytes.p[i] << 8 * i;
        return true;
}

static uint8_t *put_bytes(uint8_t *p, const void *data, size_t n) {
        if (n > 0)
                memcpy(p, data, n);

        return p + n;
}

/* NULL: one of them is too large. */
static uint8_t *put_numbers(uint8_t *p, const struct Row *row, const LinkMessage *m) {
        for (size_t i = 0; i < ELEMENTSOF(row->numbers) && row->numbers[i].width > 0; i++) {
                const struct Number *n = &row->numbers[i];
                uint32_t value;

                memcpy(&value, (const char *) m + n->offset, sizeof(value));
                if (value > n->max)
                        return NULL;
                p = put(p, value, n->width);
        }

        return p;
}

ssize_t link_message_encode(const LinkMessage *m, LinkSide from, uint8_t ret[static LINK_FRAME_MAX]) {
        const struct Row *row = find_row(m->type, from);
        size_t name = m->name ? strlen(m->name) : 0, text = m->text ? strlen(m->text) : 0;

        if (!row || (m->app > 0 && !row->app) || !fits_id(row, m->id) ||
            (m->size > 0) != (row->data_max > 0))
                return -EINVAL;
        if (name > row->name_max || text > row->text_max || m->size > row->data_max)
                return -EMSGSIZE;
        uint8_t *end = put_numbers(ret + LINK_HEADER, row, m);
        if (!end)
                return -EINVAL;

        if (row->name_max > 0)
                end = put_bytes(end, m->name ? m->name : "", name + 1);
        end = put_bytes(end, m->text, text);
        end = put_bytes(end, m->data, m->size);

        uint8_t *p = put(put(put(ret, m->type, 1), 0, 1), m->app, 2);
        put(put(p, m->id, 4), end - ret - LINK_HEADER, 4);
        return end - ret;
}

static int take_numbers(Cursor *c, const struct Row *row, LinkMessage *m, char **reterr_why) {
        for (size_t i = 0; i < ELEMENTSOF(row->numbers) && row->numbers[i].width > 0; i++) {
                const struct Number *n = &row->numbers[i];
                uint32_t value;

                if (!take(c, n->width, &value))
                        return refuse(reterr_why, -EBADMSG, "%s is too short", row->name);
                if (value > n->max)
                        return refuse(reterr_why, -EBADMSG, "%s has a number that is too large", row->name);
                memcpy((char *) m + n->offset, &value, sizeof(value));
        }

        return 0;
}

/* `c` is what is left of the payload. */
static int take_texts(Cursor c, const struct Row *row, char *texts, LinkMessage *m, char **reterr_why) {
        const uint8_t *nul = row->name_max > 0 && c.n > 0 ? memchr(c.p, '\0', c.n) : NULL;
        size_t name = nul ? (size_t) (nul - c.p) + 1 : 0, text = c.n - name;

        if (row->name_max > 0 && !nul)
                return refuse(reterr_why, -EBADMSG, "%s has no end of a name", row->name);
        if (name > row->name_max + 1 || text > row->text_max)
                return refuse(reterr_why, -EBADMSG, "%s is too long", row->name);
        if (text > 0 && memchr(c.p + name, '\0', text))
                return refuse(reterr_why, -EBADMSG, "%s has a NUL in its text", row->name);

        put_bytes((uint8_t *) texts, c.p, c.n);
        texts[c.n] = '\0';
        m->name = name > 0 ? texts : NULL;
        m->text = row->text_max > 0 ? texts + name : NULL;
        return 0;
}

static int take_payload(Cursor c, const struct Row *row, char *texts, LinkMessage *m, char **reterr_why) {
        int r = take_numbers(&c, row, m, reterr_why);
        if (r < 0)
                return r;
        if (row->data_max == 0)
                return take_texts(c, row, texts, m, reterr_why);
        if (c.n == 0)
                return refuse(reterr_why, -EBADMSG, "%s is empty", row->name);

        m->data = c.p;
        m->size = c.n;
        return 0;
}

static int check_header(const struct Row *row, unsigned type, uint32_t zero, const LinkMessage *m,
                        uint32_t size, char **reterr_why) {
        if (!row)
                return refuse(reterr_why, -EBADMSG, "frame of type %u", type);
        if (zero != 0 || size > LINK_PAYLOAD_MAX)
                return refuse(reterr_why, -EBADMSG, "%s has a header that is none", row->name);
        if (!fits_id(row, m->id) || (m->app != 0 && !row->app))
                return refuse(reterr_why, -EBADMSG, "%s is about app %u and %u", row->name, m->app, m->id);

        return 0;
}

ssize_t link_message_decode(const void *data, size_t size, LinkSide from, char texts[static LINK_TEXTS_MAX],
                            LinkMessage *ret, char **reterr_why) {
        Cursor c = cursor_of(data, size), payload;
        uint32_t type, zero, app, id, length;

        if (!take(&c, 1, &type) || !take(&c, 1, &zero) || !take(&c, 2, &app) || !take(&c, 4, &id) ||
            !take(&c, 4, &length))
                return 0;

        const struct Row *row = find_row(type, from);
        LinkMessage m = { .type = type, .app = app, .id = id };
        int r = check_header(row, type, zero, &m, length, reterr_why);
        if (r < 0)
                return r;
        if (!cursor_take(&c, length, &payload))
                return 0;
        r = take_payload(payload, row, texts, &m, reterr_why);
        if (r < 0)
                return r;

        *ret = m;
        return LINK_HEADER + length;
}
