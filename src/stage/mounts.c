/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: which volumes and file systems in memory an app has, and where it wants them.
 * Never: mounts one; looks whether it can be there.
 * Follows: appc "Volume Setup"; pod/annotations.h. */

#include <stdlib.h>
#include <string.h>

#include "basic/log.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "basic/words.h"
#include "pod/annotation-list.h"
#include "pod/annotations.h"
#include "stage/mounts.h"
#include "store/volume.h"

void mounts_done(Mounts *m) {
        for (size_t i = 0; i < m->n_tmpfs; i++)
                strv_free(m->tmpfs[i]);
        free(m->tmpfs);
        free(m->list);
}

int mount_explain(const Mount *m, int error, const char *why) {
        _cleanup_free_ char *path = str_escape(m->path, strlen(m->path), 256);

        if (m->volume.name)
                return log_error_errno(error, "Cannot mount volume '%s' at '%s': %s", m->volume.name, path,
                                       why ? why : strerror(-error));

        return log_error_errno(error, "Cannot mount a file system in memory at '%s': %s", path,
                               why ? why : strerror(-error));
}

bool mount_is_of_host(const Mount *m, Store *store) {
        size_t n;

        return m->volume.kind == APPC_VOLUME_HOST && m->volume.name &&
               !volume_of_source(store, m->volume.source, &n);
}

/* Read-only if either says so. */
static bool is_read_only(const StageApp *a, const AppcMount *mount, const AppcVolume *v) {
        const AppcApp *app = a->app->app;

        for (size_t i = 0; app && i < app->n_mount_points; i++)
                if (app->mount_points[i].read_only && streq(app->mount_points[i].path, mount->path))
                        return true;

        return v->read_only;
}

/* What is said of an app's volumes, by their names. */
typedef struct VolumeWords {
        char **copied, **shared, **alone, **propagated;
} VolumeWords;

static void volume_words_done(VolumeWords *w) {
        strv_free(w->copied);
        strv_free(w->shared);
        strv_free(w->alone);
        strv_free(w->propagated);
}

static int read_words(const Pairs *annotations, VolumeWords *w) {
        int r = annotation_list(annotations, ANNOTATION_COPY_UP, &w->copied);
        if (r >= 0)
                r = annotation_list(annotations, ANNOTATION_RELABEL_SHARED, &w->shared);

        if (r >= 0)
                r = annotation_list(annotations, ANNOTATION_RELABEL_PRIVATE, &w->alone);

        return r < 0 ? r : annotation_list(annotations, ANNOTATION_PROPAGATE, &w->propagated);
}

static const char *find_label(const StageApp *a, const VolumeWords *w, const char *volume) {
        const PodLabels *l = &a->stage->labels;

        return strv_contains(w->alone, volume)    ? l->file
               : strv_contains(w->shared, volume) ? l->shared
                                                  : NULL;
}

static int collect_volumes(const StageApp *a, const VolumeWords *w, Mounts *m) {
        for (size_t i = 0; i < a->app->n_mounts; i++) {
                const AppcMount *mount = &a->app->mounts[i];
                const AppcVolume *v =
                                mount->app_volume ? mount->app_volume
                                                  : appc_pod_find_volume(a->stage->manifest, mount->volume);
                if (!v)
                        return log_error_errno(-EBADMSG,
                                               "Cannot mount volume '%s': the pod has no such volume",
                                               mount->volume);

                Mount *one = &m->list[m->n++];
                *one = (Mount) { .path = mount->path,
                                 .volume = *v,
                                 .copies = strv_contains(w->copied, v->name),
                                 .shared = a->stage->host && strv_contains(w->propagated, v->name),
                                 .label = find_label(a, w, v->name) };
                one->volume.read_only = is_read_only(a, mount, v);
        }

        return 0;
}

static int collect_tmpfs(char *const *lines, Mounts *m) {
        STRV_FOREACH(line, lines) {
                char **fields = NULL;

                int r = fields_split(*line, &fields, NULL);
                if (r < 0)
                        return log_error_errno(r, "Cannot read what is to be mounted in memory: %m");
                m->tmpfs[m->n_tmpfs++] = fields;
                m->list[m->n++] = (Mount) { .path = fields[0], .options = fields[1] };
        }

        return 0;
}

static int compare(const void *a, const void *b) {
        return strcmp(((const Mount *) a)->path, ((const Mount *) b)->path);
}

int mounts_collect(const StageApp *a, Mounts *m) {
        _cleanup_(volume_words_done) VolumeWords words = {};
        _cleanup_strv_ char **lines = NULL;

        int r = read_words(&a->app->annotations, &words);
        if (r >= 0)
                r = annotation_list(&a->app->annotations, ANNOTATION_TMPFS, &lines);
        m->list = calloc(a->app->n_mounts + strv_length(lines) + 1, sizeof(Mount));
        m->tmpfs = calloc(strv_length(lines) + 1, sizeof(char **));
        if (r < 0 || !m->list || !m->tmpfs)
                return log_error_errno(-ENOMEM, "Cannot read the volumes of app '%s': %m", a->app->name);

        r = collect_volumes(a, &words, m);
        if (r >= 0)
                r = collect_tmpfs(lines, m);
        if (r >= 0)
                qsort(m->list, m->n, sizeof(Mount), compare);

        return r;
}
