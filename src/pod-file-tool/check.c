/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: `gantry pod check`: all that is wrong with pod files, and what is without effect.
 * Never: looks for the image, or at what a pod file asks of the host.
 * Follows: gantry-pod(1); the GNU Coding Standards, "Formatting Error Messages". */

#include <stdio.h>
#include <string.h>

#include "basic/cli.h"
#include "basic/conf.h"
#include "basic/log.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "basic/table.h"
#include "pod-file-tool/pod-file-tool.h"

typedef struct Check {
        Table *table; /* for --json=, else NULL */
        size_t n_errors;
} Check;

static int say(Check *c, const char *file, unsigned line, const char *severity, const char *text) {
        char number[16];

        c->n_errors += streq(severity, "error");
        if (!c->table)
                return printf("%s:%u: %s: %s\n", file, line, severity, text) < 0 ? -EIO : 0;

        (void) snprintf(number, sizeof(number), "%u", line);
        return table_add(c->table, (const char *[]) { file, number, severity, text });
}

static int check_one(Check *c, const char *text) {
        _cleanup_pod_file_ PodFile *f = NULL;

        int r = pod_tool_load(text, &f);
        for (size_t i = 0; r >= 0 && i < f->n_problems; i++)
                r = say(c, f->problems[i].file, f->problems[i].line, "error", f->problems[i].why);

        return r;
}

static int check_hidden(Check *c) {
        _cleanup_strv_ char **hidden = NULL, **by = NULL;

        int r = conf_hidden_files("pods", ".pod", &hidden, &by);
        for (size_t i = 0; i < strv_length(hidden) && r >= 0; i++) {
                _cleanup_free_ char *text = NULL;

                r = str_printf(&text, "has no effect: '%s' hides it", by[i]);
                if (r >= 0)
                        r = say(c, hidden[i], 1, "warning", text);
        }

        return r < 0 ? log_error_errno(r, "Cannot look for pod files: %m") : 0;
}

static int check_all(Check *c) {
        _cleanup_strv_ char **names = NULL;
        int result = 0;

        int r = pod_file_list(&names);
        if (r < 0)
                return log_error_errno(r, "Cannot look for pod files: %m");

        STRV_FOREACH(name, names) {
                r = check_one(c, *name);
                if (r < 0)
                        result = r;
        }
        r = check_hidden(c);

        return r < 0 ? r : result;
}

static int finish(const Check *c) {
        int r = c->table ? table_print(c->table) : fflush(stdout) == EOF ? -errno : 0;
        if (r < 0)
                return log_error_errno(r, "Cannot print what was found: %m");

        return c->n_errors > 0 ? -EBADMSG : 0;
}

int pod_check(char *const *files) {
        static const char *const headings[] = { "FILE", "LINE", "SEVERITY", "TEXT", NULL };
        _cleanup_(table_freep) Table *table = NULL;
        Check c = {};
        int result = 0;

        if (cli_json != CLI_JSON_OFF) {
                c.table = table = table_new(headings);
                if (!table)
                        return log_error_errno(-ENOMEM, "Cannot check pod files: %m");
        }

        if (!files[0])
                result = check_all(&c);
        STRV_FOREACH(file, files) {
                int r = check_one(&c, *file);
                if (r < 0)
                        result = r;
        }
        int r = finish(&c);

        return r < 0 ? r : result;
}
