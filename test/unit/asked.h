/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Settings for tests, from words as a command line has them. */

#include "basic/str.h"
#include "basic/strv.h"
#include "settings/settings.h"

/* "KEY=VALUE" each, for the app or, if that is NULL, the pod. */
static inline int ask(PodSettings *s, AppSettings *app, char *const *words, char **reterr_why) {
        int r = 0;

        STRV_FOREACH(word, words) {
                const char *equals = strchrnul(*word, '=');
                _cleanup_free_ char *key = strndup(*word, equals - *word);

                if (r >= 0)
                        r = pod_settings_set(s, app, key, *equals ? equals + 1 : "", reterr_why);
        }

        return r;
}
