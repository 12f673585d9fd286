/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: carrying out what was planned.
 * Never: decides, but about a pod that came to life meanwhile.
 * Follows: docs/STORE.md, "Who may remove what". */

#include <errno.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/log.h"
#include "basic/strv.h"
#include "gc/restart.h"
#include "gc/sweep.h"
#include "pod/exit-record.h"
#include "store/image-dir.h"

static const char *verb(bool dry) {
        return dry ? "Would remove" : "Removing";
}

static const char *pod_name(const PodDir *p) {
        return p->name ? p->name : p->uuid;
}

static bool still_runs(Store *s, const PodDir *p) {
        _cleanup_pod_dir_ PodDir again = { .fd = -EBADF };
        return pod_dir_open(store_pods_fd(s), POD_RUNNING, p->uuid, &again) >= 0;
}

/* Running by its directory, but nobody holds the lock: ExecStopPost= never came, as after a power cut. */
static int note_end(Store *s, PodDir *p) {
        int r = pod_dir_lock(p);
        if (r >= 0 && !still_runs(s, p)) /* it came since */
                return 0;
        if (r >= 0)
                r = exit_record_write(p->fd, &(ExitRecord) { .when_usec = (uint64_t) time(NULL) * 1000000,
                                                             .result = (char *) "lost",
                                                             .code = 255 });
        if (r >= 0)
                r = pod_dir_move(store_pods_fd(s), p, POD_EXITED);
        if (r < 0 && r != -ENOENT && r != -EWOULDBLOCK)
                return log_error_errno(r, "Cannot note the end of pod '%s': %m", pod_name(p));

        return 0;
}

/* One that is being started at this moment stays, with all that it needs. */
static int remove_pod(Store *s, Plan *plan, size_t k, PodDir *p) {
        int r = pod_dir_lock(p);
        if (r >= 0 && p->phase != POD_GARBAGE)
                r = pod_dir_move(store_pods_fd(s), p, POD_GARBAGE);
        if (r >= 0 || r == -ENOENT)
                return 0;

        int q = plan_keep_pod(plan, k, "somebody is at work on it");
        return q < 0               ? q
               : r == -EWOULDBLOCK ? 0
                                   : log_error_errno(r, "Cannot remove pod '%s': %m", pod_name(p));
}

/* What becomes of those in which nobody is alive, one must not decide before systemd has. */
static bool is_systemds(const InventoryPod *pod, Manager **m) {
        PodPhase phase = pod->dir.phase;

        return !pod->alive && (phase == POD_PREPARED || phase == POD_RUNNING || phase == POD_EXITED) &&
               restart_is_due(m, &pod->dir);
}

static int sweep_pod(Store *s, InventoryPod *pod, Plan *p, size_t k, Manager **m, bool dry) {
        bool goes = p->pods[k].goes, ended = pod->dir.phase == POD_RUNNING && !pod->alive;

        if (!goes && !ended)
                return 0;
        if (is_systemds(pod, m))
                return plan_keep_pod(p, k, "systemd is not done with it");
        if (!goes)
                return dry ? 0 : note_end(s, &pod->dir);

        log_info("%s pod '%s': %s", verb(dry), pod_name(&pod->dir), p->pods[k].why);
        return dry ? 0 : remove_pod(s, p, k, &pod->dir);
}

int sweep_pods(Store *s, Inventory *i, Plan *p, bool dry) {
        _cleanup_(manager_closep) Manager *m = NULL;
        int result = 0;

        for (size_t k = 0; k < i->n_pods; k++) {
                int r = sweep_pod(s, &i->pods[k], p, k, &m, dry);
                if (r < 0)
                        result = r;
        }

        return result;
}

int sweep_garbage(Store *s, Inventory *i, const Plan *p) {
        int result = 0;

        for (size_t k = 0; k < i->n_pods; k++) {
                PodDir *pod = &i->pods[k].dir;

                if (!p->pods[k].goes)
                        continue;
                int r = pod_dir_remove(store_pods_fd(s), pod);
                if (r < 0 && r != -ENOENT)
                        result = log_error_errno(r, "Cannot remove pod '%s': %m", pod_name(pod));
        }

        return result;
}

