/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: stage1/current: what the image of this host's systemd was made of.
 * Never: reads any of these files.
 * Follows: docs/STORE.md, "stage1". */

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "basic/array.h"
#include "basic/fd.h"
#include "basic/process.h"
#include "basic/str.h"
#include "stage1/current.h"
#include "stage1/host.h"

#define FILE_LIMIT ((size_t) 1024 * 1024)

void current_done(Current *c) {
        free(c->image.path);
        free(c->builder.path);
        for (size_t i = 0; i < c->n; i++)
                free(c->sources[i].path);
        free(c->sources);
        *c = (Current) {};
}

static int take_stamp(const char *path, int fd, Stamp *ret) {
        struct stat st;
        char *copy;

        if (fstat(fd, &st) < 0)
                return -errno;
        int r = str_copy(path, &copy);
        if (r < 0)
                return r;

        *ret = (Stamp) { copy, st.st_size, st.st_ino, stat_changed_nsec(&st) };
        return 0;
}

static bool stamp_holds(const Stamp *s, int fd) {
        struct stat st;

        return fstat(fd, &st) >= 0 && S_ISREG(st.st_mode) && (uint64_t) st.st_size == s->size &&
               st.st_ino == s->inode && stat_changed_nsec(&st) == s->changed_nsec;
}

static int set(Stamp *s, const char *path, int fd) {
        Stamp stamp;

        int r = take_stamp(path, fd, &stamp);
        if (r < 0)
                return r;

        free(s->path);
        *s = stamp;
        return 0;
}

int current_set_image(Current *c, const char *name, int fd) {
        return set(&c->image, name, fd);
}

int current_set_builder(Current *c) {
        _cleanup_free_ char *path = NULL;

        int r = program_path("gantry-stage1", &path);
        if (r < 0)
                return r;

        _cleanup_close_ int fd = open(path, O_PATH | O_CLOEXEC);
        return fd < 0 ? -errno : set(&c->builder, path, fd);
}

int current_add_source(Current *c, const char *path, int fd) {
        int r = array_reserve(&c->sources, &c->allocated, c->n, sizeof(Stamp));
        if (r >= 0)
                r = take_stamp(path, fd, &c->sources[c->n]);
        if (r >= 0)
                c->n++;

        return r;
}

static bool read_number(char **rest, uint64_t *ret) {
        const char *text = strsep(rest, " ");
        return *rest && str_to_u64(text, ret) >= 0;
}

/* SIZE INODE CHANGED PATH */
static int read_line(char *line, Stamp *ret) {
        char *rest = line;
        Stamp s = {};

        if (!read_number(&rest, &s.size) || !read_number(&rest, &s.inode) ||
            !read_number(&rest, &s.changed_nsec) || rest[0] == '\0')
                return -EBADMSG;

        *ret = s;
        return str_copy(rest, &ret->path);
}

static int add_line(Current *c, char *line) {
        if (!c->image.path)
                return read_line(line, &c->image);
        if (!c->builder.path)
                return read_line(line, &c->builder);

        int r = array_reserve(&c->sources, &c->allocated, c->n, sizeof(Stamp));
        if (r >= 0)
                r = read_line(line, &c->sources[c->n]);
        if (r >= 0)
                c->n++;

        return r;
}

int current_read(int dir_fd, Current *ret) {
        _cleanup_current_ Current c = {};
        _cleanup_blob_ Blob text = {};

        int r = file_read_at(dir_fd, STAGE1_CURRENT, FILE_LIMIT, &text);
        for (char *rest = text.data; r >= 0 && rest && *rest;)
                r = add_line(&c, strsep(&rest, "\n"));
        if (r >= 0 && (c.n == 0 || strchr(c.image.path, '/')))
                r = -EBADMSG;
        if (r < 0)
                return r;

        *ret = c;
        c = (Current) {};
        return 0;
}

static int add_text(char **text, const Stamp *s) {
        _cleanup_free_ char *before = *text;

        *text = NULL;
        return str_printf(text, "%s%" PRIu64 " %" PRIu64 " %" PRIu64 " %s\n", before ? before : "", s->size,
                          s->inode, s->changed_nsec, s->path);
}

int current_write(int dir_fd, const Current *c) {
        _cleanup_free_ char *text = NULL;

        int r = add_text(&text, &c->image);
        if (r >= 0)
                r = add_text(&text, &c->builder);
        for (size_t i = 0; r >= 0 && i < c->n; i++)
                r = add_text(&text, &c->sources[i]);
        if (r < 0)
                return r;

        return file_publish_at(dir_fd, STAGE1_CURRENT, text, strlen(text), 0400, /* replace= */ true);
}

int current_holds(const Current *c) {
        _cleanup_close_ int root_fd = host_root_open(),
                            builder_fd = open(c->builder.path, O_PATH | O_CLOEXEC);
        if (root_fd < 0)
                return root_fd;
        if (builder_fd < 0 || !stamp_holds(&c->builder, builder_fd))
                return 0;

        for (size_t i = 0; i < c->n; i++) {
                _cleanup_close_ int fd = host_open(root_fd, c->sources[i].path, O_PATH);
                if (fd < 0 || !stamp_holds(&c->sources[i], fd))
                        return 0;
        }

        return 1;
}

/* Whoever removes it locks it as well: once it is locked, it has its name or never will again. */
int current_open_image(const Current *c, int dir_fd) {
        _cleanup_close_ int fd =
                        openat(dir_fd, c->image.path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        struct stat st;

        if (fd < 0)
                return -errno;
        while (flock(fd, LOCK_SH) < 0)
                if (errno != EINTR)
                        return -errno;
        if (fstat(fd, &st) < 0)
                return -errno;

        return st.st_nlink > 0 && stamp_holds(&c->image, fd) ? TAKE_FD(fd) : -ENOENT;
}
