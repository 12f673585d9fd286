/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: `gantry image rm`.
 * Never: removes what a pod is made of, another image needs, or somebody is fetching.
 * Follows: gantry-image(1); store/lock.h. */

#include <stdio.h>

#include "basic/fd.h"
#include "basic/log.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "image-tool/image-tool.h"
#include "inventory/inventory.h"
#include "store/image-dir.h"
#include "store/layer.h"
#include "store/lock.h"

/* What has lost its name stays until it is closed, which is not to be waited for under the lock. */
typedef struct Remains {
        int *fds;
        size_t n;
} Remains;

static void remains_done(Remains *r) {
        for (size_t i = 0; i < r->n; i++)
                fd_close(r->fds[i]);
        free(r->fds);
}
#define _cleanup_remains_ _cleanup_(remains_done)

/* "pod 'web', pod 'db', image 'app:1'", or NULL if nobody needs it. */
static int list_users(const Inventory *inventory, const InventoryImage *image, char **ret) {
        size_t place = image - inventory->images;
        _cleanup_strv_ char **users = NULL;
        int r = 0;

        for (size_t i = 0; r >= 0 && i < inventory->n_pods; i++) {
                const InventoryPod *pod = &inventory->pods[i];

                if (places_contain(&pod->images, place))
                        r = strv_addf(&users, "pod '%s'", pod->dir.name ? pod->dir.name : pod->dir.uuid);
        }
        for (size_t i = 0; r >= 0 && i < inventory->n_images; i++) {
                const InventoryImage *other = &inventory->images[i];
                char id[DIGEST_TEXT_MAX];

                digest_format_id(&other->id, id);
                if (places_contain(&other->images, place))
                        r = strv_addf(&users, "image '%s'", other->names ? other->names[0] : id);
        }

        return r < 0 ? r : strv_join(users, ", ", ret);
}

/* Needs that cannot be read may be anything. */
static bool all_needs_are_known(const Inventory *inventory) {
        for (size_t i = 0; i < inventory->n_images; i++)
                if (inventory->images[i].damaged)
                        return false;
        for (size_t i = 0; i < inventory->n_pods; i++)
                if (inventory->pods[i].damaged)
                        return false;

        return true;
}

/* Those that it alone needs. What stays in spite of that is gc's. */
static int remove_layers(Store *s, const Inventory *inventory, const InventoryImage *image,
                         Remains *remains) {
        if (!all_needs_are_known(inventory))
                return 0;

        remains->fds = calloc(image->layers.n + 1, sizeof(int));
        if (!remains->fds)
                return -ENOMEM;

        for (size_t i = 0; i < image->layers.n; i++) {
                const InventoryLayer *layer = &inventory->layers[image->layers.at[i]];

                if (layer->n_images > 1 || layer->n_pods > 0)
                        continue;
                remains->fds[remains->n++] = layer_open(s, &layer->id);
                int r = layer_remove(s, &layer->id);
                if (r < 0 && r != -ENOENT)
                        return r;
        }

        return 0;
}

/* Says so if somebody does. */
static int check_unused(const char *text, const Inventory *inventory, const InventoryImage *image) {
        _cleanup_free_ char *users = NULL;

        int r = list_users(inventory, image, &users);
        if (r < 0)
                return log_error_errno(r, "Cannot remove image '%s': %m", text);
        if (users)
                return log_error_errno(-EBUSY, "Cannot remove image '%s': it is needed by %s", text, users);
        if (image->locked)
                return log_error_errno(-EBUSY, "Cannot remove image '%s': it is being fetched", text);

        return 0;
}

/* A name that is not the last one goes alone. */
static int remove_image(Store *s, const char *text, const Inventory *inventory, const Reference *reference,
                        const InventoryImage *image, Remains *remains) {
        _cleanup_free_ char *name = NULL;
        int r;

        if (reference->kind != REFERENCE_ID && strv_length(image->names) > 1) {
                r = reference_format(reference, &name);
                if (r >= 0)
                        r = image_ref_remove(s, name);
                if (r >= 0)
                        r = image_dir_sync(s);
        } else {
                r = check_unused(text, inventory, image);
                if (r < 0)
                        return r;
                r = image_dir_remove(s, &image->id);
                if (r >= 0)
                        r = remove_layers(s, inventory, image, remains);
        }

        return r < 0 ? log_error_errno(r, "Cannot remove image '%s': %m", text) : 0;
}

static int rm(const ImageArguments *a, const char *text) {
        _cleanup_remains_ Remains remains = {}; /* outlives the lock: see there */
        _cleanup_(inventory_freep) Inventory *inventory = NULL;
        _cleanup_reference_ Reference *reference = NULL;
        Digest id;

        _cleanup_close_ int lock = store_lock(a->store, STORE_EXCLUSIVE);
        if (lock < 0)
                return log_error_errno(lock, "Cannot lock the store '%s': %m", store_path(a->store));

        int r = image_tool_find(a->store, text, &reference, &id);
        if (r < 0)
                return r;

        r = inventory_load(a->store, INVENTORY_NOTED, &inventory);
        const InventoryImage *image = r < 0 ? NULL : inventory_find_image(inventory, &id);
        if (!image)
                return log_error_errno(r < 0 ? r : -ENOENT, "Cannot remove image '%s': %m", text);
        if (inventory->partial)
                return log_error_errno(-EACCES, "Cannot remove image '%s': %m; run as root", text);

        return remove_image(a->store, text, inventory, reference, image, &remains);
}

int image_tool_rm(const ImageArguments *a) {
        return image_tool_each(a, rm);
}