static int remove_names(Store *s, const InventoryImage *image) {
        STRV_FOREACH(name, image->names) {
                int r = image_ref_remove(s, *name);
                if (r < 0)
                        return log_error_errno(r, "Cannot remove the name '%s' of an image: %m", *name);
        }

        return 0;
}

static int hide(Victims *v, const char *folder, const Digest *id, const char *suffix) {
        char path[DIGEST_TEXT_MAX + 32], text[DIGEST_TEXT_MAX];

        digest_format_id(id, text);
        (void) snprintf(path, sizeof(path), "%s/%s%s", folder, text, suffix);
        int r = victims_hide(v, path, /* polite= */ false);
        return r < 0 ? log_error_errno(r, "Cannot remove '%s': %m", path) : 0;
}

static int sync_images(Store *s) {
        int r = image_dir_sync(s);
        return r < 0 ? log_error_errno(r, "Cannot write back '%s/images': %m", store_path(s)) : 0;
}

static size_t say_images(const Plan *p, bool dry) {
        const Inventory *i = p->inventory;
        size_t n = 0;

        for (size_t k = 0; k < i->n_images; k++) {
                const InventoryImage *image = &i->images[k];
                char id[DIGEST_TEXT_MAX];

                if (!p->images[k].goes)
                        continue;
                digest_format_id(&image->id, id);
                log_info("%s image '%s': %s", verb(dry), image->names ? image->names[0] : id,
                         p->images[k].why);
                n++;
        }

        return n;
}

/* Names first, then images, then layers, and each on the disk before the next: what comes back after a power cut is
 * never a name without its image, or an image without its layers. */
static int hide_images(Store *s, const Plan *p, Victims *v) {
        const Inventory *i = p->inventory;
        int r = 0;

        for (size_t k = 0; r >= 0 && k < i->n_images; k++)
                if (p->images[k].goes)
                        r = remove_names(s, &i->images[k]);
        if (r >= 0)
                r = sync_images(s);
        for (size_t k = 0; r >= 0 && k < i->n_images; k++)
                if (p->images[k].goes)
                        r = hide(v, "images", &i->images[k].id, "");

        return r < 0 ? r : sync_images(s);
}

static int hide_layers(const Plan *p, Victims *v, bool dry) {
        const Inventory *i = p->inventory;
        uint64_t bytes = 0;
        char size[16];
        size_t n = 0;
        int r = 0;

        for (size_t k = 0; r >= 0 && k < i->n_layers; k++) {
                if (!p->layers[k].goes)
                        continue;
                n++;
                bytes += i->layers[k].bytes;
                r = dry ? 0 : hide(v, "layers", &i->layers[k].id, ".erofs");
        }
        if (n > 0) {
                amount_format(bytes, size);
                log_info("%s %zu layer%s (%s) that nobody needs", verb(dry), n, n == 1 ? "" : "s", size);
        }

        return r;
}

int sweep_images(Store *s, const Plan *p, Victims *v, bool dry) {
        size_t n = say_images(p, dry);

        int r = n > 0 && !dry ? hide_images(s, p, v) : 0;
        return r < 0 ? r : hide_layers(p, v, dry);
}

/* What is part of a pod that goes has gone with it. */
int sweep_leftovers(const Plan *p, Victims *v, bool dry) {
        const Inventory *i = p->inventory;
        int result = 0;

        for (size_t k = 0; k < i->n_leftovers; k++) {
                const InventoryLeftover *l = &i->leftovers[k];

                if (!p->leftovers[k].goes)
                        continue;
                log_info("%s '%s': %s", verb(dry), l->path, p->leftovers[k].why);
                int r = dry ? 0 : victims_hide(v, l->path, /* polite= */ true);
                if (r < 0)
                        result = log_error_errno(r, "Cannot remove '%s': %m", l->path);
        }

        return result;
}
