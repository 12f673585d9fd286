/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: reading what archive-index prints: where the members of an archive are.
 * Never: opens the archive; trusts archive-index, which hostile bytes may have got the better of.
 * Follows: archive-index(8). */

#include "basic/str.h"
#include "registry/archive-members.h"

#define HOPS_MAX 8 /* from link to link */

/* A member that may still be a link. */
typedef struct Item {
        ArchiveMember member;
        const char *target; /* NULL: it is a file */
} Item;

typedef struct Index {
        const char *p, *end; /* of the fields that have not been read */
        uint64_t file_size;
        Item *items;
        size_t n_items;
} Index;

static void index_done(Index *x) {
        free(x->items);
}

static int refuse(char **reterr_why, const char *what) {
        (void) str_printf(reterr_why, "the list of the archive's members %s", what);
        return -EBADMSG;
}

static const char *take_field(Index *x) {
        const char *field = x->p, *nul = memchr(field, '\0', x->end - field);
        if (!nul)
                return NULL;

        x->p = nul + 1;
        return field;
}

static bool take_number(Index *x, uint64_t *ret) {
        const char *field = take_field(x);
        return field && str_to_u64(field, ret) >= 0;
}

static bool take_file(Index *x, Item *ret) {
        ArchiveMember *m = &ret->member;

        if (!take_number(x, &m->offset) || !take_number(x, &m->size))
                return false;
        m->name = take_field(x);
        return m->name && m->offset <= x->file_size && m->size <= x->file_size - m->offset;
}

static bool take_link(Index *x, Item *ret) {
        ret->target = take_field(x);
        ret->member.name = ret->target ? take_field(x) : NULL;
        return ret->member.name;
}

static int parse_items(Index *x, char **reterr_why) {
        x->items = calloc(ARCHIVE_MEMBERS_MAX, sizeof(*x->items));
        if (!x->items)
                return -ENOMEM;

        while (x->p < x->end) {
                if (x->n_items == ARCHIVE_MEMBERS_MAX)
                        return refuse(reterr_why, "is too long");

                Item *item = &x->items[x->n_items];
                const char *kind = take_field(x);
                if (!kind || !(streq(kind, "file")   ? take_file(x, item)
                               : streq(kind, "link") ? take_link(x, item)
                                                     : false))
                        return refuse(reterr_why, "makes no sense");
                x->n_items++;
        }

        return 0;
}

static int compare(const void *a, const void *b) {
        return strcmp(((const ArchiveMember *) a)->name, ((const ArchiveMember *) b)->name);
}

static int sort_items(Index *x, char **reterr_why) {
        qsort(x->items, x->n_items, sizeof(*x->items), compare);
        for (size_t i = 1; i < x->n_items; i++)
                if (compare(&x->items[i - 1], &x->items[i]) == 0)
                        return refuse(reterr_why, "has a name twice");

        return 0;
}

/* The file that an item is in the end, or NULL. */
static const Item *follow(const Index *x, const Item *item) {
        for (unsigned hops = 0; item && item->target; hops++) {
                ArchiveMember key = { .name = item->target };

                if (hops == HOPS_MAX)
                        return NULL;
                item = bsearch(&key, x->items, x->n_items, sizeof(*x->items), compare);
        }

        return item;
}

static int collect_members(const Index *x, ArchiveMembers *m) {
        m->items = calloc(x->n_items + 1, sizeof(*m->items));
        if (!m->items)
                return -ENOMEM;

        for (size_t i = 0; i < x->n_items; i++) {
                const Item *file = follow(x, &x->items[i]);
                if (file)
                        m->items[m->n_items++] = (ArchiveMember) {
                                .name = x->items[i].member.name,
                                .offset = file->member.offset,
                                .size = file->member.size,
                        };
        }

        return 0;
}

int archive_members_parse(const void *data, size_t size, uint64_t archive_size, uint64_t unpacked_size,
                          ArchiveMembers **ret, char **reterr_why) {
        _cleanup_archive_members_ ArchiveMembers *m = calloc(1, sizeof(*m));
        if (!m)
                return -ENOMEM;
        m->text = malloc(size + 1);
        if (!m->text)
                return -ENOMEM;
        if (size > 0)
                memcpy(m->text, data, size);

        _cleanup_(index_done) Index x = { .p = m->text, .end = m->text + size };
        const char *where = take_field(&x);
        m->unpacked = where && streq(where, "unpacked");
        if (!where || (!m->unpacked && !streq(where, "plain")))
                return refuse(reterr_why, "makes no sense");
        x.file_size = m->unpacked ? unpacked_size : archive_size;

        int r = parse_items(&x, reterr_why);
        if (r >= 0)
                r = sort_items(&x, reterr_why);
        if (r >= 0)
                r = collect_members(&x, m);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(m);
        return 0;
}

ArchiveMembers *archive_members_free(ArchiveMembers *m) {
        if (!m)
                return NULL;

        free(m->items);
        free(m->text);
        free(m);
        return NULL;
}

const ArchiveMember *archive_members_find(const ArchiveMembers *m, const char *name) {
        ArchiveMember key = { .name = name };
        return bsearch(&key, m->items, m->n_items, sizeof(*m->items), compare);
}
