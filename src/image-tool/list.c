/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: `gantry image list`.
 * Never: judges anew: what is shown is the verdict that was recorded.
 * Follows: gantry-image(1). */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "basic/log.h"
#include "basic/strv.h"
#include "basic/table.h"
#include "image-tool/image-tool.h"
#include "inventory/inventory.h"

/* One a name. */
typedef struct Row {
        const char *name; /* NULL: it has none */
        const InventoryImage *image;
} Row;

/* Those without a name come last. */
static int compare(const void *a, const void *b) {
        const Row *x = a, *y = b;

        if (x->name && y->name)
                return strcmp(x->name, y->name);

        return x->name ? -1 : y->name ? 1 : digest_compare(&x->image->id, &y->image->id);
}

static int collect(const Inventory *inventory, Row **ret, size_t *ret_n) {
        size_t n = 0;

        for (size_t i = 0; i < inventory->n_images; i++)
                n += MAX(strv_length(inventory->images[i].names), (size_t) 1);
        Row *rows = calloc(n + 1, sizeof(Row));
        if (!rows)
                return -ENOMEM;

        n = 0;
        for (size_t i = 0; i < inventory->n_images; i++) {
                const InventoryImage *image = &inventory->images[i];

                if (!image->names)
                        rows[n++] = (Row) { .image = image };
                STRV_FOREACH(name, image->names)
                        rows[n++] = (Row) { *name, image };
        }
        qsort(rows, n, sizeof(Row), compare);

        *ret = rows;
        *ret_n = n;
        return 0;
}

static int add_row(Table *t, const Inventory *inventory, const Row *row) {
        const InventoryImage *image = row->image;
        char id[DIGEST_TEXT_MAX], size[24], unique[24], when[32] = "";
        time_t used = (time_t) (image->used_usec / 1000000);
        uint64_t bytes, own;
        struct tm tm;

        inventory_image_bytes(inventory, image, &bytes, &own);
        (void) snprintf(size, sizeof(size), "%" PRIu64, image->bytes + bytes);
        (void) snprintf(unique, sizeof(unique), "%" PRIu64, image->bytes + own);
        digest_format_id(&image->id, id);
        if (localtime_r(&used, &tm))
                (void) strftime(when, sizeof(when), "%F %T", &tm);

        return table_add(t, (const char *[]) { row->name       ? row->name
                                               : image->locked ? "(being fetched)"
                                                               : NULL,
                                               id, size, unique, image->verdict, when });
}

static int print(const Inventory *inventory) {
        static const char *const headings[] = { "NAME", "ID", "SIZE", "UNIQUE", "VERDICT", "USED", NULL };
        _cleanup_(table_freep) Table *t = table_new(headings);
        _cleanup_free_ Row *rows = NULL;
        size_t n = 0;

        int r = t ? collect(inventory, &rows, &n) : -ENOMEM;
        if (r < 0)
                return r;

        table_set_bytes(t, 2);
        table_set_bytes(t, 3);
        for (size_t i = 0; r >= 0 && i < n; i++)
                r = add_row(t, inventory, &rows[i]);

        return r < 0 ? r : table_print(t);
}

int image_tool_list(const ImageArguments *a) {
        _cleanup_(inventory_freep) Inventory *inventory = NULL;

        if (a->operands[0])
                return log_error_errno(-EINVAL, "No image is wanted; see 'gantry image --help'");

        int r = inventory_load(a->store, INVENTORY_VERDICTS | INVENTORY_NOTED, &inventory);
        if (r >= 0)
                r = print(inventory);
        return r < 0 ? log_error_errno(r, "Cannot list images: %m") : 0;
}
