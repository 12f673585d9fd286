/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what the parts of stage1 share about the pod that they put together.
 * Never: does a part's work.
 * Follows: stage/stage.h. */

#include "basic/fd.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "pod/annotations.h"
#include "stage/network.h"
#include "stage/stage.h"

static void stage_app_done(StageApp *a) {
        for (size_t i = 0; i < a->n_binds; i++) {
                free(a->binds[i].name);
                free(a->binds[i].target);
        }
        free(a->binds);
        strv_free(a->targets);
        strv_free(a->shared);
        fd_close(a->view_fd);
        fd_close(a->workshop_fd);
        free(a->root);
        free(a->place);
        fd_close(a->place_fd);
        fd_close(a->fd);
}

void stage_done(Stage *s) {
        metadata_close(&s->metadata);
        network_done(s);
        for (size_t i = 0; i < s->n_apps; i++)
                stage_app_done(&s->apps[i]);
        free(s->apps);
        for (size_t i = 0; i < s->n_sockets; i++)
                fd_close(s->sockets[i]);
        free(s->sockets);
        strv_free(s->socket_names);
        strv_free(s->nspawn);
        fd_close(s->image_fd);
        free(s->root);
        free(s->place);
        fd_close(s->place_fd);
        fd_close(s->userns_fd);
        fd_close(s->host_mounts_fd);
        pod_labels_done(&s->labels);
        appc_pod_free(s->other);
        appc_pod_free(s->manifest);
        pod_dir_done(&s->pod);
}

int stage_add_app(Stage *s, const AppcPodApp *app, size_t room, StageApp **ret) {
        if (!s->apps)
                s->apps = calloc(room, sizeof(StageApp));
        if (!s->apps)
                return -ENOMEM;

        StageApp *a = &s->apps[s->n_apps++];
        *a = (StageApp) {
                .stage = s,
                .app = app,
                .fd = -EBADF,
                .place_fd = -EBADF,
                .workshop_fd = -EBADF,
                .view_fd = -EBADF,
        };

        *ret = a;
        return 0;
}

static bool is(const Pairs *annotations, const char *annotation, const char *value) {
        const char *is = pairs_get(annotations, annotation);
        return is && streq(is, value);
}

bool stage_is(const Stage *s, const char *annotation, const char *value) {
        return is(&s->manifest->annotations, annotation, value);
}

bool stage_app_is(const StageApp *a, const char *annotation, const char *value) {
        return is(&a->app->annotations, annotation, value);
}

const char *stage_hostname(const Stage *s) {
        const char *hostname = pairs_get(&s->manifest->annotations, ANNOTATION_HOSTNAME);
        return hostname ? hostname : s->pod.name;
}

int stage_bind(StageApp *a, bool read_only, const char *name, const char *target) {
        _cleanup_free_ char *name_copy = NULL, *target_copy = NULL;

        int r = str_copy(name, &name_copy);
        if (r >= 0)
                r = str_copy(target, &target_copy);
        if (r < 0)
                return r;

        StageBind *grown = reallocarray(a->binds, a->n_binds + 1, sizeof(StageBind));
        if (!grown)
                return -ENOMEM;
        a->binds = grown;
        a->binds[a->n_binds++] = (StageBind) {
                .name = TAKE_PTR(name_copy),
                .target = TAKE_PTR(target_copy),
                .read_only = read_only,
        };

        return 0;
}
