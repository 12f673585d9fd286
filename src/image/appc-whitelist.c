/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: lists of paths that an image keeps.
 * Never: looks at an image; says what a list is applied to.
 * Follows: App Container spec 0.8.11, aci.md, "Dependency Matching", "pathWhitelist". */

#include "basic/str.h"
#include "image/appc-whitelist.h"
#include "image/hasher.h"

void appc_whitelist_done(AppcWhitelist *w) {
        for (size_t i = 0; i < w->n; i++)
                free(w->paths[i]);

        free(w->paths);
        *w = (AppcWhitelist) {};
}

/* Room for `n` paths. */
static int reserve(size_t n, AppcWhitelist *ret) {
        char **paths = calloc(MAX(n, (size_t) 1), sizeof(char *));
        if (!paths)
                return -ENOMEM;

        *ret = (AppcWhitelist) { .paths = paths };
        return 0;
}

static int append(AppcWhitelist *w, const char *path) {
        int r = str_copy(path, &w->paths[w->n]);
        if (r < 0)
                return r;

        w->n++;
        return 0;
}

/* In place: it never gets longer. */
static void clean(char *path) {
        size_t size = 0;

        for (const char *p = path; *p != '\0'; p += strspn(p, "/")) {
                size_t n = strcspn(p, "/");

                if (n == 2 && p[0] == '.' && p[1] == '.') {
                        while (size > 0 && path[size - 1] != '/')
                                size--;
                        size -= size > 0;
                } else if (n > 0 && !(n == 1 && p[0] == '.')) {
                        if (size > 0)
                                path[size++] = '/';
                        memmove(path + size, p, n);
                        size += n;
                }
                p += n;
        }

        path[size] = '\0';
}

static int compare(const void *a, const void *b) {
        return strcmp(*(char *const *) a, *(char *const *) b);
}

/* The root, which is kept anyway, and what is there twice is taken out. */
static void sort(AppcWhitelist *w) {
        size_t n = 0;

        qsort(w->paths, w->n, sizeof(char *), compare);
        for (size_t i = 0; i < w->n; i++)
                if (w->paths[i][0] == '\0' || (n > 0 && streq(w->paths[i], w->paths[n - 1])))
                        free(w->paths[i]);
                else
                        w->paths[n++] = w->paths[i];

        w->n = n;
}

int appc_whitelist_of(char *const *paths, AppcWhitelist *ret) {
        _cleanup_whitelist_ AppcWhitelist w = {};
        size_t n = 0;

        while (paths && paths[n])
                n++;
        int r = reserve(n, &w);
        for (size_t i = 0; i < n && r >= 0; i++) {
                r = append(&w, paths[i]);
                if (r >= 0)
                        clean(w.paths[i]);
        }
        if (r < 0)
                return r;

        sort(&w);
        *ret = w;
        w = (AppcWhitelist) {};
        return 0;
}

int appc_whitelist_intersect(const AppcWhitelist *a, const AppcWhitelist *b, AppcWhitelist *ret) {
        _cleanup_whitelist_ AppcWhitelist w = {};

        int r = reserve(MIN(a->n, b->n), &w);
        for (size_t i = 0; i < a->n && r >= 0; i++)
                if (appc_whitelist_has(b, a->paths[i]))
                        r = append(&w, a->paths[i]);
        if (r < 0)
                return r;

        *ret = w;
        w = (AppcWhitelist) {};
        return 0;
}

bool appc_whitelist_equal(const AppcWhitelist *a, const AppcWhitelist *b) {
        if (!a || !b)
                return a == b;
        if (a->n != b->n)
                return false;

        for (size_t i = 0; i < a->n; i++)
                if (!streq(a->paths[i], b->paths[i]))
                        return false;

        return true;
}

bool appc_whitelist_has(const AppcWhitelist *w, const char *path) {
        return w->n > 0 && bsearch(&path, w->paths, w->n, sizeof(char *), compare);
}

/* Less than 0 if it sorts before all that is below the directory, 0 if it is below it. */
static int compare_below(const char *path, const char *directory, size_t n) {
        int r = strncmp(path, directory, n);
        return r != 0 || n == 0 ? r : (unsigned char) path[n] - '/';
}

bool appc_whitelist_reaches(const AppcWhitelist *w, const char *path) {
        size_t low = 0, high = w->n, n = strlen(path);

        while (low < high) {
                size_t middle = low + (high - low) / 2;
                int r = compare_below(w->paths[middle], path, n);

                if (r == 0)
                        return true;
                if (r < 0)
                        low = middle + 1;
                else
                        high = middle;
        }

        return false;
}

int appc_whitelist_format(const AppcWhitelist *w, Blob *ret) {
        size_t size = 0;

        for (size_t i = 0; i < w->n; i++)
                size += strlen(w->paths[i]) + 1;

        char *data = malloc(size + 1), *end = data;
        if (!data)
                return -ENOMEM;
        for (size_t i = 0; i < w->n; i++)
                end = stpcpy(end, w->paths[i]) + 1;

        *end = '\0';
        *ret = (Blob) { .data = data, .size = size };
        return 0;
}

static bool is_clean(char *path) {
        size_t size = strlen(path);

        clean(path);
        return size > 0 && strlen(path) == size;
}

int appc_whitelist_parse(const void *data, size_t size, AppcWhitelist *ret) {
        const char *text = data, *end = text + size;
        _cleanup_whitelist_ AppcWhitelist w = {};
        size_t n = 0;

        if (size > 0 && end[-1] != '\0')
                return -EBADMSG;
        for (const char *p = text; p < end; p += strlen(p) + 1)
                n++;

        int r = reserve(n, &w);
        for (const char *p = text; p < end && r >= 0; p += strlen(p) + 1) {
                r = append(&w, p);
                if (r >= 0 && (!is_clean(w.paths[w.n - 1]) ||
                               (w.n > 1 && strcmp(w.paths[w.n - 2], w.paths[w.n - 1]) >= 0)))
                        r = -EBADMSG;
        }
        if (r < 0)
                return r;

        *ret = w;
        w = (AppcWhitelist) {};
        return 0;
}

int appc_whitelist_layer_id(const Digest *image, const AppcWhitelist *kept, Digest *ret) {
        static const char purpose[] = "gantry filtered layer\n"; /* no tar begins like this */
        _cleanup_hasher_ Hasher *hasher = NULL;
        char id[DIGEST_TEXT_MAX];

        int r = hasher_new(DIGEST_SHA512, &hasher);
        if (r < 0)
                return r;

        digest_format_id(image, id);
        hasher_update(hasher, purpose, strlen(purpose));
        hasher_update(hasher, id, strlen(id) + 1);
        for (size_t i = 0; i < kept->n; i++)
                hasher_update(hasher, kept->paths[i], strlen(kept->paths[i]) + 1);

        hasher_final(hasher, ret);
        return 0;
}
