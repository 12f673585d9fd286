/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: where nspawn finds its settings.
 * Never: lets others' have a say.
 * Follows: systemd.nspawn(5), ".NSPAWN FILE DISCOVERY". */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/log.h"
#include "basic/str.h"
#include "nspawn-stage1/settings-link.h"

/* They would be found first. */
static int refuse_others(const char *name) {
        static const char *const directories[] = { "/etc/systemd/nspawn", "/run/systemd/nspawn" };

        for (size_t i = 0; i < ELEMENTSOF(directories); i++) {
                _cleanup_free_ char *path = NULL;

                int r = str_printf(&path, "%s/%s.nspawn", directories[i], name);
                if (r < 0)
                        return r;
                if (access(path, F_OK) == 0)
                        return log_error_errno(
                                        -EEXIST,
                                        "Cannot start pod '%s': '%s' has settings for a machine of this name; remove it or use another name",
                                        name, path);
        }

        return 0;
}

/* Beside the root. */
static int make_link(const Stage *s, int number) {
        _cleanup_free_ char *path = NULL;

        int r = str_printf(&path, "%.*s/%s.nspawn", (int) (strrchr(s->root, '/') - s->root), s->root,
                           s->pod.name);
        if (r < 0)
                return r;

        return symlink(fd_path(number).text, path) < 0 ? -errno : 0;
}

int settings_link(const Stage *s, int number) {
        int r = refuse_others(s->pod.name);
        if (r < 0)
                return r;

        r = make_link(s, number);
        return r < 0 ? log_error_errno(r, "Cannot make the settings of pod '%s': %m", s->pod.name) : 0;
}
