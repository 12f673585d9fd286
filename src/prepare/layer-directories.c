/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: which directories of a stack of layers look other than they would if the layers had been extracted one over the
 *       other, and how they are to look.
 * Never: goes where no layer has implied directories; believes that a layer is sound because it was sealed here.
 * Follows: Documentation/filesystems/overlayfs.rst, "Merging directories"; the OCI image specification, layer.md. */

#include <string.h>
#include <sys/stat.h>

#include "basic/array.h"
#include "basic/str.h"
#include "erofs/path.h"
#include "prepare/layer-directories.h"
#include "prepare/xattr-list.h"

#define DIRECTORIES_MAX ((size_t) 1024 * 1024)
#define STEPS_MAX ((uint64_t) 64 * 1024 * 1024) /* names that are listed or looked up: a minute or two */

/* A directory of one layer. */
typedef struct Place {
        ErofsReader *reader;
        uint64_t nid;
} Place;

/* One of the merged tree. */
typedef struct Directory {
        size_t parent;
        char *name;
        Place *places; /* that are merged, uppermost first; until it has been visited */
        size_t n_places;
        Place look; /* which of them says what it is like */
        bool added;
} Directory;

typedef struct Merge {
        ErofsWriter *to;
        uint64_t entries, steps;
        Directory *directories;
        size_t n_directories, allocated, next; /* next: the one that is visited */
        size_t place;                          /* of its places, the one that is listed */
        XattrList xattrs;
} Merge;

static void directory_done(Directory *d) {
        free(d->name);
        free(d->places);
}

static void merge_done(Merge *m) {
        for (size_t i = 0; i < m->n_directories; i++)
                directory_done(&m->directories[i]);
        free(m->directories);
        xattr_list_done(&m->xattrs);
}

static int count_step(Merge *m) {
        return m->steps++ < STEPS_MAX ? 0 : -E2BIG;
}

/* Apart from the root, which nearly every layer implies. */
static bool has_implied(ErofsReader *reader) {
        uint32_t n = erofs_reader_n_implied(reader);

        return n > 1 || (n == 1 && erofs_reader_is_implied(reader, erofs_reader_root(reader)) <= 0);
}

/* Whether there may be something to mend below: an implied directory over another one. */
static bool may_hide(const Directory *d) {
        for (size_t i = 0; i + 1 < d->n_places; i++)
                if (has_implied(d->places[i].reader))
                        return true;

        return false;
}

/* 1 or 0. */
static int is_opaque(Merge *m, const Place *p, const ErofsStat *st) {
        int r = xattr_list_read(&m->xattrs, p->reader, st);
        if (r < 0)
                return r;

        for (size_t i = 0; i < m->xattrs.n; i++)
                if (streq(m->xattrs.items[i].name, "trusted.overlay.opaque"))
                        return 1;

        return 0;
}

/* What one name is, from the uppermost layer to the lowest. */
typedef struct Descent {
        Directory found;
        bool ours;    /* the place that is listed is the first that has it and may imply something */
        bool settled; /* it is known what it is like */
        bool closed;  /* what is in it further down does not show; what it is like does */
} Descent;

static void descent_done(Descent *d) {
        directory_done(&d->found);
}

static int take(Merge *m, Descent *d, Place place, const ErofsStat *st) {
        Directory *found = &d->found;

        int r = erofs_reader_is_implied(place.reader, st->nid);
        if (r < 0)
                return r;
        if (!d->closed)
                found->places[found->n_places++] = place;
        if (r == 0 && !d->settled) {
                d->settled = true;
                found->look = place;
        }

        r = d->closed ? 1 : is_opaque(m, &place, st);
        if (r >= 0)
                d->closed = r > 0;
        return r < 0 ? r : 0;
}

/* Finds the places of a name that is listed in one of its parent's. 1, or 0 if it is no directory in what is merged, or
 * another place has been or will be listed that has it. */
static int look_up(Merge *m, const char *name, Descent *d) {
        const Directory *parent = &m->directories[m->next];
        ErofsStat st;

        d->found.places = calloc(parent->n_places, sizeof(Place));
        if (!d->found.places || str_copy(name, &d->found.name) < 0)
                return -ENOMEM;

        for (size_t i = 0; i < parent->n_places && !(d->closed && d->settled); i++) {
                Place place = parent->places[i];

                int r = count_step(m);
                if (r >= 0)
                        r = erofs_reader_inode(place.reader, place.nid, &st);
                if (r >= 0)
                        r = erofs_reader_find(place.reader, &st, name, &st);
                if (r > 0 && !S_ISDIR(st.mode))
                        break;
                if (r > 0 && !d->ours && !d->closed) {
                        d->ours = i == m->place;
                        if (!d->ours && has_implied(place.reader))
                                return 0;
                }
                if (r > 0) {
                        place.nid = st.nid;
                        r = take(m, d, place, &st);
                }
                if (r < 0)
                        return r;
        }

        if (!d->settled && d->ours)
                d->found.look = d->found.places[0];
        return d->ours;
}

static bool is_wrong(const Directory *d) {
        return d->look.reader != d->places[0].reader;
}

static int make_path(const Merge *m, size_t index, char ret[static EROFS_PATH_MAX], const char **ret_start) {
        size_t at = EROFS_PATH_MAX - 1;

        ret[at] = '\0';
        for (; index > 0; index = m->directories[index].parent) {
                const char *name = m->directories[index].name;
                size_t size = strlen(name);

                if (size + 1 > at)
                        return -EUCLEAN;
                if (ret[at] != '\0')
                        ret[--at] = '/';
                at -= size;
                memcpy(ret + at, name, size);
        }

        *ret_start = ret + at;
        return 0;
}

