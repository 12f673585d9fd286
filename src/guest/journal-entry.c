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

static bool is_field(const char *name, size_t n, const char *wanted) {
        return strlen(wanted) == n && memcmp(name, wanted, n) == 0;
}

int journal_parse_native(char *text, size_t size, JournalEntry *ret) {
        char *end = text + size, *message = NULL, *name = NULL;
        size_t n_message = 0, n_name = 0;
        JournalEntry e = { .priority = LOG_INFO };

        for (char *p = text, *next; p < end; p = next) {
                size_t n = 0, n_value;
                char *value;

                while (p + n < end && p[n] != '=' && p[n] != '\n')
                        n++;
                if (n == 0) {
                        next = p + 1;
                        continue;
                }
                next = p + n == end ? NULL : take_value(p, n, end, &value, &n_value);
                if (!next)
                        return -EBADMSG;
                if (is_field(p, n, "PRIORITY") && n_value == 1 && *value >= '0' && *value <= '7')
                        e.priority = *value - '0';
                if (is_field(p, n, "MESSAGE")) {
                        message = value;
                        n_message = n_value;
                }
                if (is_field(p, n, "SYSLOG_IDENTIFIER")) {
                        name = value;
                        n_name = n_value;
                }
        }
        if (!message)
                return -EBADMSG;

        e.text = make_text(message, n_message, JOURNAL_TEXT_MAX);
        e.name = name ? make_text(name, n_name, JOURNAL_NAME_MAX) : NULL;
        *ret = e;
        return 0;
}
