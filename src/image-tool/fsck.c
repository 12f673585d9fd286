/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: `gantry image fsck`: what is looked at, and how it ends.
 * Never: calls wrong what vanished meanwhile.
 * Follows: gantry-image(1); docs/STORE.md. */

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/log.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "basic/units.h"
#include "image-tool/fsck.h"
#include "image-tool/image-tool.h"
#include "store/image-dir.h"
#include "store/lock.h"

static void fsck_done(Fsck *f) {
        free(f->claims);
        free(f->damaged);
}

void fsck_wrong(Fsck *f, const char *format, ...) {
        char line[2048];
        va_list ap;

        va_start(ap, format);
        (void) vsnprintf(line, sizeof(line), format, ap);
        va_end(ap);

        f->n_wrong++;
        log_error("%s", line);
}

FsckName fsck_name(const InventoryImage *image) {
        FsckName name;

        if (image->names)
                (void) snprintf(name.text, sizeof(name.text), "%s", image->names[0]);
        else
                digest_format_id(&image->id, name.text);

        return name;
}

/* Nobody removes anything while this looks, so that what is missing then was missing before. */
static int load_inventory(Store *s, Inventory **ret) {
        _cleanup_close_ int lock = store_lock(s, STORE_SHARED);
        return lock < 0 ? lock : inventory_load(s, INVENTORY_NOTED, ret);
}

static int check_all_images(Fsck *f) {
        int r = 0;

        for (size_t i = 0; r >= 0 && i < f->inventory->n_images; i++)
                r = fsck_image(f, &f->inventory->images[i]);

        return r;
}

static int check_some_images(Fsck *f, char *const *texts) {
        int r = 0;

        STRV_FOREACH(text, texts) {
                Digest id;

                if (image_tool_find(f->store, *text, /* ret= */ NULL, &id) < 0) {
                        f->n_wrong++; /* it has been said */
                        continue;
                }

                const InventoryImage *image = inventory_find_image(f->inventory, &id);
                r = image ? fsck_image(f, image) : 0;
                if (r < 0)
                        break;
        }

        return r;
}

/* Unless an image of this ID has come meanwhile. */
static int remove_name(Store *s, const char *name) {
        ImageRef ref;

        _cleanup_close_ int lock = store_lock(s, STORE_EXCLUSIVE),
                            fd = dir_open_at(store_images_fd(s), "refs", 0);
        int r = lock < 0 ? lock : fd < 0 ? fd : image_ref_load(fd, name, &ref);
        if (r < 0)
                return r == -ENOENT ? 0 : r;

        free(ref.reference);
        _cleanup_close_ int image_fd = image_dir_open(s, &ref.id);
        return image_fd == -ENOENT && unlinkat(fd, name, 0) < 0 && errno != ENOENT ? -errno : 0;
}

static int check_names(Fsck *f) {
        for (size_t i = 0; i < f->inventory->n_leftovers; i++) {
                const InventoryLeftover *l = &f->inventory->leftovers[i];

                if (l->kind != LEFTOVER_DANGLING)
                        continue;
                fsck_wrong(f, "'%s' is the name of an image that is missing%s", l->path,
                           f->repair ? "; it is removed" : "");
                int r = f->repair ? remove_name(f->store, strrchr(l->path, '/') + 1) : 0;
                if (r < 0)
                        return r;
        }

        return 0;
}

static void check_pod(Fsck *f, const InventoryPod *pod) {
        const char *name = pod->dir.name ? pod->dir.name : pod->dir.uuid;

        f->n_pods++;
        if (pod->damaged)
                fsck_wrong(f, "Pod '%s' is damaged: what it is made of cannot be read", name);
        if (pod->n_missing > 0)
                fsck_wrong(f, "Pod '%s' needs a layer or an image that is missing; fetch its image again",
                           name);

        for (size_t i = 0; i < f->n_damaged; i++) {
                const InventoryLayer *layer = inventory_find_layer(f->inventory, &f->damaged[i]);
                char id[DIGEST_TEXT_MAX];

                if (!layer || !places_contain(&pod->layers, layer - f->inventory->layers))
                        continue;
                digest_format_id(&layer->id, id);
                fsck_wrong(f, "Pod '%s' needs layer %s, which is damaged", name, id);
        }
}

/* What nobody needs is gc's: worth a word, but nothing is wrong with it. */
static void mention_unneeded(const Fsck *f) {
        size_t n = 0;

        for (size_t i = 0; i < f->inventory->n_layers; i++)
                n += f->inventory->layers[i].n_images + f->inventory->layers[i].n_pods == 0;
        if (n > 0)
                log_info("%zu layer%s no image or pod needs %s there until 'gantry gc' removes %s", n,
                         n == 1 ? " that" : "s that", n == 1 ? "is" : "are", n == 1 ? "it" : "them");
}

static int check_all(Fsck *f) {
        int r = check_names(f);
        if (r >= 0)
                r = check_all_images(f);
        if (r >= 0)
                r = fsck_layers(f);
        if (r < 0)
                return r;

        for (size_t i = 0; i < f->inventory->n_pods; i++)
                if (f->inventory->pods[i].using)
                        check_pod(f, &f->inventory->pods[i]);
        if (!f->inventory->partial)
                mention_unneeded(f);
        return 0;
}

static int check_some(Fsck *f, char *const *texts) {
        int r = check_some_images(f, texts);
        return r < 0 ? r : fsck_layers(f);
}

typedef struct Count {
        char text[48];
} Count;

static Count count(size_t n, const char *what) {
        Count c;

        (void) snprintf(c.text, sizeof(c.text), "%zu %s%s", n, what, n == 1 ? "" : "s");
        return c;
}

static void say_result(const Fsck *f) {
        char result[64] = "nothing is wrong";
        Count pods = count(f->n_pods, "pod");

        if (f->n_wrong > 0)
                (void) snprintf(result, sizeof(result), "%zu thing%s wrong", f->n_wrong,
                                f->n_wrong == 1 ? " is" : "s are");
        log_info("Checked %s, %s (%s read) and %s: %s", count(f->n_images, "image").text,
                 count(f->n_layers, "layer").text, format_bytes(f->bytes).text,
                 f->inventory->partial ? "no pods, which are root's to look at" : pods.text, result);
}

int image_tool_fsck(const ImageArguments *a) {
        _cleanup_(inventory_freep) Inventory *inventory = NULL;
        _cleanup_(fsck_done) Fsck f = { .store = a->store, .quick = a->quick, .repair = a->repair };

        int r = load_inventory(a->store, &inventory);
        f.inventory = inventory;
        if (r >= 0)
                r = a->operands[0] ? check_some(&f, a->operands) : check_all(&f);
        if (r < 0)
                return log_error_errno(r, "Cannot check the store '%s': %m", store_path(a->store));

        say_result(&f);
        return f.n_wrong > 0 ? -EUCLEAN : 0;
}
