/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: images/ID/signatures/ once the image is there.
 * Never: reads a signature.
 * Follows: docs/ARCHITECTURE.md, "The store". */

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "store/image-signatures.h"

#define SOURCE ".source"

/* What all files of a signature have in common, and when it came last. */
typedef struct Entry {
        char *name;
        struct timespec when;
} Entry;

typedef struct Entries {
        Entry *list;
        size_t n;
} Entries;

static void entries_done(Entries *e) {
        for (size_t i = 0; i < e->n; i++)
                free(e->list[i].name);
        free(e->list);
}

int image_signature_add(int image_fd, const char *file, const void *data, size_t size) {
        _cleanup_close_ int fd = dir_open_at(image_fd, "signatures", 0755);
        if (fd < 0)
                return fd;

        int r = file_publish_at(fd, file, data, size, 0444, /* replace= */ false);
        if (r == -EEXIST)
                return utimensat(fd, file, NULL, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
        return r;
}

static int add_entry(Entries *e, int dir_fd, const char *file) {
        struct stat st;

        if (fstatat(dir_fd, file, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return errno == ENOENT ? 0 : -errno;

        Entry *grown = reallocarray(e->list, e->n + 1, sizeof(Entry));
        if (!grown)
                return -ENOMEM;
        e->list = grown;

        char *name = strndup(file, strlen(file) - strlen(SOURCE));
        if (!name)
                return -ENOMEM;
        e->list[e->n++] = (Entry) { .name = name, .when = st.st_mtim };
        return 0;
}

static int list_entries(DIR *d, Entries *e) {
        int r = 0;

        for (struct dirent *entry; r >= 0 && (entry = readdir(d));)
                if (entry->d_name[0] != '.' && endswith(entry->d_name, SOURCE))
                        r = add_entry(e, dirfd(d), entry->d_name);
        return r;
}

/* The youngest first. */
static int compare(const void *a, const void *b) {
        const Entry *x = a, *y = b;

        if (x->when.tv_sec != y->when.tv_sec)
                return x->when.tv_sec > y->when.tv_sec ? -1 : 1;
        if (x->when.tv_nsec != y->when.tv_nsec)
                return x->when.tv_nsec > y->when.tv_nsec ? -1 : 1;
        return strcmp(x->name, y->name);
}

static bool belongs_to(const char *file, const Entry *list, size_t n) {
        for (size_t i = 0; i < n; i++) {
                const char *rest = startswith(file, list[i].name);
                if (rest && rest[0] == '.')
                        return true;
        }

        return false;
}

int image_signatures_trim(int image_fd, size_t keep) {
        _cleanup_(entries_done) Entries e = {};
        _cleanup_closedir_ DIR *d = NULL;

        int r = dir_stream_at(image_fd, "signatures", &d);
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        r = list_entries(d, &e);
        if (r < 0 || e.n <= keep)
                return r;

        qsort(e.list, e.n, sizeof(Entry), compare);
        rewinddir(d);
        for (struct dirent *entry; (entry = readdir(d));)
                if (belongs_to(entry->d_name, e.list + keep, e.n - keep) &&
                    unlinkat(dirfd(d), entry->d_name, 0) < 0 && errno != ENOENT)
                        return -errno;

        return 0;
}
