/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: remarks about files, one a line, as compilers make them.
 * Never: makes one.
 * Follows: the GNU Coding Standards, "Formatting Error Messages". */

#include <stdarg.h>
#include <stdio.h>

#include "basic/cli.h"
#include "basic/str.h"
#include "trust-tool/findings.h"
#include "trust-tool/json-print.h"

void findings_done(Findings *f) {
        for (size_t i = 0; i < f->n; i++) {
                free(f->items[i].file);
                free(f->items[i].text);
        }
        free(f->items);
        *f = (Findings) {};
}

static bool is_known(const Findings *f, RulePlace place, const char *text) {
        for (size_t i = 0; i < f->n; i++)
                if (f->items[i].line == place.line && streq(f->items[i].file, place.file) &&
                    streq(f->items[i].text, text))
                        return true;

        return false;
}

static int add(Findings *f, bool is_error, RulePlace place, const char *format, va_list ap) {
        _cleanup_free_ char *text = NULL, *file = NULL;

        if (vasprintf(&text, format, ap) < 0 || str_copy(place.file, &file) < 0)
                return -ENOMEM;
        if (is_known(f, place, text))
                return 0;

        struct Finding *more = reallocarray(f->items, f->n + 1, sizeof(*more));
        if (!more)
                return -ENOMEM;

        more[f->n++] = (struct Finding) {
                .file = TAKE_PTR(file), .text = TAKE_PTR(text), .line = place.line, .is_error = is_error
        };
        f->items = more;
        f->n_errors += is_error;
        return 0;
}

int finding_error(Findings *f, RulePlace place, const char *format, ...) {
        va_list ap;

        va_start(ap, format);
        int r = add(f, /* is_error= */ true, place, format, ap);
        va_end(ap);
        return r;
}

int finding_warning(Findings *f, RulePlace place, const char *format, ...) {
        va_list ap;

        va_start(ap, format);
        int r = add(f, /* is_error= */ false, place, format, ap);
        va_end(ap);
        return r;
}

static const char *severity(const struct Finding *i) {
        return i->is_error ? "error" : "warning";
}

static int append(Json *list, const struct Finding *i) {
        _cleanup_json_ Json *j = json_new_object();

        int r = j ? json_set_string(j, "file", i->file) : -ENOMEM;
        if (r >= 0)
                r = json_set_int(j, "line", i->line);
        if (r >= 0)
                r = json_set_string(j, "severity", severity(i));
        if (r >= 0)
                r = json_set_string(j, "text", i->text);

        return r < 0 ? r : json_append(list, TAKE_PTR(j));
}

static int print_json(const Findings *f) {
        _cleanup_json_ Json *list = json_new_array();

        int r = list ? 0 : -ENOMEM;
        for (size_t i = 0; i < f->n && r >= 0; i++)
                r = append(list, &f->items[i]);

        return r < 0 ? r : json_print(list);
}

int findings_print(const Findings *f) {
        if (cli_json != CLI_JSON_OFF)
                return print_json(f);

        for (size_t i = 0; i < f->n; i++)
                printf("%s:%u: %s: %s\n", f->items[i].file, f->items[i].line, severity(&f->items[i]),
                       f->items[i].text);

        return fflush(stdout) == EOF ? -errno : 0;
}
