/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <syslog.h>

#include "basic/macro.h"

/* One line on stderr, for programs only (folders of level 3; libraries return errors instead). Levels are
 * syslog's. Lines carry a <N> prefix when stderr is the journal. $GANTRY_LOG_LEVEL (err, warning, notice,
 * info, debug) sets what is shown; the default is info. */

/* Sets how much is shown from now on, e.g. LOG_WARNING for -q. */
void log_set_level(int level);

/* Calls `f` before each line from now on; it wipes what is drawn on the terminal. NULL: nothing is. */
void log_set_prelude(void (*f)(void *userdata), void *userdata);

/* Logs with `error` (a positive or negative errno, 0 for none) as %m. Returns -|error|. */
int log_full(int level, int error, const char *format, ...) _printf_(3, 4);

#define log_error_errno(r, ...) log_full(LOG_ERR, (r), __VA_ARGS__)
#define log_error(...) log_full(LOG_ERR, 0, __VA_ARGS__)
#define log_warning_errno(r, ...) log_full(LOG_WARNING, (r), __VA_ARGS__)
#define log_warning(...) log_full(LOG_WARNING, 0, __VA_ARGS__)
#define log_info(...) log_full(LOG_INFO, 0, __VA_ARGS__)
#define log_debug(...) log_full(LOG_DEBUG, 0, __VA_ARGS__)
