/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: requests in HTTP/1.1 and 1.0. Our own, for libmicrohttpd comes with a TLS library, and loading that takes longer than an answer
 * may take.
 * Never: guesses where a request ends: what could be read in two ways is refused.
 * Follows: RFC 9112, RFC 9110. */

#include <strings.h>

#include "basic/str.h"
#include "metadata/http-request.h"

#define TOKEN DIGITS LOWERCASE UPPERCASE "!#$%&'*+-.^_`|~"
#define SPACE " \t"

static bool is(Cursor text, const char *word) {
        return text.n == strlen(word) && strncasecmp((const char *) text.p, word, text.n) == 0;
}

/* Takes what comes before the first `end`, and that with it. */
static bool take_until(Cursor *c, const char *end, Cursor *ret) {
        const uint8_t *p = memmem(c->p, c->n, end, strlen(end));
        Cursor unused;

        return p && cursor_take(c, p - c->p, ret) && cursor_take(c, strlen(end), &unused);
}

static Cursor trim(Cursor text) {
        while (text.n > 0 && strchr(SPACE, text.p[0])) {
                text.p++;
                text.n--;
        }
        while (text.n > 0 && strchr(SPACE, text.p[text.n - 1]))
                text.n--;

        return text;
}

/* No other control character than a tab: a CR or a NUL is what somebody else might take for an end. */
static bool is_clean(Cursor line) {
        for (size_t i = 0; i < line.n; i++)
                if ((line.p[i] < ' ' && line.p[i] != '\t') || line.p[i] == 0x7f)
                        return false;

        return true;
}

static bool is_token(Cursor text) {
        for (size_t i = 0; i < text.n; i++)
                if (!text.p[i] || !strchr(TOKEN, text.p[i]))
                        return false;

        return text.n > 0;
}

static unsigned parse_method(Cursor word, HttpMethod *ret) {
        static const char *const names[] = {
                [HTTP_GET] = "GET",
                [HTTP_HEAD] = "HEAD",
                [HTTP_POST] = "POST",
        };

        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                if (word.n == strlen(names[i]) && memcmp(word.p, names[i], word.n) == 0) {
                        *ret = i;
                        return 0;
                }

        return is_token(word) ? 501 : 400;
}

/* A server must know the form that is meant for proxies, too. */
static Cursor without_authority(Cursor target) {
        static const char scheme[] = "http://";
        size_t n = strlen(scheme);

        if (target.n < n || strncasecmp((const char *) target.p, scheme, n) != 0)
                return target;
        while (n < target.n && target.p[n] != '/')
                n++;

        return (Cursor) { .p = target.p + n, .n = target.n - n };
}

static unsigned parse_request_line(Cursor line, HttpRequest *q) {
        Cursor method, target;

        if (!take_until(&line, " ", &method) || !take_until(&line, " ", &target))
                return 400;
        unsigned status = parse_method(method, &q->method);
        if (status > 0)
                return status;
        if (line.n != strlen("HTTP/1.1") || memcmp(line.p, "HTTP/", 5) != 0)
                return 400;
        if (memcmp(line.p + 5, "1.1", 3) != 0 && memcmp(line.p + 5, "1.0", 3) != 0)
                return 505;

        q->keep = line.p[7] == '1';
        q->target = without_authority(target);
        return q->target.n > 0 && q->target.p[0] == '/' ? 0 : 400;
}

typedef struct Fields {
        bool host, length;
        size_t body;
} Fields;

static unsigned set_length(Cursor value, Fields *f) {
        if (f->length || value.n == 0 || value.n > 15)
                return 400;
        for (size_t i = 0; i < value.n; i++) {
                if (!strchr(DIGITS, value.p[i]))
                        return 400;
                f->body = f->body * 10 + (value.p[i] - '0');
        }

        f->length = true;
        return f->body > HTTP_BODY_MAX ? 413 : 0;
}

/* "close" among what may be several words. */
static void set_connection(Cursor value, HttpRequest *q) {
        Cursor word;

        while (take_until(&value, ",", &word))
                q->keep = q->keep && !is(trim(word), "close");
        q->keep = q->keep && !is(trim(value), "close");
}

/* A length there must be, so that there is one way to find the end. */
static unsigned parse_field(Cursor line, HttpRequest *q, Fields *f) {
        Cursor name;

        if (!take_until(&line, ":", &name) || !is_token(name))
                return 400;

        Cursor value = trim(line);
        if (is(name, "Content-Length"))
                return set_length(value, f);
        if (is(name, "Transfer-Encoding"))
                return 411;
        if (is(name, "Expect"))
                return 417;
        if (is(name, "Connection"))
                set_connection(value, q);
        if (is(name, "Host") && f->host)
                return 400;
        f->host = f->host || is(name, "Host");
        return 0;
}

static unsigned parse_head(Cursor head, HttpRequest *q, Fields *f) {
        Cursor line;

        if (!take_until(&head, "\r\n", &line) || !is_clean(line))
                return 400;
        unsigned status = parse_request_line(line, q);
        while (status == 0 && take_until(&head, "\r\n", &line))
                status = is_clean(line) ? parse_field(line, q, f) : 400;

        return status == 0 && q->keep && !f->host ? 400 : status;
}

static bool refuse(unsigned status, HttpRequest *ret) {
        *ret = (HttpRequest) { .status = status };
        return true;
}

bool http_request_parse(const void *data, size_t size, HttpRequest *ret) {
        Cursor rest = cursor_of(data, size), head;
        HttpRequest q = {};
        Fields f = {};

        if (!take_until(&rest, "\r\n\r\n", &head)) {
                *ret = q;
                return size > HTTP_HEAD_MAX && refuse(431, ret);
        }

        head.n += 2; /* the last line has its end, too */
        unsigned status = head.n > HTTP_HEAD_MAX ? 431 : parse_head(head, &q, &f);
        if (status > 0)
                return refuse(status, ret);

        q.size = size - rest.n + f.body;
        bool whole = cursor_take(&rest, f.body, &q.body);
        *ret = q;
        return whole;
}
