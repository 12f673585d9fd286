/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: finding a library as the dynamic linker of the host would.
 * Never: runs that, nor anything it finds; looks into ld.so.cache, which is made of what is read here.
 * Follows: ld.so(8), "DESCRIPTION" and "Dynamic string tokens". */

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "basic/fd.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "stage1-tool/library.h"
#include "stage1/host.h"

#define LIBRARY_LIMIT ((size_t) 64 * 1024 * 1024)
#define ORIGIN "$ORIGIN"

void library_done(Library *l) {
        free(l->path);
        fd_close(l->fd);
        blob_done(&l->data);
        elf_file_done(&l->elf);
        *l = (Library) { .fd = -EBADF };
}

static int explain(char **reterr_why, int error, const char *path, const char *why) {
        return refuse(reterr_why, error, "'%s' cannot be used: %s", path, why ? why : strerror(-error));
}

int library_open(int root_fd, const char *path, Library *ret, char **reterr_why) {
        _cleanup_library_ Library l = { .fd = host_open_file(root_fd, path) };
        _cleanup_free_ char *why = NULL;

        int r = l.fd < 0 ? l.fd : str_copy(path, &l.path);
        if (r >= 0)
                r = fd_read_blob(l.fd, LIBRARY_LIMIT, &l.data);
        if (r >= 0)
                r = elf_parse(l.data.data, l.data.size, &l.elf, &why);
        if (r < 0)
                return explain(reterr_why, r, path, why);

        *ret = l;
        l = (Library) { .fd = -EBADF };
        return 0;
}

/* A directory with what the linker puts for $ORIGIN: where the file is that names it. */
static int expand(const char *directory, size_t size, const char *user_path, char **ret) {
        _cleanup_free_ char *copy = strndup(directory, size);
        const char *slash = strrchr(user_path, '/');
        if (!copy)
                return -ENOMEM;

        const char *rest = startswith(copy, ORIGIN);
        if (!rest)
                rest = startswith(copy, "${ORIGIN}");
        if (!rest) {
                *ret = TAKE_PTR(copy);
                return 0;
        }

        return str_printf(ret, "%.*s%s", (int) (slash - user_path), user_path, rest);
}

/* One that is there for another kind of machine is passed over. */
static int try_directory(int root_fd, const char *directory, const char *name, Library *ret,
                         char **reterr_why) {
        _cleanup_free_ char *path = NULL;

        int r = str_printf(&path, "%s/%s", directory, name);
        if (r >= 0)
                r = library_open(root_fd, path, ret, reterr_why);

        return r == -EINVAL || r == -ENOTDIR ? -ENOENT : r;
}

static int find_in_own(int root_fd, const Library *user, const char *name, Library *ret, char **reterr_why) {
        const char *p = user->elf.search;
        int r = -ENOENT;

        while (p && r == -ENOENT) {
                _cleanup_free_ char *directory = NULL;
                size_t n = strcspn(p, ":");

                r = n == 0 ? -ENOENT : expand(p, n, user->path, &directory);
                if (r >= 0)
                        r = directory[0] == '/' ? try_directory(root_fd, directory, name, ret, reterr_why)
                                                : -ENOENT;
                p = p[n] == ':' ? p + n + 1 : NULL;
        }

        return r;
}

int library_find(const LibraryPath *p, const Library *user, const char *name, Library *ret,
                 char **reterr_why) {
        _cleanup_free_ char *why = NULL;

        if (strchr(name, '/'))
                return refuse(reterr_why, -EINVAL, "'%s' needs a library by its path, '%s'", user->path,
                              name);

        int r = find_in_own(p->root_fd, user, name, ret, &why);
        if (r >= 0)
                return 1;
        STRV_FOREACH(directory, p->directories)
                if (r == -ENOENT)
                        r = try_directory(p->root_fd, *directory, name, ret, &why);
        if (r == -ENOENT)
                return refuse(reterr_why, r, "'%s' needs the library '%s', which is not there", user->path,
                              name);
        if (r < 0)
                return refuse(reterr_why, r, "%s", why ? why : strerror(-r));

        return 0;
}
