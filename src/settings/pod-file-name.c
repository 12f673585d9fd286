/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the names of pod files, of their instances and units, and the specifiers that stand for them.
 * Never: looks for a file.
 * Follows: gantry.pod(5); systemd.unit(5), "SPECIFIERS" and "STRING ESCAPING FOR INCLUSION IN UNIT NAMES". */

#include <string.h>

#include "basic/refuse.h"
#include "basic/str.h"
#include "settings/pod-file-name.h"

#define NAME_CHARACTERS LOWERCASE UPPERCASE DIGITS ":_.\\-"
#define UNIT_NAME_MAX 255U

void pod_file_name_done(PodFileName *n) {
        free(n->name);
        free(n->prefix);
        free(n->instance);
        free(n->path);
        free(n->unit);
        *n = (PodFileName) {};
}

static int hex_digit(char c) {
        const char *digits = DIGITS "abcdef", *found = c ? strchr(digits, c) : NULL;
        return found ? (int) (found - digits) : -1;
}

/* In place: it only gets shorter. -EINVAL for what nobody would have escaped, and for what would change the meaning of
 * the line that it is put into. */
static int unescape(char *s) {
        char *to = s;

        for (; *s; s++) {
                int high, low;

                if (*s != '\\') {
                        *to++ = *s == '-' ? '/' : *s;
                        continue;
                }
                if (s[1] != 'x' || (high = hex_digit(s[2])) < 0 || (low = hex_digit(s[3])) < 0)
                        return -EINVAL;
                *to = high << 4 | low;
                if ((unsigned char) *to < ' ' || *to == '\\')
                        return -EINVAL;
                to++;
                s += 3;
        }

        *to = '\0';
        return 0;
}

static int split(PodFileName *n) {
        const char *at = strchr(n->name, '@');

        n->prefix = at ? strndup(n->name, at - n->name) : strdup(n->name);
        if (!n->prefix)
                return -ENOMEM;
        if (!at)
                return 0;

        int r = str_copy(at + 1, &n->instance);
        if (r >= 0)
                r = str_copy(at + 1, &n->path);

        return r < 0 ? r : unescape(n->path);
}

static int parse(const char *name, PodFileName *n, char **reterr_why) {
        int r = str_copy(name, &n->name);
        if (r >= 0)
                r = str_printf(&n->unit, "gantry@%s.service", name);
        if (r >= 0)
                r = split(n);
        if (r == -EINVAL)
                return refuse_foreign(reterr_why, "not escaped as systemd-escape(1) does it", n->instance);
        if (r < 0)
                return r;

        if (!in_charset(n->prefix, NAME_CHARACTERS) || n->prefix[0] == '.' ||
            (n->instance && n->instance[0] && !in_charset(n->instance, NAME_CHARACTERS "@")))
                return refuse_foreign(
                                reterr_why,
                                "not the name of a pod file: letters, digits and '_.-', NAME or NAME@INSTANCE",
                                name);
        if (strlen(n->unit) > UNIT_NAME_MAX)
                return refuse_foreign(reterr_why, "too long for the name of a pod file", name);

        return 0;
}

int pod_file_name_parse(const char *name, PodFileName *ret, char **reterr_why) {
        PodFileName n = {};

        int r = parse(name, &n, reterr_why);
        if (r < 0) {
                pod_file_name_done(&n);
                return r;
        }

        *ret = n;
        return 0;
}

/* What a specifier stands for; NULL if it is none of ours. */
static const char *stands_for(const PodFileName *n, char specifier) {
        bool is_template = pod_file_name_is_template(n);

        switch (specifier) {
        case 'i': return is_template ? "instance" : n->instance ? n->instance : "";
        case 'I': return is_template ? "instance" : n->path ? n->path : "";
        case 'n': return n->unit;
        case 'N': return n->name;
        case 'p': return n->prefix;
        default: return NULL;
        }
}

static char *append(char *to, const char *text, bool escape) {
        for (; *text; text++) {
                if (*text == '%' && escape)
                        *to++ = '%';
                *to++ = *text;
        }

        return to;
}

static size_t room_for(const PodFileName *n, const char *text) {
        size_t longest = strlen(n->unit) * 2,
               room = strlen(text) + 1; /* all others are part of it, or shorter */

        for (const char *p = text; (p = strchr(p, '%')); p += p[1] ? 2 : 1)
                room += longest;

        return room;
}

static int refuse_specifier(const char *p, char **reterr_why) {
        _cleanup_free_ char *escaped = str_escape(p, p[1] ? 2 : 1, 2);
        if (!escaped)
                return -ENOMEM;

        return refuse(reterr_why, -EINVAL, "unknown specifier '%s'; a percent sign is '%%%%'", escaped);
}

int pod_file_name_expand(const PodFileName *n, const char *text, bool for_systemd, char **ret,
                         char **reterr_why) {
        _cleanup_free_ char *expanded = malloc(room_for(n, text));
        char *to = expanded;

        if (!expanded)
                return -ENOMEM;

        for (const char *p = text; *p; p++) {
                const char *value = *p == '%' ? stands_for(n, p[1]) : NULL;

                if (*p != '%')
                        *to++ = *p;
                else if (value)
                        to = append(to, value, for_systemd);
                else if (p[1] == '%' || (for_systemd && p[1]))
                        to = stpncpy(to, p, p[1] == '%' && !for_systemd ? 1 : 2);
                else
                        return refuse_specifier(p, reterr_why);
                if (*p == '%')
                        p++;
        }

        *to = '\0';
        *ret = TAKE_PTR(expanded);
        return 0;
}
