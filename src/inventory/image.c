/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the images of the inventory, what they need, and their names.
 * Never: judges; reads a layer.
 * Follows: store/image-dir.h, store/image-layers.h; docs/STORE.md. */

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "basic/array.h"
#include "basic/fd.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "image/json.h"
#include "image/oci.h"
#include "inventory/scan.h"
#include "store/image-dependencies.h"
#include "store/image-dir.h"
#include "store/image-layers.h"

#define VERDICT_MAX ((size_t) 64 * 1024)

/* A directory of documents that is being looked through. */
typedef struct Documents {
        InventoryImage *image;
        const char *where; /* below the root */
} Documents;

/* What gantry-fetch is at work on may be about to get its name. */
static int note_unfinished(Scan *s, int dir_fd, const char *name, const Documents *d) {
        Inventory *i = s->inventory;
        size_t before = i->n_leftovers;

        int r = scan_leftover(s, LEFTOVER_UNFINISHED, dir_fd, d->where, name);
        if (i->n_leftovers > before)
                i->leftovers[before].locked |= d->image->locked;

        return r;
}

static int note_document(Scan *s, int dir_fd, const char *name, void *userdata) {
        Documents *d = userdata;
        struct stat st;

        if (startswith(name, ".#"))
                return note_unfinished(s, dir_fd, name, d);
        if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return errno == ENOENT ? 0 : -errno;

        int r = usage_add(&s->usage, &st, &d->image->bytes);
        if (r < 0 || !S_ISDIR(st.st_mode))
                return r;

        _cleanup_free_ char *where = NULL;
        r = str_printf(&where, "%s/%s", d->where, name);
        return r < 0 ? r : scan_entries(s, dir_fd, name, note_document, &(Documents) { d->image, where });
}

static int count_documents(Scan *s, int image_fd, const char *name, InventoryImage *image) {
        _cleanup_free_ char *where = NULL;
        struct stat st;

        if (s->flags & INVENTORY_NOTED)
                return 0;
        if (fstat(image_fd, &st) < 0)
                return -errno;

        int r = usage_add(&s->usage, &st, &image->bytes);
        if (r >= 0)
                r = str_printf(&where, "images/%s", name);
        return r < 0 ? r : scan_entries(s, image_fd, ".", note_document, &(Documents) { image, where });
}

/* What admitted it, in a word. */
static const char *name_verdict(const Json *verdict) {
        static const char *const words[] = { "signature", "digest", "nothing" };
        const char *require = json_get_text(verdict, "require");
        bool admitted, enforced;

        if (json_bool(json_get(verdict, "admitted"), &admitted) < 0)
                return NULL;
        if (!admitted)
                return "refused";
        if (json_bool(json_get(verdict, "enforced"), &enforced) >= 0 && !enforced)
                return "not enforced";

        for (size_t i = 0; require && i < ELEMENTSOF(words); i++)
                if (streq(require, words[i]))
                        return words[i];

        return NULL;
}

static const char *read_verdict(int image_fd) {
        _cleanup_json_ Json *verdict = NULL;
        _cleanup_blob_ Blob text = {};

        int r = image_file_read(image_fd, "verdict.json", VERDICT_MAX, &text);
        if (r >= 0)
                r = json_parse(text.data, text.size, &verdict, NULL);

        return r < 0 ? NULL : name_verdict(verdict);
}

static int read_layers(Scan *s, int image_fd, InventoryImage *image) {
        _cleanup_free_ LayerRecord *layers = NULL;
        size_t n = 0;

        int r = image_layers_read(image_fd, &layers, &n);
        image->sealed = r >= 0;
        for (size_t i = 0; r >= 0 && i < n; i++) {
                scan_noted_layer(s, &layers[i]);
                r = scan_need_layer(s, &layers[i].id, &image->layers, &image->n_missing);
        }

        return r;
}

/* What is being fetched needs the layers that its config names; that of an appc image is called as the image
 * is. */
static int guess_layers(Scan *s, int image_fd, InventoryImage *image) {
        _cleanup_(oci_config_freep) OciConfig *config = NULL;
        _cleanup_blob_ Blob text = {};

        if (image->id.algorithm == DIGEST_SHA512)
                return scan_need_layer(s, &image->id, &image->layers, &image->n_missing);

        int r = image_file_read(image_fd, "config", OCI_DOCUMENT_MAX, &text);
        if (r == -ENOENT)
                return 0;
        if (r >= 0)
                r = oci_config_parse(text.data, text.size, &config, NULL);
        for (size_t i = 0; r >= 0 && i < config->n_diff_ids; i++)
                r = scan_need_layer(s, &config->diff_ids[i], &image->layers, &image->n_missing);

        return r;
}

static int read_dependencies(Scan *s, int image_fd, InventoryImage *image) {
        _cleanup_dependencies_ ImageDependencies d = {};

        int r = image_dependencies_read(image_fd, &d);
        for (size_t i = 0; r >= 0 && i < d.n; i++)
                r = scan_need_image(s, &d.items[i].id, &image->images, &image->n_missing);

        return r;
}

