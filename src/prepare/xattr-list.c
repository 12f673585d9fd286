/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the memory of an inode's extended attributes on their way from one layer into another.
 * Never: knows what one of them means.
 * Follows: erofs/reader.h, erofs/writer.h. */

#include <string.h>

#include "basic/array.h"
#include "basic/str.h"
#include "prepare/xattr-list.h"

static void xattr_done(const ErofsXattr *xattr) {
        free((char *) xattr->name);
        free((void *) xattr->value);
}

static void clear(XattrList *list) {
        for (size_t i = 0; i < list->n; i++)
                xattr_done(&list->items[i]);
        list->n = 0;
}

void xattr_list_done(XattrList *list) {
        clear(list);
        free(list->items);
        *list = (XattrList) {};
}

static int add(const ErofsXattr *xattr, void *userdata) {
        XattrList *list = userdata;

        int r = array_reserve(&list->items, &list->allocated, list->n, sizeof(ErofsXattr));
        if (r < 0)
                return r;

        char *name = strdup(xattr->name);
        void *value = malloc(MAX(xattr->size, (size_t) 1));
        if (!name || !value) {
                free(name);
                free(value);
                return -ENOMEM;
        }

        memcpy(value, xattr->value, xattr->size);
        list->items[list->n++] = (ErofsXattr) { .name = name, .value = value, .size = xattr->size };
        return 0;
}

int xattr_list_read(XattrList *list, const ErofsReader *reader, const ErofsStat *st) {
        clear(list);
        return erofs_reader_xattrs(reader, st, add, list);
}

void xattr_list_drop(XattrList *list, const char *prefix) {
        size_t n = 0;

        for (size_t i = 0; i < list->n; i++)
                if (startswith(list->items[i].name, prefix))
                        xattr_done(&list->items[i]);
                else
                        list->items[n++] = list->items[i];

        list->n = n;
}
