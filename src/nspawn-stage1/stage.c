/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what the parts of stage1 share about the pod that they put together.
 * Never: does a part's work.
 * Follows: systemd-nspawn(1), "--bind=". */

#include "basic/fd.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "nspawn-stage1/stage.h"

void stage_done(Stage *s) {
        for (size_t i = 0; i < s->n_sockets; i++)
                fd_close(s->sockets[i]);
        free(s->sockets);
        strv_free(s->socket_names);
        strv_free(s->nspawn);
        strv_free(s->targets);
        fd_close(s->view_fd);
        free(s->root);
        free(s->place);
        fd_close(s->place_fd);
        fd_close(s->userns_fd);
        fd_close(s->app_fd);
        appc_pod_free(s->manifest);
        pod_dir_done(&s->pod);
}

bool stage_is(const Stage *s, const char *annotation, const char *value) {
        const char *is = pairs_get(&s->manifest->annotations, annotation);
        return is && streq(is, value);
}

/* With the colons and backslashes escaped; owned by the caller. */
static char *escape(const char *path) {
        char *escaped = malloc(strlen(path) * 2 + 1), *q = escaped;

        for (const char *p = path; escaped && *p; p++) {
                if (*p == ':' || *p == '\\')
                        *q++ = '\\';
                *q++ = *p;
        }
        if (escaped)
                *q = '\0';

        return escaped;
}

int stage_bind(Stage *s, bool read_only, const char *source, const char *target) {
        _cleanup_free_ char *from = escape(source), *to = escape(target);
        if (!from || !to)
                return -ENOMEM;

        return strv_addf(&s->nspawn, "--bind%s=%s:%s", read_only ? "-ro" : "", from, to);
}
