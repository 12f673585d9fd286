/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: saying all of a tree that a kernel says of it, a line a name, to be compared with what another says.
 * Never: needs a library: it goes into a guest.
 * Follows: stat(2), listxattr(7). */

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define WHOLE (64 << 20) /* larger files are read here and there only */
#define STEPS 1024

static char buffer[65536];

/* FNV-1a: enough to see a difference that nobody made on purpose. */
static uint64_t digest(uint64_t sum, const char *data, size_t size) {
        for (size_t i = 0; i < size; i++)
                sum = (sum ^ (uint8_t) data[i]) * 0x100000001b3;
        return sum;
}

static uint64_t digest_file(const char *name, uint64_t size) {
        uint64_t step = size <= WHOLE ? sizeof(buffer) : size / STEPS, sum = 0xcbf29ce484222325;
        int fd = open(name, O_RDONLY | O_NOFOLLOW);

        if (fd < 0)
                err(EXIT_FAILURE, "Cannot open '%s'", name);
        for (uint64_t at = 0; at < size; at += step) {
                size_t wanted = size <= WHOLE ? sizeof(buffer) : 4096;
                ssize_t n = pread(fd, buffer, wanted, at);
                if (n < 0)
                        err(EXIT_FAILURE, "Cannot read '%s'", name);
                sum = digest(sum, buffer, n);
        }

        close(fd);
        return sum;
}

static void print_escaped(const char *s) {
        for (; *s != '\0'; s++)
                if (*s > ' ' && *s < 0x7f && *s != '\\')
                        putchar(*s);
                else
                        printf("\\x%02x", (uint8_t) *s);
}

static int compare(const void *a, const void *b) {
        return strcmp(*(char *const *) a, *(char *const *) b);
}

static void print_xattrs(const char *name) {
        static char list[65536];
        char *names[1024];
        size_t n = 0;

        ssize_t size = llistxattr(name, list, sizeof(list));
        if (size < 0)
                err(EXIT_FAILURE, "Cannot list the attributes of '%s'", name);
        for (char *p = list; p < list + size && n < 1024; p += strlen(p) + 1)
                names[n++] = p;
        qsort(names, n, sizeof(*names), compare);

        for (size_t i = 0; i < n; i++) {
                ssize_t length = lgetxattr(name, names[i], buffer, sizeof(buffer));
                putchar(' ');
                print_escaped(names[i]);
                if (length < 0) /* a capability that makes no sense to the kernel, for one */
                        printf("=%s", strerrorname_np(errno));
                else
                        printf("=%zd:%" PRIx64, length, digest(0, buffer, length));
        }
}

static void print_name(const char *path, const char *name, const struct stat *st) {
        print_escaped(path);
        printf(" %o %u:%u %" PRId64 ".%09ld %lu %" PRIu64 " %" PRIu64, st->st_mode, st->st_uid, st->st_gid,
               (int64_t) st->st_mtim.tv_sec, st->st_mtim.tv_nsec, (unsigned long) st->st_nlink,
               (uint64_t) st->st_ino, (uint64_t) st->st_rdev);

        if (S_ISREG(st->st_mode))
                printf(" %" PRIu64 " %" PRIx64, (uint64_t) st->st_size, digest_file(name, st->st_size));
        if (S_ISLNK(st->st_mode)) {
                ssize_t n = readlink(name, buffer, sizeof(buffer));
                printf(" %zd:%" PRIx64, n, n < 0 ? 0 : digest(0, buffer, n));
        }
        print_xattrs(name);
        putchar('\n');
}

static int all_but_dots(const struct dirent *e) {
        return strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
}

static int by_bytes(const struct dirent **a, const struct dirent **b) {
        return strcmp((*a)->d_name, (*b)->d_name);
}

/* Of the current directory, whose name is `path`. */
static void list(const char *path) {
        struct dirent **entries;
        int n = scandir(".", &entries, all_but_dots, by_bytes);

        if (n < 0)
                err(EXIT_FAILURE, "Cannot list '%s'", path);
        for (int i = 0; i < n; i++) {
                const char *name = entries[i]->d_name;
                struct stat st;
                char *full;

                if (lstat(name, &st) < 0 || asprintf(&full, "%s/%s", path, name) < 0)
                        err(EXIT_FAILURE, "Cannot look at '%s' in '%s'", name, path);
                print_name(full, name, &st);
                if (S_ISDIR(st.st_mode)) {
                        if (chdir(name) < 0)
                                err(EXIT_FAILURE, "Cannot enter '%s'", full);
                        list(full);
                        if (chdir("..") < 0)
                                err(EXIT_FAILURE, "Cannot leave '%s'", full);
                }
                free(full);
                free(entries[i]);
        }
        free(entries);
}

int main(int argc, char *argv[]) {
        struct stat st;

        if (argc != 2)
                errx(EXIT_FAILURE, "Usage: %s DIRECTORY", argv[0]);
        if (chdir(argv[1]) < 0 || lstat(".", &st) < 0)
                err(EXIT_FAILURE, "Cannot enter '%s'", argv[1]);
        print_name(".", ".", &st);
        list(".");
        return 0;
}
