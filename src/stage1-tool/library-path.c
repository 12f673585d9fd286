/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the directories that the dynamic linker of a host searches for whoever names none.
 * Never: looks for a library.
 * Follows: ld.so(8), ldconfig(8), "ld.so.conf". */

#include <fcntl.h>
#include <fnmatch.h>
#include <string.h>

#include "basic/fd.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "stage1-tool/library.h"
#include "stage1/host.h"

#define FILE_LIMIT ((size_t) 64 * 1024)
#define DEPTH_MAX 4 /* of files that include each other */
#define BLANKS " \t\r"

/* Those it was built with, as far as they are the same everywhere. */
static const char *const built_in[] = { "/lib64", "/usr/lib64", "/lib", "/usr/lib" };

static int read_file(LibraryPath *p, const char *path, unsigned depth);

void library_path_done(LibraryPath *p) {
        strv_free(p->directories);
        *p = (LibraryPath) { .root_fd = -EBADF };
}

static int list(int root_fd, const char *directory, const char *pattern, char ***ret) {
        _cleanup_close_ int fd = host_open(root_fd, directory, O_RDONLY | O_DIRECTORY);
        _cleanup_closedir_ DIR *d = NULL;
        _cleanup_strv_ char **names = NULL;

        int r = fd < 0 ? fd : dir_stream_at(fd, ".", &d);
        for (struct dirent *entry; r >= 0 && (entry = readdir(d));)
                if (fnmatch(pattern, entry->d_name, FNM_PERIOD) == 0)
                        r = strv_addf(&names, "%s/%s", directory, entry->d_name);
        if (r < 0)
                return r;

        strv_sort(names);
        *ret = TAKE_PTR(names);
        return 0;
}

/* Patterns are in the last component only, as everybody has them. */
static int include(LibraryPath *p, const char *file, const char *pattern, unsigned depth) {
        _cleanup_free_ char *path = NULL;
        _cleanup_strv_ char **files = NULL;

        bool relative = pattern[0] != '/';
        int r = str_printf(&path, "%.*s%s", relative ? (int) (strrchr(file, '/') + 1 - file) : 0, file,
                           pattern);
        if (r < 0)
                return r;

        char *slash = strrchr(path, '/');
        *slash = '\0';
        r = list(p->root_fd, path, slash + 1, &files);
        STRV_FOREACH(f, files)
                if (r >= 0)
                        r = read_file(p, *f, depth);

        return r == -ENOENT ? 0 : r;
}

/* DIRECTORY, DIRECTORY=TYPE or include PATTERN */
static int read_line(LibraryPath *p, const char *file, char *line, unsigned depth) {
        line[strcspn(line, "#")] = '\0';
        char *word = line + strspn(line, BLANKS);
        word[strcspn(word, BLANKS "=")] = '\0';

        if (word[0] == '/')
                return strv_add(&p->directories, word);
        if (!streq(word, "include"))
                return 0;

        char *pattern = word + strlen(word) + 1;
        pattern += strspn(pattern, BLANKS);
        pattern[strcspn(pattern, BLANKS)] = '\0';
        return pattern[0] == '\0' ? 0 : include(p, file, pattern, depth + 1);
}

static int read_file(LibraryPath *p, const char *path, unsigned depth) {
        _cleanup_blob_ Blob text = {};

        if (depth > DEPTH_MAX)
                return -ELOOP;

        _cleanup_close_ int fd = host_open(p->root_fd, path, O_RDONLY | O_NONBLOCK);
        int r = fd < 0 ? fd : fd_read_blob(fd, FILE_LIMIT, &text);
        for (char *rest = text.data; r >= 0 && rest;)
                r = read_line(p, path, strsep(&rest, "\n"), depth);

        return r;
}

int library_path_load(int root_fd, LibraryPath *ret, char **reterr_why) {
        _cleanup_library_path_ LibraryPath p = { .root_fd = root_fd };

        int r = read_file(&p, "/etc/ld.so.conf", 0);
        if (r < 0 && r != -ENOENT)
                return refuse(reterr_why, r, "'/etc/ld.so.conf' cannot be read: %s", strerror(-r));

        r = 0;
        for (size_t i = 0; r >= 0 && i < ELEMENTSOF(built_in); i++)
                r = strv_add(&p.directories, built_in[i]);
        if (r < 0)
                return r;

        *ret = p;
        p = (LibraryPath) { .root_fd = -EBADF };
        return 0;
}
