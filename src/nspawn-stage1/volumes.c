/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: which volume is mounted where in the app's root.
 * Never: lets one hide another, or what makes a pod one.
 * Follows: appc "Volume Setup"; docs/ARCHITECTURE.md, "The nspawn level". */

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "basic/fd.h"
#include "basic/log.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "basic/words.h"
#include "nspawn-stage1/target.h"
#include "nspawn-stage1/view.h"
#include "nspawn-stage1/volume-tree.h"
#include "nspawn-stage1/volumes.h"
#include "pod/annotation-list.h"
#include "pod/annotations.h"
#include "store/volume.h"

typedef struct Mount {
        const char *path;
        AppcVolume volume;   /* its strings are borrowed; no name: a file system in memory … */
        const char *options; /* … with these, or NULL */
        bool copies;         /* the image's files, if it is new */
} Mount;

typedef struct Mounts {
        Mount *list;
        size_t n;
        char ***tmpfs; /* the annotation's lines, taken apart; of as many as there are */
        size_t n_tmpfs;
} Mounts;

static void mounts_done(Mounts *m) {
        for (size_t i = 0; i < m->n_tmpfs; i++)
                strv_free(m->tmpfs[i]);
        free(m->tmpfs);
        free(m->list);
}

static int fail(const Mount *m, int error, const char *why) {
        _cleanup_free_ char *path = str_escape(m->path, strlen(m->path), 256);

        if (m->volume.name)
                return log_error_errno(error, "Cannot mount volume '%s' at '%s': %s", m->volume.name, path,
                                       why ? why : strerror(-error));

        return log_error_errno(error, "Cannot mount a file system in memory at '%s': %s", path,
                               why ? why : strerror(-error));
}

static int explain_target(int error, char **reterr_why) {
        switch (-error) {
        case EACCES: return refuse(reterr_why, error, "this place is the pod's own");
        case EBUSY: return refuse(reterr_why, error, "something else is mounted there");
        case ENOTEMPTY: return refuse(reterr_why, error, "it would hide what is mounted below");
        case EISDIR: return refuse(reterr_why, error, "the one is a file, but the other a directory");
        case ENOTDIR: return refuse(reterr_why, error, "there is a file where a directory would have to be");
        default: return error;
        }
}

static int find_target(StageApp *a, const Mount *m, mode_t kind, char **ret, char **reterr_why) {
        int r = view_find_target(a, m->path, kind, ret);
        return r < 0 ? explain_target(r, reterr_why) : 0;
}

static int mount_host(StageApp *a, const Mount *m, char **reterr_why) {
        _cleanup_free_ char *target = NULL;
        struct stat st;

        _cleanup_close_ int source = volume_open_source(&m->volume, reterr_why);
        if (source < 0)
                return source;
        if (fstat(source, &st) < 0)
                return -errno;

        _cleanup_close_ int tree = volume_tree_of_host(a->stage, source, &m->volume, reterr_why);
        int r = tree < 0 ? tree
                         : find_target(a, m, S_ISDIR(st.st_mode) ? S_IFDIR : S_IFREG, &target, reterr_why);

        return r < 0 ? r : view_mount(a, tree, target);
}

/* Of whatever gantry itself keeps. */
static int make_tree(const Stage *s, Store *store, const Mount *m, int content_fd, char **reterr_why) {
        _cleanup_free_ char *name = NULL;
        size_t n = 0;

        if (!m->volume.name)
                return volume_tree_in_memory(s, m->options, reterr_why);
        if (m->volume.kind == APPC_VOLUME_EMPTY)
                return volume_tree_of_pod(s, &m->volume, content_fd, reterr_why);

        const char *begin = volume_of_source(store, m->volume.source, &n);
        name = begin ? strndup(begin, n) : NULL;
        return name ? volume_tree_by_name(s, store, &m->volume, name, content_fd, reterr_why) : -ENOMEM;
}

static int mount_own(StageApp *a, Store *store, const Mount *m, char **reterr_why) {
        _cleanup_free_ char *target = NULL;

        int r = find_target(a, m, S_IFDIR, &target, reterr_why);
        if (r < 0)
                return r;

        _cleanup_close_ int content =
                        m->copies ? target_open(a->view_fd, target, O_PATH | O_DIRECTORY) : -EBADF;
        if (m->copies && content < 0)
                return content;
        _cleanup_close_ int tree = make_tree(a->stage, store, m, content, reterr_why);
        return tree < 0 ? tree : view_mount(a, tree, target);
}

static int mount_one(StageApp *a, Store *store, const Mount *m) {
        _cleanup_free_ char *why = NULL;
        size_t n;

        bool host = m->volume.kind == APPC_VOLUME_HOST && m->volume.name &&
                    !volume_of_source(store, m->volume.source, &n);
        int r = host ? mount_host(a, m, &why) : mount_own(a, store, m, &why);
        return r < 0 ? fail(m, r, why) : 0;
}

/* Read-only if either says so. */
static bool is_read_only(const StageApp *a, const AppcMount *mount, const AppcVolume *v) {
        const AppcApp *app = a->app->app;

        for (size_t i = 0; app && i < app->n_mount_points; i++)
                if (app->mount_points[i].read_only && streq(app->mount_points[i].path, mount->path))
                        return true;

        return v->read_only;
}

static int collect_volumes(const StageApp *a, char *const *copied, Mounts *m) {
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
                                 .copies = strv_contains(copied, v->name) };
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

/* What is mounted in a volume is mounted after it. */
static int collect(const StageApp *a, Mounts *m) {
        _cleanup_strv_ char **copied = NULL, **lines = NULL;

        int r = annotation_list(&a->app->annotations, ANNOTATION_COPY_UP, &copied);
        if (r >= 0)
                r = annotation_list(&a->app->annotations, ANNOTATION_TMPFS, &lines);
        m->list = calloc(a->app->n_mounts + strv_length(lines) + 1, sizeof(Mount));
        m->tmpfs = calloc(strv_length(lines) + 1, sizeof(char **));
        if (r < 0 || !m->list || !m->tmpfs)
                return log_error_errno(-ENOMEM, "Cannot read the volumes of app '%s': %m", a->app->name);

        r = collect_volumes(a, copied, m);
        if (r >= 0)
                r = collect_tmpfs(lines, m);
        if (r >= 0)
                qsort(m->list, m->n, sizeof(Mount), compare);

        return r;
}

int volumes_mount(StageApp *a, Store *store) {
        _cleanup_(mounts_done) Mounts m = {};

        int r = view_open(a);
        if (r < 0)
                return log_error_errno(r, "Cannot look at the root of app '%s': %m", a->app->name);

        r = collect(a, &m);
        for (size_t i = 0; r >= 0 && i < m.n; i++)
                r = mount_one(a, store, &m.list[i]);

        return r;
}
