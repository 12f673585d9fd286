/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the pods of the inventory, and what they are made of.
 * Never: looks at what an app wrote but to count it; disturbs a pod.
 * Follows: docs/ARCHITECTURE.md, "The life of a pod". */

#include <string.h>

#include "basic/array.h"
#include "basic/fd.h"
#include "basic/str.h"
#include "image/appc-pod.h"
#include "inventory/scan.h"
#include "pod/pod-manifest.h"

static int read_manifest(Scan *s, InventoryPod *pod) {
        _cleanup_(appc_pod_freep) AppcPod *manifest = NULL;

        int r = pod_manifest_read(&pod->dir, &manifest, NULL);
        for (size_t i = 0; r >= 0 && i < manifest->n_apps; i++) {
                const AppcPodApp *app = &manifest->apps[i];

                r = app->has_image_id ? scan_need_image(s, &app->image_id, &pod->images, &pod->n_missing)
                                      : -EBADMSG;
        }

        return r;
}

static int add_places(const Places *from, Places *to) {
        int r = 0;

        for (size_t i = 0; r >= 0 && i < from->n; i++)
                r = places_add(to, from->at[i]);

        return r;
}

/* What an image needs its pods need, too: they are stacked of its layers, and a start asks for the verdicts of all its dependencies. */
static int add_needs_of_images(Scan *s, InventoryPod *pod) {
        size_t n = pod->images.n;
        int r = 0;

        for (size_t i = 0; r >= 0 && i < n; i++) {
                const InventoryImage *image = &s->inventory->images[pod->images.at[i]];

                pod->n_missing += image->n_missing;
                r = add_places(&image->images, &pod->images);
                if (r >= 0)
                        r = add_places(&image->layers, &pod->layers);
        }

        return r;
}

/* Needs that cannot be read are unknown, which is not the same as none. One that is being prepared has nothing to
 * read yet. */
static int read_needs(Scan *s, InventoryPod *pod) {
        int r = read_manifest(s, pod);
        if (r >= 0)
                r = add_needs_of_images(s, pod);
        if (r == -ENOMEM)
                return r;

        pod->damaged = r < 0 && pod->dir.phase != POD_PREPARING;
        places_sort(&pod->layers);
        places_sort(&pod->images);
        return 0;
}

/* A pod's directory in which something is being looked for that was never finished. */
typedef struct Remains {
        const char *where; /* below the root */
        unsigned depth;    /* below the pod's directory */
        uint64_t bytes;    /* of what was found */
} Remains;

/* Only where programs of ours write: in the pod's directory, apps/ and apps/APP. */
static int note_unfinished(Scan *s, int dir_fd, const char *name, void *userdata) {
        Inventory *i = s->inventory;
        Remains *remains = userdata;

        if (startswith(name, ".#")) {
                size_t before = i->n_leftovers;
                int r = scan_leftover(s, LEFTOVER_UNFINISHED, dir_fd, remains->where, name);

                if (i->n_leftovers > before)
                        remains->bytes += i->leftovers[before].bytes;
                return r;
        }
        if (remains->depth == 2 || (remains->depth == 0 && !streq(name, "apps")))
                return 0;

        _cleanup_free_ char *where = NULL;
        int r = str_printf(&where, "%s/%s", remains->where, name);
        if (r < 0)
                return r;

        Remains deeper = { .where = where, .depth = remains->depth + 1 };
        r = scan_entries(s, dir_fd, name, note_unfinished, &deeper);
        remains->bytes += deeper.bytes;
        return r == -ENOTDIR || r == -ENOENT || r == -ELOOP ? 0 : r;
}

/* Nobody writes in a pod that waits for its start or has ended, so what is unfinished there stays so. */
static int count_bytes(Scan *s, const char *where, InventoryPod *pod) {
        Remains remains = { .where = where };
        int r = 0;

        if (!pod->alive && (pod->dir.phase == POD_PREPARED || pod->dir.phase == POD_EXITED))
                r = scan_entries(s, pod->dir.fd, ".", note_unfinished, &remains);
        if (r >= 0 && s->flags & INVENTORY_BYTES)
                r = usage_add_tree(&s->usage, pod->dir.fd, ".", &pod->bytes);
        if (r < 0)
                return r == -ENOENT ? 0 : r;

        pod->bytes -= MIN(pod->bytes, remains.bytes);
        return 0;
}

static bool is_gone(Scan *s, const PodDir *p) {
        _cleanup_pod_dir_ PodDir again = { .fd = -EBADF };
        return pod_dir_open(store_pods_fd(s->store), p->phase, p->uuid, &again) == -ENOENT;
}

static int note_pod(Scan *s, InventoryPod *pod) {
        _cleanup_free_ char *where = NULL;
        const PodDir *p = &pod->dir;
        int r;

        pod->alive = pod_dir_alive(p);
        pod->using = p->phase != POD_GARBAGE && (p->phase != POD_PREPARING || pod->alive);
        if (pod->using) {
                r = read_needs(s, pod);
                if (r < 0)
                        return r;
                /* Somebody is removing it. */
                if (pod->damaged && is_gone(s, p))
                        pod->damaged = pod->using = false;
        }

        r = str_printf(&where, "pods/%s/%s", pod_phase_name(p->phase), p->uuid);
        return r < 0 ? r : count_bytes(s, where, pod);
}

/* All that pod_dir_list() does not take for a pod. */
static int note_stranger(Scan *s, int dir_fd, const char *name, void *userdata) {
        if (pod_uuid_is_valid(name))
                return 0;

        return scan_leftover(s, startswith(name, ".#") ? LEFTOVER_UNFINISHED : LEFTOVER_UNKNOWN, dir_fd,
                             userdata, name);
}

static int note_in_pods(Scan *s, int dir_fd, const char *name, void *userdata) {
        _cleanup_free_ char *where = NULL;
        PodPhase phase = 0;

        while (phase < _POD_PHASE_MAX && !streq(pod_phase_name(phase), name))
                phase++;
        if (phase == _POD_PHASE_MAX)
                return note_stranger(s, dir_fd, name, userdata);

        int r = str_printf(&where, "pods/%s", name);
        if (r < 0)
                return r;
        _cleanup_close_ int fd = dir_open_at(dir_fd, name, 0);
        r = fd < 0 ? fd : scan_directory(s, fd, where);
        return r < 0 ? r : scan_entries(s, fd, ".", note_stranger, where);
}

static int take_pods(Scan *s, PodDir *list, size_t n) {
        Inventory *i = s->inventory;

        i->pods = calloc(n + 1, sizeof(InventoryPod));
        if (!i->pods)
                return -ENOMEM;
        for (; i->n_pods < n; i->n_pods++) {
                i->pods[i->n_pods].dir = list[i->n_pods];
                list[i->n_pods] = (PodDir) { .fd = -EBADF };
        }

        int r = 0;
        for (size_t k = 0; r >= 0 && k < n; k++)
                r = note_pod(s, &i->pods[k]);
        return r;
}

int scan_pods(Scan *s) {
        int pods_fd = store_pods_fd(s->store);
        PodDir *list = NULL;
        size_t n = 0;

        if (pods_fd < 0) {
                s->inventory->partial = true;
                return 0;
        }

        int r = scan_directory(s, pods_fd, "pods");
        if (r >= 0)
                r = scan_entries(s, pods_fd, ".", note_in_pods, (void *) "pods");
        if (r >= 0)
                r = pod_dir_list(pods_fd, &list, &n);
        if (r >= 0)
                r = take_pods(s, list, n);

        pod_dirs_free(list, n);
        return r;
}
