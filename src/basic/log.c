/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the lines people read on stderr.
 * Never: writes to stdout, which carries results only; logs twice.
 * Follows: sd-daemon(3) for the <N> prefix, $JOURNAL_STREAM of systemd.exec(5). */

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "basic/log.h"
#include "basic/str.h"

static int max_level = -1;
static void (*prelude)(void *userdata);
static void *prelude_userdata;

void log_set_level(int level) {
        max_level = level;
}

void log_set_prelude(void (*f)(void *userdata), void *userdata) {
        prelude = f;
        prelude_userdata = userdata;
}

static int level_from_environment(void) {
        static const char *const names[] = {
                [LOG_ERR] = "err",   [LOG_WARNING] = "warning", [LOG_NOTICE] = "notice",
                [LOG_INFO] = "info", [LOG_DEBUG] = "debug",
        };
        const char *e = secure_getenv("GANTRY_LOG_LEVEL");

        for (size_t i = LOG_ERR; e && i < ELEMENTSOF(names); i++)
                if (streq(e, names[i]))
                        return i;

        return LOG_INFO;
}

static bool stderr_is_journal(void) {
        unsigned long long device, inode;
        struct stat st;

        const char *e = getenv("JOURNAL_STREAM");
        if (!e || sscanf(e, "%llu:%llu", &device, &inode) != 2 || fstat(STDERR_FILENO, &st) < 0)
                return false;

        return st.st_dev == device && st.st_ino == inode;
}

/* One line, and nothing that a terminal would obey: what users type may be from a list that others wrote. */
static void make_harmless(char *text) {
        for (char *p = text; (p = strchr(p, '\n')); p++)
                *p = '?';

        str_to_line(text);
}

int log_full(int level, int error, const char *format, ...) {
        static int journal = -1;
        va_list ap;
        char *s;

        error = abs(error);
        if (max_level < 0)
                max_level = level_from_environment();
        if (level > max_level)
                return -error;
        if (journal < 0)
                journal = stderr_is_journal();

        errno = error;
        va_start(ap, format);
        int n = vasprintf(&s, format, ap);
        va_end(ap);
        if (n < 0)
                return -error;

        make_harmless(s);
        if (prelude)
                prelude(prelude_userdata);
        if (journal)
                fprintf(stderr, "<%d>%s\n", level, s);
        else
                fprintf(stderr, "%s\n", s);
        free(s);

        return -error;
}
