/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: signals by their names.
 * Never: sends one.
 * Follows: signal(7); what OCI images write as StopSignal. */

#include <signal.h>
#include <string.h>
#include <strings.h>

#include "basic/signals.h"
#include "basic/str.h"

int signal_parse(const char *text) {
        bool prefixed = strncasecmp(text, "SIG", 3) == 0;
        const char *name = prefixed ? text + 3 : text;
        uint64_t number;

        if (!prefixed && str_to_u64(text, &number) >= 0)
                return number >= 1 && number <= (uint64_t) SIGRTMAX ? (int) number : -EINVAL;

        for (int i = 1; i < SIGRTMIN; i++) {
                const char *known = sigabbrev_np(i);
                if (known && strcasecmp(known, name) == 0)
                        return i;
        }

        /* SIGRTMIN+3 asks a systemd inside to shut down. */
        const char *plus = startswith(name, "RTMIN+");
        if (plus && str_to_u64(plus, &number) >= 0 && number <= (uint64_t) (SIGRTMAX - SIGRTMIN))
                return SIGRTMIN + number;

        return -EINVAL;
}
