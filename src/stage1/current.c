/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: stage1/current and its like: what the image of this host's systemd, and that of its kernel, were made of.
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
#include "basic/strv.h"
#include "stage1/current.h"
#include "stage1/host.h"

#define FILE_LIMIT ((size_t) 1024 * 1024)

static const struct {
        const char *name;
        const char *programs[STAGE1_PROGRAMS_MAX + 1];
} kinds[_STAGE1_KINDS] = {
        [STAGE1_IMAGE] = { "current", { "gantry-stage1" } },
        [STAGE1_INITRD] = { "current-initrd", { "gantry-stage1", "gantry-guest", "gantry-init" } },
};

const char *current_name(Stage1Kind kind) {
        return kinds[kind].name;
}

/* Our own programs that have to do with it. The first builds it. */
static char *const *programs_of(Stage1Kind kind) {
        return (char *const *) kinds[kind].programs;
}

void current_done(Current *c) {
        free(c->image.path);
        for (size_t i = 0; i < c->n_programs; i++)
                free(c->programs[i].path);
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

        return fstat(fd, &st) >= 0 && (uint64_t) st.st_size == s->size && st.st_ino == s->inode &&
               stat_changed_nsec(&st) == s->changed_nsec;
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

static int add_program(Current *c, const char *name) {
        _cleanup_free_ char *path = NULL;

        int r = program_path(name, &path);
        if (r < 0)
                return r;

        _cleanup_close_ int fd = open(path, O_PATH | O_CLOEXEC);
        r = fd < 0 ? -errno : take_stamp(path, fd, &c->programs[c->n_programs]);
        if (r >= 0)
                c->n_programs++;

        return r;
}

int current_set_programs(Current *c, Stage1Kind kind) {
        int r = 0;

        STRV_FOREACH(name, programs_of(kind))
                if (r >= 0)
                        r = add_program(c, *name);

        return r;
}

int current_add_source(Current *c, const char *path, int fd) {
        int r = array_reserve(&c->sources, &c->allocated, c->n, sizeof(Stamp));
        if (r >= 0)
                r = take_stamp(path, fd, &c->sources[c->n]);
        if (r >= 0)
                c->n++;

        return r;
}

bool current_has_source(const Current *c, const char *path) {
        for (size_t i = 0; i < c->n; i++)
                if (streq(c->sources[i].path, path))
                        return true;

        return false;
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

static int add_line(Current *c, size_t n_programs, char *line) {
        if (!c->image.path)
                return read_line(line, &c->image);
        if (c->n_programs < n_programs) {
                int r = read_line(line, &c->programs[c->n_programs]);
                if (r >= 0)
                        c->n_programs++;
                return r;
        }

        int r = array_reserve(&c->sources, &c->allocated, c->n, sizeof(Stamp));
        if (r >= 0)
                r = read_line(line, &c->sources[c->n]);
        if (r >= 0)
                c->n++;

        return r;
}

int current_read(int dir_fd, Stage1Kind kind, Current *ret) {
        size_t n_programs = strv_length(programs_of(kind));
        _cleanup_current_ Current c = {};
        _cleanup_blob_ Blob text = {};

        int r = file_read_at(dir_fd, current_name(kind), FILE_LIMIT, &text);
        for (char *rest = text.data; r >= 0 && rest && *rest;)
                r = add_line(&c, n_programs, strsep(&rest, "\n"));
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

int current_write(int dir_fd, Stage1Kind kind, const Current *c) {
        _cleanup_free_ char *text = NULL;

        int r = add_text(&text, &c->image);
        for (size_t i = 0; r >= 0 && i < c->n_programs; i++)
                r = add_text(&text, &c->programs[i]);
        for (size_t i = 0; r >= 0 && i < c->n; i++)
                r = add_text(&text, &c->sources[i]);
        if (r < 0)
                return r;

        return file_publish_at(dir_fd, current_name(kind), text, strlen(text), 0400, /* replace= */ true);
}

static bool program_holds(const Stamp *program) {
        _cleanup_close_ int fd = open(program->path, O_PATH | O_CLOEXEC);
        return fd >= 0 && stamp_holds(program, fd);
}

static bool source_holds(int root_fd, const Stamp *source) {
        _cleanup_close_ int fd = host_open(root_fd, source->path, O_PATH);
        return fd >= 0 && stamp_holds(source, fd);
}

int current_holds(const Current *c) {
        bool holds = true;

        _cleanup_close_ int root_fd = host_root_open();
        if (root_fd < 0)
                return root_fd;

        for (size_t i = 0; holds && i < c->n_programs; i++)
                holds = program_holds(&c->programs[i]);
        for (size_t i = 0; holds && i < c->n; i++)
                holds = source_holds(root_fd, &c->sources[i]);

        return holds;
}

int current_open_source(const Current *c, size_t i) {
        _cleanup_close_ int root_fd = host_root_open();
        if (root_fd < 0)
                return root_fd;

        _cleanup_close_ int fd = host_open(root_fd, c->sources[i].path, O_RDONLY | O_NONBLOCK);
        if (fd < 0)
                return fd;

        return stamp_holds(&c->sources[i], fd) ? TAKE_FD(fd) : -ENOENT;
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
