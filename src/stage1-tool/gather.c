/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: which programs an image has, and the libraries that come with them.
 * Never: takes what nothing in an image would use.
 * Follows: docs/STAGE1.md, "What is in it". */

#include <fcntl.h>
#include <string.h>

#include "basic/array.h"
#include "basic/fd.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "stage1-tool/gather.h"
#include "stage1-tool/library.h"
#include "stage1-tool/skeleton.h"
#include "stage1/host.h"

#define LIBRARIES_MAX 256

static const struct {
        const char *path;
        bool optional;
} programs[] = {
        { "/usr/lib/systemd/systemd", false },
        { "/usr/lib/systemd/systemd-executor", true }, /* since version 254 it starts what units run */
        { "/usr/lib/systemd/systemd-shutdown", false },
        { "/usr/bin/systemctl", false },
        { "/usr/lib/systemd/systemd-networkd", true }, /* some distributions have a package of it */
        { "/usr/lib/systemd/systemd-networkd-wait-online", true },
};

/* What systemd opens itself when it needs it, so that no header tells; the rest of that it does without. */
static const char *const opened_later[] = {
        "libmount.so.1", /* since version 258: without it no mount is seen */
};

typedef struct Gathering {
        Contents *contents;
        Current *sources;
        LibraryPath path;
        char *home;     /* the directory that the dynamic linker is sure to search */
        char **known;   /* libraries that are in it */
        Library *queue; /* whose needs have to be met; without data */
        size_t n, allocated;
} Gathering;

static void gathering_done(Gathering *g) {
        library_path_done(&g->path);
        free(g->home);
        strv_free(g->known);
        for (size_t i = 0; i < g->n; i++)
                library_done(&g->queue[i]);
        free(g->queue);
}

/* Takes all that is in `l`. */
static int add(Gathering *g, Library *l, const char *path, mode_t permissions) {
        int r = array_reserve(&g->queue, &g->allocated, g->n, sizeof(*l));
        if (r >= 0)
                r = current_add_source(g->sources, l->path, l->fd);
        if (r >= 0)
                r = contents_add_program(g->contents, path, permissions, &l->elf, &l->data);
        if (r < 0)
                return r;

        l->fd = fd_close(l->fd);
        g->queue[g->n++] = *l;
        *l = (Library) { .fd = -EBADF };
        return 0;
}

/* What was found where only this host looks goes where every dynamic linker does. */
static int add_found(Gathering *g, Library *l, const char *name, bool own) {
        _cleanup_free_ char *path = NULL;

        int r = own ? str_copy(l->path, &path) : str_printf(&path, "%s/%s", g->home, name);
        if (r >= 0)
                r = strv_add(&g->known, name);

        return r < 0 ? r : add(g, l, path, 0644);
}

static int add_library(Gathering *g, const Library *user, const char *name, char **reterr_why) {
        _cleanup_library_ Library l = { .fd = -EBADF };

        if (strv_contains(g->known, name))
                return 0;
        if (strv_length(g->known) >= LIBRARIES_MAX)
                return refuse(reterr_why, -E2BIG, "it needs more than %d libraries", LIBRARIES_MAX);

        int r = library_find(&g->path, user, name, &l, reterr_why);
        return r < 0 ? r : add_found(g, &l, name, r > 0);
}

/* Libraries are looked for in the order in which the dynamic linker does it: what one has brought, the next ones have. */
static int add_needed(Gathering *g, size_t from, char **reterr_why) {
        int r = 0;

        for (size_t i = from; r >= 0 && i < g->n; i++) {
                _cleanup_strv_ char **needed = TAKE_PTR(g->queue[i].elf.needed);

                STRV_FOREACH(name, needed) {
                        Library user = g->queue[i]; /* the queue may move */
                        r = add_library(g, &user, *name, reterr_why);
                        if (r < 0)
                                break;
                }
        }

        return r;
}

/* It is a library as well, and there once is enough. */
static int add_interpreter(Gathering *g, const char *path, char **reterr_why) {
        _cleanup_library_ Library l = { .fd = -EBADF };
        const char *slash = strrchr(path, '/');

        if (!slash)
                return refuse(reterr_why, -EINVAL, "the dynamic linker '%s' is no path", path);
        if (strv_contains(g->known, slash + 1))
                return 0;

        int r = library_open(g->path.root_fd, path, &l, reterr_why);
        if (r >= 0)
                r = strv_add(&g->known, slash + 1);
        return r < 0 ? r : add(g, &l, path, 0755);
}

static bool is_there(const Gathering *g, const char *path) {
        _cleanup_close_ int fd = host_open(g->path.root_fd, path, O_PATH);
        return fd >= 0;
}

static int add_program(Gathering *g, const char *path, bool optional, char **reterr_why) {
        _cleanup_free_ char *interpreter = NULL;
        _cleanup_library_ Library l = { .fd = -EBADF };
        size_t from = g->n;

        if (optional && !is_there(g, path))
                return 0;
        int r = library_open(g->path.root_fd, path, &l, reterr_why);
        if (r < 0)
                return r;

        r = str_copy(l.elf.interpreter, &interpreter);
        if (r >= 0)
                r = add(g, &l, path, 0755);
        if (r >= 0 && interpreter)
                r = add_interpreter(g, interpreter, reterr_why);

        return r < 0 ? r : add_needed(g, from, reterr_why);
}

/* That of the C library; it is looked for first, for nothing runs without it. */
static int find_home(Gathering *g, char **reterr_why) {
        _cleanup_library_ Library l = { .fd = -EBADF };
        Library user = { .path = (char *) programs[0].path };

        int r = library_find(&g->path, &user, "libc.so.6", &l, reterr_why);
        if (r < 0)
                return r;

        g->home = strndup(l.path, strrchr(l.path, '/') - l.path);
        return g->home ? 0 : -ENOMEM;
}

/* What this host does not have, its systemd does without. */
static int add_opened_later(Gathering *g) {
        Library user = { .path = (char *) programs[0].path };
        int r = 0;

        for (size_t i = 0; r >= 0 && i < ELEMENTSOF(opened_later); i++) {
                size_t from = g->n;

                r = add_library(g, &user, opened_later[i], /* reterr_why= */ NULL);
                if (r >= 0)
                        r = add_needed(g, from, /* reterr_why= */ NULL);
                if (r == -ENOENT)
                        r = 0;
        }

        return r;
}

/* Its private library has the version in its name: libsystemd-shared-252.so. */
static int find_version(const Gathering *g, char **ret) {
        STRV_FOREACH(name, g->known) {
                const char *version = startswith(*name, "libsystemd-shared-");
                const char *suffix = version ? endswith(version, ".so") : NULL;

                if (suffix)
                        return str_printf(ret, "%.*s", (int) (suffix - version), version);
        }

        return str_copy("unknown", ret);
}

int gather_systemd(int root_fd, Contents *c, Current *sources, char **ret_version, char **reterr_why) {
        _cleanup_(gathering_done) Gathering g = { .contents = c, .sources = sources };

        int r = skeleton_add(c);
        if (r >= 0)
                r = library_path_load(root_fd, &g.path, reterr_why);
        if (r >= 0)
                r = find_home(&g, reterr_why);
        for (size_t i = 0; r >= 0 && i < ELEMENTSOF(programs); i++)
                r = add_program(&g, programs[i].path, programs[i].optional, reterr_why);
        if (r >= 0)
                r = add_opened_later(&g);

        return r < 0 ? r : find_version(&g, ret_version);
}
