/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what the paths on the command line of `gantry cp` mean.
 * Never: copies; lets a path lead out of a pod's root.
 * Follows: podman-cp(1), its rules for directories and trailing slashes. */

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "pod-tool/cp-ends.h"

size_t copy_end_pod(const char *text) {
        size_t n = strcspn(text, ":/");
        return text[n] == ':' ? n : 0;
}

void copy_place_done(CopyPlace *p) {
        fd_close(p->dir_fd);
        free(p->name);
}

static int open_end(const CopyEnd *end, const char *path, int flags) {
        if (end->pod)
                return pod_files_at(end->pod, path, flags);

        int fd = open(path, flags | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

/* A path taken apart at its last slash. */
typedef struct Split {
        char *directory, *name;
        bool slash; /* behind the name */
} Split;

static void split_done(Split *s) {
        free(s->directory);
        free(s->name);
}

/* The name is "." for what is a directory whatever it is called: "/", "x/.", "..". */
static int split(const char *path, Split *ret) {
        size_t n = strlen(path);

        while (n > 0 && path[n - 1] == '/')
                n--;
        size_t begin = n;
        while (begin > 0 && path[begin - 1] != '/')
                begin--;

        _cleanup_(split_done)
                        Split s = { .slash = path[n] == '/', .name = strndup(path + begin, n - begin) };
        if (!s.name)
                return -ENOMEM;
        if (n == 0 || streq(s.name, ".") || streq(s.name, "..")) {
                free(s.name);
                s.name = strdup(".");
                s.directory = strdup(path);
        } else
                s.directory = begin > 0 ? strndup(path, begin) : strdup(".");
        if (!s.name || !s.directory)
                return -ENOMEM;

        *ret = s;
        s = (Split) {};
        return 0;
}

static int look(CopyPlace *p) {
        struct stat st;

        if (fstatat(p->dir_fd, p->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return -errno;

        p->is_directory = S_ISDIR(st.st_mode);
        return 0;
}

int copy_find_source(const CopyEnd *end, CopyPlace *ret) {
        _cleanup_copy_place_ CopyPlace p = COPY_PLACE_NULL;
        _cleanup_(split_done) Split s = {};

        int r = split(end->path, &s);
        if (r < 0)
                return r;
        p.dir_fd = open_end(end, s.directory, O_PATH | O_DIRECTORY);
        if (p.dir_fd < 0)
                return p.dir_fd;

        p.name = TAKE_PTR(s.name);
        r = look(&p);
        if (r < 0)
                return r;
        if (s.slash && !p.is_directory)
                return -ENOTDIR;

        *ret = p;
        p = COPY_PLACE_NULL;
        return 0;
}

/* In a directory it keeps its name; what is in a directory stays in one. */
static int put_into(int dir_fd, const CopyPlace *source, CopyPlace *ret) {
        _cleanup_copy_place_ CopyPlace p = { .dir_fd = dir_fd };

        int r = str_copy(source->name, &p.name);
        if (r >= 0)
                r = look(&p);
        if (r < 0 && r != -ENOENT)
                return r;

        *ret = p;
        p = COPY_PLACE_NULL;
        return 0;
}

static int put_as(const CopyEnd *end, const Split *s, const CopyPlace *source, bool there, CopyPlace *ret) {
        if (s->slash && !source->is_directory)
                return there ? -ENOTDIR : -ENOENT;
        if (source->is_directory && there)
                return -ENOTDIR;

        int fd = open_end(end, s->directory, O_PATH | O_DIRECTORY);
        if (fd < 0)
                return fd;

        CopyPlace p = { .dir_fd = fd };
        int r = str_copy(s->name, &p.name);
        if (r < 0) {
                fd_close(fd);
                return r;
        }

        *ret = p;
        return 0;
}

int copy_find_target(const CopyEnd *end, const CopyPlace *source, CopyPlace *ret) {
        _cleanup_(split_done) Split s = {};
        struct stat st;

        int r = split(end->path, &s);
        if (r < 0)
                return r;

        _cleanup_close_ int fd = open_end(end, end->path, O_PATH);
        if (fd < 0 && fd != -ENOENT)
                return fd;
        if (fd >= 0 && fstat(fd, &st) < 0)
                return -errno;
        if (fd >= 0 && S_ISDIR(st.st_mode))
                return put_into(TAKE_FD(fd), source, ret);

        return put_as(end, &s, source, fd >= 0, ret);
}