static int add(Merge *m, size_t index) {
        const Directory *d = &m->directories[index];
        char buffer[EROFS_PATH_MAX];
        const char *path;
        ErofsStat st;

        int r = make_path(m, index, buffer, &path);
        if (r >= 0)
                r = erofs_reader_inode(d->look.reader, d->look.nid, &st);
        if (r >= 0)
                r = xattr_list_read(&m->xattrs, d->look.reader, &st);
        if (r < 0)
                return r;

        /* That it hid something below it was true where it was. */
        xattr_list_drop(&m->xattrs, "trusted.overlay.");
        m->entries++;
        return erofs_writer_add(m->to,
                                &(ErofsEntry) {
                                                .path = path,
                                                .mode = st.mode,
                                                .uid = st.uid,
                                                .gid = st.gid,
                                                .mtime_sec = st.mtime_sec,
                                                .mtime_nsec = st.mtime_nsec,
                                                .xattrs = m->xattrs.items,
                                                .n_xattrs = m->xattrs.n,
                                },
                                /* reterr_why= */ NULL);
}

/* What is in the new layer hides what its parents look like, so they are in it, too. The root is its own parent. */
static int mend(Merge *m, size_t index) {
        for (; !m->directories[index].added; index = m->directories[index].parent) {
                int r = add(m, index);
                if (r < 0)
                        return r;
                m->directories[index].added = true;
        }

        return 0;
}

/* Takes the directory. */
static int remember(Merge *m, Directory *d, size_t *ret) {
        if (m->n_directories == DIRECTORIES_MAX)
                return -E2BIG;
        int r = array_reserve(&m->directories, &m->allocated, m->n_directories, sizeof(Directory));
        if (r < 0)
                return r;

        m->directories[m->n_directories] = *d;
        *d = (Directory) {};
        *ret = m->n_directories++;
        return 0;
}

static int on_name(const char *name, uint64_t nid, mode_t type, void *userdata) {
        Merge *m = userdata;
        _cleanup_(descent_done) Descent d = { .found.parent = m->next };
        size_t index;

        int r = count_step(m);
        if (r < 0 || !S_ISDIR(type))
                return r;
        r = look_up(m, name, &d);
        if (r <= 0)
                return r;

        bool wrong = is_wrong(&d.found);
        if (!wrong && !may_hide(&d.found))
                return 0;
        r = remember(m, &d.found, &index);
        return r >= 0 && wrong ? mend(m, index) : r;
}

/* Lists the places that may imply something, and forgets them. */
static int visit(Merge *m) {
        size_t n = m->directories[m->next].n_places;
        int r = 0;

        for (m->place = 0; r >= 0 && m->place + 1 < n; m->place++) {
                const Place *place = &m->directories[m->next].places[m->place];
                ErofsStat st;

                if (!has_implied(place->reader))
                        continue;
                r = erofs_reader_inode(place->reader, place->nid, &st);
                if (r >= 0)
                        r = erofs_reader_list(place->reader, &st, on_name, m);
        }

        free(m->directories[m->next].places);
        m->directories[m->next].places = NULL;
        return r;
}

/* The root is in every layer, and what a pod shows of it is its mode and owner. */
static int mend_root(Merge *m) {
        const Directory *root = &m->directories[0];
        ErofsStat is, wanted;

        int r = erofs_reader_inode(root->places[0].reader, root->places[0].nid, &is);
        if (r >= 0)
                r = erofs_reader_inode(root->look.reader, root->look.nid, &wanted);
        if (r < 0)
                return r;

        return is.mode == wanted.mode && is.uid == wanted.uid && is.gid == wanted.gid ? 0 : mend(m, 0);
}

static int start(Merge *m, ErofsReader *const *layers, size_t n) {
        _cleanup_(descent_done) Descent d = {};
        size_t index;
        ErofsStat st;
        int r;

        d.found.places = calloc(n, sizeof(Place));
        if (!d.found.places || str_copy("", &d.found.name) < 0)
                return -ENOMEM;

        for (size_t i = n; i > 0; i--) {
                Place place = { layers[i - 1], erofs_reader_root(layers[i - 1]) };

                r = erofs_reader_inode(place.reader, place.nid, &st);
                if (r >= 0)
                        r = S_ISDIR(st.mode) ? take(m, &d, place, &st) : -EUCLEAN;
                if (r >= 0 && d.closed && i > 1)
                        r = -EOPNOTSUPP; /* overlayfs does not ask the roots whether they are opaque */
                if (r < 0)
                        return r;
        }
        if (!d.settled)
                d.found.look = d.found.places[0];

        r = remember(m, &d.found, &index);
        return r < 0 ? r : mend_root(m);
}

int layer_directories(ErofsReader *const *layers, size_t n, ErofsWriter *to, uint64_t *ret_entries) {
        _cleanup_(merge_done) Merge m = { .to = to };

        /* One after the other: a layer may be deeper than a stack. */
        int r = n > 0 ? start(&m, layers, n) : 0;
        for (; r >= 0 && m.next < m.n_directories; m.next++)
                r = visit(&m);
        if (r < 0)
                return r;

        *ret_entries = m.entries;
        return 0;
}
