/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: which of the unit's credentials go to the pod: all.
 * Never: reads one.
 * Follows: systemd-nspawn(1), "--load-credential="; https://systemd.io/CREDENTIALS. */

#include "basic/log.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "nspawn-stage1/credentials-arguments.h"
#include "stage/credentials.h"

int credentials_pass(Stage *s) {
        _cleanup_strv_ char **names = NULL;

        int r = credentials_names(&names);
        STRV_FOREACH(name, names)
                if (r >= 0)
                        r = strv_addf(&s->nspawn, "--load-credential=%s:%s", *name, *name);
        if (r < 0)
                return log_error_errno(r, "Cannot pass the credentials of pod '%s' on: %m", s->pod.name);

        return 0;
}