/* Needs that cannot be read are unknown, which is not the same as none. */
static int read_needs(Scan *s, InventoryImage *image) {
        _cleanup_close_ int fd = image_dir_open(s->store, &image->id);
        int r = fd < 0 ? fd : read_layers(s, fd, image);
        if (r == -ENOENT && fd >= 0)
                r = guess_layers(s, fd, image);
        if (r >= 0)
                r = read_dependencies(s, fd, image);
        if (r == -ENOMEM)
                return r;

        image->damaged = r < 0 && fd != -ENOENT;
        places_sort(&image->layers);
        places_sort(&image->images);
        return 0;
}

/* Somebody else may ask at the same time, who must not take this for a fetch longer than it takes. */
static bool is_locked(int image_fd) {
        if (flock(image_fd, LOCK_EX | LOCK_NB) < 0)
                return errno == EWOULDBLOCK;

        (void) flock(image_fd, LOCK_UN);
        return false;
}

static int add_image(Scan *s, const char *name, const Digest *id) {
        InventoryImage image = { .id = *id };
        Inventory *i = s->inventory;

        _cleanup_close_ int fd = image_dir_open(s->store, id);
        if (fd < 0)
                return fd == -ENOENT ? 0 : fd;

        image.locked = is_locked(fd);
        image.used_usec = image_dir_used_usec(fd);
        if (s->flags & INVENTORY_VERDICTS)
                image.verdict = read_verdict(fd);

        int r = count_documents(s, fd, name, &image);
        if (r >= 0)
                r = array_reserve(&i->images, &s->images_allocated, i->n_images, sizeof(image));
        if (r >= 0)
                i->images[i->n_images++] = image;
        return r;
}

static int note_image(Scan *s, int dir_fd, const char *name, void *userdata) {
        Digest id;

        if (streq(name, "refs"))
                return 0;
        if (digest_parse_id(name, &id) >= 0)
                return add_image(s, name, &id);

        return scan_leftover(s, startswith(name, ".#") ? LEFTOVER_UNFINISHED : LEFTOVER_UNKNOWN, dir_fd,
                             "images", name);
}

/* A name's bytes are its image's. */
static int add_name(Scan *s, int dir_fd, const char *name, const ImageRef *ref) {
        InventoryImage *image = inventory_find_image(s->inventory, &ref->id);
        struct stat st;

        if (!image)
                return scan_leftover(s, LEFTOVER_DANGLING, dir_fd, "images/refs", name);
        if (s->flags & INVENTORY_NOTED)
                return strv_add(&image->names, ref->reference);
        if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return errno == ENOENT ? 0 : -errno;

        int r = usage_add(&s->usage, &st, &image->bytes);
        return r < 0 ? r : strv_add(&image->names, ref->reference);
}

static int note_name(Scan *s, int dir_fd, const char *name, void *userdata) {
        ImageRef ref = {};

        if (startswith(name, ".#"))
                return scan_leftover(s, LEFTOVER_UNFINISHED, dir_fd, "images/refs", name);

        int r = image_ref_load(dir_fd, name, &ref);
        if (r == -ENOENT)
                return 0;
        if (r == -ENOMEM)
                return r;
        if (r < 0)
                return scan_leftover(s, LEFTOVER_UNKNOWN, dir_fd, "images/refs", name);

        r = add_name(s, dir_fd, name, &ref);
        free(ref.reference);
        return r;
}

static int compare(const void *a, const void *b) {
        return digest_compare(&((const InventoryImage *) a)->id, &((const InventoryImage *) b)->id);
}

InventoryImage *inventory_find_image(const Inventory *i, const Digest *id) {
        InventoryImage key = { .id = *id };
        return i->n_images > 0 ? bsearch(&key, i->images, i->n_images, sizeof(key), compare) : NULL;
}

int scan_need_image(Scan *s, const Digest *id, Places *places, size_t *missing) {
        const InventoryImage *image = inventory_find_image(s->inventory, id);
        if (image)
                return places_add(places, image - s->inventory->images);

        ++*missing;
        return 0;
}

static int compare_names(const void *a, const void *b) {
        return strcmp(*(char *const *) a, *(char *const *) b);
}

int scan_images(Scan *s) {
        int images_fd = store_images_fd(s->store);
        Inventory *i = s->inventory;

        int r = scan_directory(s, images_fd, "images");
        if (r >= 0)
                r = scan_entries(s, images_fd, ".", note_image, NULL);
        if (r >= 0 && i->n_images > 0)
                qsort(i->images, i->n_images, sizeof(InventoryImage), compare);
        for (size_t k = 0; r >= 0 && k < i->n_images; k++)
                r = read_needs(s, &i->images[k]);
        if (r < 0)
                return r;

        _cleanup_close_ int refs_fd = dir_open_at(images_fd, "refs", 0);
        if (refs_fd == -ENOENT)
                return 0; /* whoever made the tree was killed before it came to that */
        r = refs_fd < 0 ? refs_fd : scan_directory(s, refs_fd, "images/refs");
        if (r >= 0)
                r = scan_entries(s, refs_fd, ".", note_name, NULL);
        for (size_t k = 0; r >= 0 && k < i->n_images; k++)
                if (i->images[k].names)
                        qsort(i->images[k].names, strv_length(i->images[k].names), sizeof(char *),
                              compare_names);

        return r;
}
