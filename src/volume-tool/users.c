/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: who needs a named volume.
 * Never: believes that a pod has none because its manifest cannot be read.
 * Follows: docs/STORE.md, "Volumes". */

#include <string.h>

#include "basic/array.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "image/appc-pod.h"
#include "pod/pod-dir.h"
#include "pod/pod-manifest.h"
#include "store/volume.h"
#include "volume-tool/users.h"

typedef struct Use {
        char *volume, *pod;
} Use;

struct VolumeUsers {
        Use *list;
        size_t n, allocated;
};

VolumeUsers *volume_users_free(VolumeUsers *u) {
        for (size_t i = 0; u && i < u->n; i++) {
                free(u->list[i].volume);
                free(u->list[i].pod);
        }
        if (u)
                free(u->list);
        free(u);

        return NULL;
}

static int add_use(VolumeUsers *u, const Store *s, const AppcVolume *v, const PodDir *p) {
        Use use = {};
        size_t n;

        const char *name = v->kind == APPC_VOLUME_HOST ? volume_of_source(s, v->source, &n) : NULL;
        if (!name)
                return 0;

        int r = array_reserve(&u->list, &u->allocated, u->n, sizeof(Use));
        if (r >= 0)
                r = str_printf(&use.volume, "%.*s", (int) n, name);
        if (r >= 0)
                r = str_copy(p->name ? p->name : p->uuid, &use.pod);
        if (r < 0) {
                free(use.volume);
                return r;
        }

        u->list[u->n++] = use;
        return 0;
}

static int add_app(VolumeUsers *u, const Store *s, const AppcPodApp *app, const PodDir *p) {
        int r = 0;

        for (size_t i = 0; r >= 0 && i < app->n_mounts; i++)
                if (app->mounts[i].app_volume)
                        r = add_use(u, s, app->mounts[i].app_volume, p);

        return r;
}

/* One that is being prepared has nothing to read yet, and holds the store's lock until it has. */
static int add_pod(VolumeUsers *u, const Store *s, const PodDir *p) {
        _cleanup_(appc_pod_freep) AppcPod *pod = NULL;

        if (p->phase == POD_GARBAGE || p->phase == POD_PREPARING)
                return 0;

        int r = pod_manifest_read(p, &pod, NULL);
        if (r < 0)
                return r == -ENOMEM ? r : -EBADMSG;

        for (size_t i = 0; r >= 0 && i < pod->n_volumes; i++)
                r = add_use(u, s, &pod->volumes[i], p);
        for (size_t i = 0; r >= 0 && i < pod->n_apps; i++)
                r = add_app(u, s, &pod->apps[i], p);

        return r;
}

int volume_users_load(Store *s, VolumeUsers **ret, char **reterr_pod) {
        _cleanup_(volume_users_freep) VolumeUsers *u = calloc(1, sizeof(VolumeUsers));
        PodDir *list = NULL;
        size_t n = 0;

        int r = u ? pod_dir_list(store_pods_fd(s), &list, &n) : -ENOMEM;
        for (size_t i = 0; r >= 0 && i < n; i++) {
                r = add_pod(u, s, &list[i]);
                if (r == -EBADMSG)
                        (void) str_copy(list[i].name ? list[i].name : list[i].uuid, reterr_pod);
        }
        pod_dirs_free(list, n);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(u);
        return 0;
}

int volume_users_of(const VolumeUsers *u, const char *volume, char **ret) {
        _cleanup_strv_ char **pods = NULL;
        int r = 0;

        for (size_t i = 0; r >= 0 && i < u->n; i++)
                if (streq(u->list[i].volume, volume) && !strv_contains(pods, u->list[i].pod))
                        r = strv_add(&pods, u->list[i].pod);

        return r < 0 ? r : strv_join(pods, ", ", ret);
}
