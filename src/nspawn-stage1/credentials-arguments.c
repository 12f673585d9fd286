/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: which of the unit's credentials go to the pod: all.
 * Never: reads one.
 * Follows: systemd-nspawn(1), "--load-credential="; https://systemd.io/CREDENTIALS. */

#include <fcntl.h>

#include "basic/fd.h"
#include "basic/log.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "nspawn-stage1/credentials-arguments.h"

static int add_all(Stage *s, DIR *d) {
        for (;;) {
                errno = 0;
                struct dirent *entry = readdir(d);
                if (!entry)
                        return -errno;
                if (entry->d_name[0] == '.')
                        continue;

                int r = strv_addf(&s->nspawn, "--load-credential=%s:%s", entry->d_name, entry->d_name);
                if (r < 0)
                        return r;
        }
}

int credentials_pass(Stage *s) {
        const char *directory = getenv("CREDENTIALS_DIRECTORY");
        _cleanup_closedir_ DIR *d = NULL;

        if (!directory)
                return 0;

        int r = dir_stream_at(AT_FDCWD, directory, &d);
        if (r >= 0)
                r = add_all(s, d);
        if (r < 0)
                return log_error_errno(r, "Cannot pass the credentials of pod '%s' on: %m", s->pod.name);

        return 0;
}
