/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: where in the app's root its volumes are mounted.
 * Never: lets one hide another, or what makes a pod one.
 * Follows: appc "Volume Setup"; docs/ARCHITECTURE.md, "The nspawn level". */

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "basic/fd.h"
#include "basic/log.h"
#include "basic/memory-tree.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "basic/target.h"
#include "pod/init-config.h"
#include "stage/mounts.h"
#include "stage/view.h"
#include "stage/volume-tree.h"
#include "stage/volumes.h"
#include "store/volume.h"

static int explain_target(int error, char **reterr_why) {
        switch (-error) {
        case EACCES: return refuse(reterr_why, error, "this place is the pod's own");
        case EXDEV:
                return refuse(reterr_why, error,
                              "this is in a volume with rshared: it would be mounted on the host, too");
        case EBUSY: return refuse(reterr_why, error, "something else is mounted there");
        case ENOTEMPTY: return refuse(reterr_why, error, "it would hide what is mounted below");
        case EISDIR: return refuse(reterr_why, error, "the one is a file, but the other a directory");
        case ENOTDIR: return refuse(reterr_why, error, "there is a file where a directory would have to be");
        default: return error;
        }
}

static int find_target(StageApp *a, const Mount *m, mode_t kind, char **ret, char **reterr_why) {
        int r = view_find_target(a, m->path, kind, ret);
        if (r >= 0 && m->shared && target_is_below(INIT_DIRECTORY, *ret))
                r = -ENOTEMPTY;
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

        _cleanup_close_ int tree = volume_tree_of_host(a->stage, source, m, reterr_why);
        int r = tree < 0 ? tree
                         : find_target(a, m, S_ISDIR(st.st_mode) ? S_IFDIR : S_IFREG, &target, reterr_why);

        if (r >= 0)
                r = view_mount(a, tree, target);

        return r < 0 || !m->shared ? r : strv_add(&a->shared, target);
}

/* Of whatever gantry itself keeps. */
static int make_tree(const Stage *s, Store *store, const Mount *m, int content_fd, char **reterr_why) {
        _cleanup_free_ char *name = NULL;
        size_t n = 0;

        if (!m->volume.name)
                return memory_tree(s->uid_base, s->labels.file, m->options, reterr_why);
        if (m->volume.kind == APPC_VOLUME_EMPTY)
                return volume_tree_of_pod(s, &m->volume, content_fd, reterr_why);

        const char *begin = volume_of_source(store, m->volume.source, &n);
        name = begin ? strndup(begin, n) : NULL;
        return name ? volume_tree_by_name(s, store, m, name, content_fd, reterr_why) : -ENOMEM;
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

        int r = mount_is_of_host(m, store) ? mount_host(a, m, &why) : mount_own(a, store, m, &why);
        return r < 0 ? mount_explain(m, r, why) : 0;
}

int volumes_mount(StageApp *a, Store *store) {
        _cleanup_mounts_ Mounts m = {};

        int r = view_open(a);
        if (r < 0)
                return log_error_errno(r, "Cannot look at the root of app '%s': %m", a->app->name);

        r = mounts_collect(a, &m);
        for (size_t i = 0; r >= 0 && i < m.n; i++)
                r = mount_one(a, store, &m.list[i]);

        return r;
}
