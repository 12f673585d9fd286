/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: a directory of its own for each test: cmocka_unit_test_setup_teardown(t, scratch_setup, scratch_teardown), and
 *       questions about what is in it.
 * Never: uses the code under test.
 * Follows: mkdtemp(3). */
#pragma once

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

typedef struct Scratch {
        char path[64];
        int fd;
} Scratch;

static Scratch scratch = { .fd = -1 };

static int scratch_remove(const char *path, const struct stat *st, int type, struct FTW *ftw) {
        return remove(path);
}

static inline int scratch_setup(void **state) {
        const char *tmp = getenv("TMPDIR");

        umask(0022);
        (void) snprintf(scratch.path, sizeof(scratch.path), "%s/gantry-test-XXXXXX",
                        tmp && strlen(tmp) < 32 ? tmp : "/tmp");
        if (!mkdtemp(scratch.path))
                return -1;
        scratch.fd = open(scratch.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return scratch.fd < 0 ? -1 : 0;
}

static inline int scratch_teardown(void **state) {
        close(scratch.fd);
        return nftw(scratch.path, scratch_remove, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

/* An absolute path below it, good until the fourth call from now. */
static inline const char *scratch_path(const char *name) {
        static char buffers[4][512];
        static unsigned next;
        char *path = buffers[next++ % 4];

        (void) snprintf(path, sizeof(buffers[0]), "%s/%s", scratch.path, name);
        return path;
}

static inline void scratch_mkdir(const char *name) {
        assert_return_code(mkdirat(scratch.fd, name, 0755), errno);
}

static inline void scratch_write_bytes(const char *name, const void *data, size_t size) {
        int fd = openat(scratch.fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        assert_return_code(fd, errno);
        assert_int_equal(write(fd, data, size), size);
        close(fd);
}

static inline void scratch_write(const char *name, const char *text) {
        scratch_write_bytes(name, text, strlen(text));
}

static inline bool scratch_exists(const char *name) {
        return faccessat(scratch.fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static inline mode_t scratch_mode(const char *name) {
        struct stat st;
        assert_return_code(fstatat(scratch.fd, name, &st, AT_SYMLINK_NOFOLLOW), errno);
        return st.st_mode;
}

static inline void scratch_expect(const char *name, const char *text) {
        char buffer[4096];

        int fd = openat(scratch.fd, name, O_RDONLY | O_CLOEXEC);
        assert_return_code(fd, errno);
        ssize_t n = read(fd, buffer, sizeof(buffer) - 1);
        assert_return_code(n, errno);
        buffer[n] = '\0';
        close(fd);
        assert_string_equal(buffer, text);
}

/* How many entries a directory has, hidden ones too: what was left behind is counted. */
static inline size_t scratch_count(const char *name) {
        size_t n = 0;

        int fd = openat(scratch.fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_return_code(fd, errno);
        DIR *d = fdopendir(fd);
        assert_non_null(d);
        while (readdir(d))
                n++;
        closedir(d);
        return n - 2;
}
