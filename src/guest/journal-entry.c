/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: reading what programs write to the journal.
 * Never: refuses a text because of how it is; reads beyond what has come.
 * Follows: https://systemd.io/JOURNAL_NATIVE_PROTOCOL; RFC 3164, as syslog(3) writes it; sd-daemon(3). */

#include <ctype.h>
#include <endian.h>
#include <syslog.h>

#include "basic/str.h"
#include "guest/journal-entry.h"

#define PRIORITY_MAX 191 /* facility and level */

/* What cannot be passed on is cut, or becomes a blank. */
static char *make_text(char *text, size_t size, size_t max) {
        size = MIN(size, max);
        for (size_t i = 0; i < size; i++)
                if (text[i] == '\0')
                        text[i] = ' ';

        text[size] = '\0';
        return text;
}

/* "<30>" */
static bool take_priority(char **p, unsigned max, unsigned *ret) {
        unsigned n = 0;
        char *q = *p;

        if (*q++ != '<' || !isdigit((unsigned char) *q))
                return false;
        while (isdigit((unsigned char) *q) && n <= max)
                n = n * 10 + (*q++ - '0');
        if (*q++ != '>' || n > max)
                return false;

        *p = q;
        *ret = LOG_PRI(n);
        return true;
}

/* "Nov 26 10:00:00 ": sixteen letters, in whatever locale. */
static void skip_time(char **p) {
        static const char form[] = "aaa dd dd:dd:dd ";
        const char *q = *p;

        for (const char *f = form; *f; f++, q++) {
                bool digit = isdigit((unsigned char) *q);

                if (*f == 'a' ? !isalpha((unsigned char) *q) : *f == 'd' ? !digit && *q != ' ' : *q != *f)
                        return;
        }

        *p += sizeof(form) - 1;
}

/* "web[7]: " or "web: " */
static const char *take_name(char **p) {
        char *q = *p, *end;

        size_t n = strcspn(q, " []:");
        end = q + n;
        if (*end == '[') {
                end += 1 + strspn(end + 1, DIGITS);
                end += *end == ']';
        }
        if (n == 0 || n > JOURNAL_NAME_MAX || *end != ':')
                return NULL;

        q[n] = '\0';
        *p = end + 1 + (end[1] == ' ');
        return q;
}

void journal_parse_syslog(char *text, size_t size, JournalEntry *ret) {
        char *p = make_text(text, size, JOURNAL_TEXT_MAX);
        JournalEntry e = { .priority = LOG_INFO };

        (void) take_priority(&p, PRIORITY_MAX, &e.priority);
        skip_time(&p);
        e.name = take_name(&p);
        p[strcspn(p, "\n")] = '\0';
        e.text = p;
        *ret = e;
}

void journal_parse_line(char *line, bool prefix, unsigned priority, JournalEntry *ret) {
        JournalEntry e = { .priority = priority };

        if (prefix)
                (void) take_priority(&line, LOG_DEBUG, &e.priority);
        e.text = line;
        *ret = e;
}

/* The value of a field: behind "=", or with its length where it may have more than one line. Returns where the next field begins; NULL: it is
 * cut off. */
static char *take_value(char *name, size_t n_name, char *end, char **ret, size_t *ret_size) {
        char *p = name + n_name;
        uint64_t size;

        if (*p == '=') {
                char *newline = memchr(p, '\n', end - p);

                *ret = p + 1;
                *ret_size = (newline ? newline : end) - *ret;
                return newline ? newline + 1 : end;
        }
        if ((size_t) (end - ++p) < sizeof(size))
                return NULL;
        memcpy(&size, p, sizeof(size));
        size = le64toh(size);
        p += sizeof(size);
        if (size > (size_t) (end - p))
                return NULL;

        *ret = p;
        *ret_size = size;
        p += size;
        return p < end && *p == '\n' ? p + 1 : p;
}

/* A field of a native entry, in the datagram. */
typedef struct Field {
        char *name, *value;
        size_t n_name, n_value;
} Field;

static bool is_field(const Field *f, const char *wanted) {
        return strlen(wanted) == f->n_name && memcmp(f->name, wanted, f->n_name) == 0;
}

/* Returns where the next one begins; NULL: it is none, or cut off. */
static char *take_field(char *p, char *end, Field *ret) {
        Field f = { .name = p };

        while (p + f.n_name < end && p[f.n_name] != '=' && p[f.n_name] != '\n')
                f.n_name++;
        char *next = p + f.n_name == end ? NULL : take_value(p, f.n_name, end, &f.value, &f.n_value);

        *ret = f;
        return next;
}

/* What journald takes from anybody: "_PID" is for itself to say. */
static bool is_additional(const Field *f) {
        return f->n_name <= JOURNAL_NAME_MAX && f->name[0] >= 'A' && f->name[0] <= 'Z' &&
               !is_field(f, "PRIORITY");
}

static struct JournalField finish(const Field *f) {
        return (struct JournalField) {
                .name = make_text(f->name, f->n_name, JOURNAL_NAME_MAX),
                .value = make_text(f->value, f->n_value, JOURNAL_VALUE_MAX),
        };
}

int journal_parse_native(char *text, size_t size, JournalEntry *ret) {
        char *end = text + size;
        Field message = {}, name = {}, others[JOURNAL_FIELDS_MAX];
        JournalEntry e = { .priority = LOG_INFO };

        for (char *p = text, *next; p < end; p = next) {
                Field f;

                if (*p == '=' || *p == '\n') {
                        next = p + 1;
                        continue;
                }
                next = take_field(p, end, &f);
                if (!next)
                        return -EBADMSG;
                if (is_field(&f, "PRIORITY") && f.n_value == 1 && *f.value >= '0' && *f.value <= '7')
                        e.priority = *f.value - '0';
                if (is_field(&f, "MESSAGE"))
                        message = f;
                else if (is_field(&f, "SYSLOG_IDENTIFIER"))
                        name = f;
                else if (is_additional(&f) && e.n_fields < JOURNAL_FIELDS_MAX)
                        others[e.n_fields++] = f;
        }
        if (!message.value)
                return -EBADMSG;

        /* Only now, for what ends one of them is where another begins. */
        e.text = make_text(message.value, message.n_value, JOURNAL_TEXT_MAX);
        e.name = name.value ? make_text(name.value, name.n_value, JOURNAL_NAME_MAX) : NULL;
        for (size_t i = 0; i < e.n_fields; i++)
                e.fields[i] = finish(&others[i]);
        *ret = e;
        return 0;
}
