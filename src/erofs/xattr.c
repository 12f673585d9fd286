/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the encoding of extended attributes behind an inode.
 * Never: decides which attributes an image may have.
 * Follows: EROFS core on-disk format, "Extended attributes". */

#include <string.h>

#include "basic/refuse.h"
#include "basic/str.h"
#include "erofs/format.h"
#include "erofs/xattr.h"

#define XATTRS_MAX (64u * 1024)
#define XATTR_NAME_MAX (24 + UINT8_MAX) /* a prefix and the rest */

static const struct {
        const char *prefix;
        uint8_t index;
        bool whole; /* the prefix is the name */
} namespaces[] = {
        { "user.", 1 },
        { "system.posix_acl_access", 2, .whole = true },
        { "system.posix_acl_default", 3, .whole = true },
        { "trusted.", 4 },
        { "security.", 6 },
};

/* The number of the namespace and the rest of the name; 0 if there is no such namespace or no rest. */
static uint8_t split_name(const char *name, const char **ret_rest) {
        for (size_t i = 0; i < ELEMENTSOF(namespaces); i++) {
                const char *rest = startswith(name, namespaces[i].prefix);
                if (rest && (*rest == '\0') == namespaces[i].whole) {
                        *ret_rest = rest;
                        return namespaces[i].index;
                }
        }

        return 0;
}

static size_t encoded_size(size_t name_size, size_t value_size) {
        return (sizeof(ErofsXattrEntry) + name_size + value_size + 3) & ~(size_t) 3;
}

int xattrs_append(Blob *encoded, const ErofsXattr *x) {
        const char *rest;
        uint8_t index = split_name(x->name, &rest);
        size_t name_size = index > 0 ? strlen(rest) : 0;

        if (index == 0)
                return -EOPNOTSUPP;
        if (name_size > UINT8_MAX || x->size > UINT16_MAX)
                return -E2BIG;

        size_t start = MAX(encoded->size, sizeof(ErofsXattrHeader));
        size_t end = start + encoded_size(name_size, x->size);
        if (end > XATTRS_MAX)
                return -E2BIG;

        uint8_t *p = realloc(encoded->data, end);
        if (!p)
                return -ENOMEM;
        memset(p + encoded->size, 0, end - encoded->size);

        ErofsXattrEntry entry = {
                .name_size = name_size,
                .name_index = index,
                .value_size = htole16(x->size),
        };
        memcpy(p + start, &entry, sizeof(entry));
        memcpy(p + start + sizeof(entry), rest, name_size);
        if (x->size > 0)
                memcpy(p + start + sizeof(entry) + name_size, x->value, x->size);

        *encoded = (Blob) { p, end };
        return 0;
}

static int compare(const void *a, const void *b) {
        const ErofsXattr *const *x = a, *const *y = b;
        int r = strcmp((*x)->name, (*y)->name);

        return r != 0 ? r : (*x > *y) - (*x < *y);
}

int xattrs_encode(const ErofsXattr *xattrs, size_t n, Blob *ret, char **reterr_why) {
        _cleanup_free_ const ErofsXattr **sorted = calloc(n + 1, sizeof(*sorted)); /* ends with NULL */
        _cleanup_blob_ Blob encoded = {};

        if (!sorted)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++)
                sorted[i] = &xattrs[i];
        qsort(sorted, n, sizeof(*sorted), compare);

        for (size_t i = 0; i < n; i++) {
                if (sorted[i + 1] && streq(sorted[i]->name, sorted[i + 1]->name))
                        continue;

                int r = xattrs_append(&encoded, sorted[i]);
                if (r == -E2BIG)
                        return refuse(reterr_why, r, "its extended attributes are larger than %u bytes",
                                      XATTRS_MAX);
                if (r == -EOPNOTSUPP)
                        return refuse(reterr_why, r, "it has an extended attribute of an unknown namespace");
                if (r < 0)
                        return r;
        }

        *ret = TAKE_BLOB(encoded);
        return 0;
}

uint16_t xattrs_count(size_t size) {
        return size == 0 ? 0 : (size - sizeof(ErofsXattrHeader)) / 4 + 1;
}

size_t xattrs_size(uint16_t count) {
        return count == 0 ? 0 : sizeof(ErofsXattrHeader) + ((size_t) count - 1) * 4;
}

static bool join_name(uint8_t index, Cursor rest, char ret[static XATTR_NAME_MAX + 1]) {
        for (size_t i = 0; i < ELEMENTSOF(namespaces); i++) {
                if (namespaces[i].index != index)
                        continue;
                if ((rest.n == 0) != namespaces[i].whole || memchr(rest.p, 0, rest.n))
                        return false;

                char *end = stpcpy(ret, namespaces[i].prefix);
                end = mempcpy(end, rest.p, rest.n);
                *end = '\0';
                return true;
        }

        return false;
}

static bool take_xattr(Cursor *c, char name[static XATTR_NAME_MAX + 1], ErofsXattr *ret) {
        Cursor header, rest, value, padding;
        ErofsXattrEntry entry;

        if (!cursor_take(c, sizeof(entry), &header))
                return false;
        memcpy(&entry, header.p, sizeof(entry));

        size_t size = le16toh(entry.value_size);
        if (!cursor_take(c, entry.name_size, &rest) || !cursor_take(c, size, &value) ||
            !cursor_take(c, -(rest.n + size) % 4, &padding) || !join_name(entry.name_index, rest, name))
                return false;

        *ret = (ErofsXattr) { name, value.p, size };
        return true;
}

int xattrs_decode(Cursor encoded, int (*func)(const ErofsXattr *xattr, void *userdata), void *userdata) {
        char name[XATTR_NAME_MAX + 1];
        ErofsXattrHeader header;
        Cursor head;
        ErofsXattr x;

        if (encoded.n == 0)
                return 0;
        if (!cursor_take(&encoded, sizeof(header), &head))
                return -EUCLEAN;
        memcpy(&header, head.p, sizeof(header));
        if (header.shared_count > 0)
                return -EUCLEAN;

        while (encoded.n > 0) {
                if (!take_xattr(&encoded, name, &x))
                        return -EUCLEAN;

                int r = func(&x, userdata);
                if (r != 0)
                        return r;
        }

        return 0;
}
