/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: reading WWW-Authenticate headers.
 * Never: talks to anybody; guesses what a malformed header may have meant.
 * Follows: RFC 9110, 5.6 and 11.6.1; https://distribution.github.io/distribution/spec/auth/token/. */

#include <strings.h>

#include "basic/str.h"
#include "registry-client/challenge.h"

#define HEADER_MAX 8192
#define TOKEN_CHARS DIGITS LOWERCASE UPPERCASE "!#$%&'*+-.^_`|~"
#define TOKEN68_CHARS DIGITS LOWERCASE UPPERCASE "-._~+/"
#define BLANKS " \t"

void challenge_done(Challenge *c) {
        free(c->realm);
        free(c->service);
        free(c->scope);
        *c = (Challenge) {};
}
#define _cleanup_challenge_ _cleanup_(challenge_done)

static int refuse(char **reterr_why, const char *what) {
        return reterr_why && str_copy(what, reterr_why) < 0 ? -ENOMEM : -EBADMSG;
}

static const char *skip(const char *p, const char *charset) {
        return p + strspn(p, charset);
}

/* True if the element of the list that `p` is in ends here. */
static bool at_end(const char *p) {
        p = skip(p, BLANKS);
        return *p == '\0' || *p == ',';
}

/* Reads what `charset` allows, at least one character. */
static int read_run(const char **p, const char *charset, char **ret) {
        size_t n = strspn(*p, charset);
        if (n == 0)
                return -EBADMSG;

        char *s = strndup(*p, n);
        if (!s)
                return -ENOMEM;

        *ret = s;
        *p += n;
        return 0;
}

static int read_quoted(const char **p, char **ret) {
        _cleanup_free_ char *s = malloc(strlen(*p) + 1);
        if (!s)
                return -ENOMEM;

        size_t n = 0;
        const char *q = *p + 1;
        for (; *q != '"'; q++) {
                if (*q == '\\')
                        q++;
                if (((uint8_t) *q < ' ' && *q != '\t') || *q == 0x7f)
                        return -EBADMSG;
                s[n++] = *q;
        }
        s[n] = '\0';

        *ret = TAKE_PTR(s);
        *p = q + 1;
        return 0;
}

/* True if `name = value` begins here, so not the scheme of the next challenge, nor a token68 with its
 * padding. */
static bool parameter_ahead(const char *p) {
        const char *name_end = skip(p, TOKEN_CHARS), *equals = skip(name_end, BLANKS);
        if (name_end == p || *equals != '=')
                return false;

        const char *value = skip(equals + 1, BLANKS);
        return *value == '"' || strspn(value, TOKEN_CHARS) > 0;
}

static int store_parameter(Challenge *c, const char *name, char **value) {
        const struct {
                const char *name;
                char **target;
        } known[] = { { "realm", &c->realm }, { "service", &c->service }, { "scope", &c->scope } };

        for (size_t i = 0; i < ELEMENTSOF(known); i++)
                if (strcasecmp(name, known[i].name) == 0) {
                        if (*known[i].target)
                                return -EBADMSG;
                        *known[i].target = TAKE_PTR(*value);
                }

        return 0;
}

static int read_parameter(const char **p, Challenge *c, char **reterr_why) {
        _cleanup_free_ char *name = NULL, *value = NULL;

        int r = read_run(p, TOKEN_CHARS, &name);
        if (r < 0)
                return r;

        *p = skip(skip(*p, BLANKS) + 1, BLANKS);
        r = **p == '"' ? read_quoted(p, &value) : read_run(p, TOKEN_CHARS, &value);
        if (r == -EBADMSG)
                return refuse(reterr_why, "a quoted string that does not end, or holds control characters");
        if (r < 0)
                return r;
        if (!at_end(*p))
                return refuse(reterr_why, "no comma behind a parameter");

        r = store_parameter(c, name, &value);
        return r == -EBADMSG ? refuse(reterr_why, "a parameter is there twice") : r;
}

/* Reads the scheme and, if there is one, its token68. Parameters are left to the caller. */
static int read_scheme(const char **p, char **ret, char **reterr_why) {
        _cleanup_free_ char *scheme = NULL;

        int r = read_run(p, TOKEN_CHARS, &scheme);
        if (r < 0)
                return r == -EBADMSG ? refuse(reterr_why, "no scheme where one is due") : r;

        if (!at_end(*p)) {
                const char *rest = skip(*p, BLANKS);
                if (rest == *p)
                        return refuse(reterr_why, "no scheme where one is due");
                if (!parameter_ahead(rest)) {
                        rest = skip(skip(rest, TOKEN68_CHARS), "=");
                        if (!at_end(rest))
                                return refuse(reterr_why, "neither parameters nor a token behind a scheme");
                }
                *p = rest;
        }

        *ret = TAKE_PTR(scheme);
        return 0;
}

static int read_challenge(const char **p, char **ret_scheme, Challenge *ret, char **reterr_why) {
        _cleanup_challenge_ Challenge c = {};
        _cleanup_free_ char *scheme = NULL;

        int r = read_scheme(p, &scheme, reterr_why);
        if (r < 0)
                return r;

        while (parameter_ahead(*p)) {
                r = read_parameter(p, &c, reterr_why);
                if (r < 0)
                        return r;
                *p = skip(*p, BLANKS ",");
        }

        *ret_scheme = TAKE_PTR(scheme);
        *ret = c;
        c = (Challenge) {};
        return 0;
}

int challenge_find(const char *header, const char *scheme, Challenge *ret, char **reterr_why) {
        _cleanup_challenge_ Challenge found = {};
        bool have = false;

        if (strlen(header) > HEADER_MAX)
                return refuse(reterr_why, "longer than 8 KiB");

        for (const char *p = skip(header, BLANKS ","); *p; p = skip(p, BLANKS ",")) {
                _cleanup_challenge_ Challenge c = {};
                _cleanup_free_ char *s = NULL;

                int r = read_challenge(&p, &s, &c, reterr_why);
                if (r < 0)
                        return r;
                if (have || strcasecmp(s, scheme) != 0)
                        continue;

                found = c;
                c = (Challenge) {};
                have = true;
        }
        if (!have)
                return 0;

        *ret = found;
        found = (Challenge) {};
        return 1;
}
