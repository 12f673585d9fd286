/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: a file system with one file, "disk", of which it writes down everything that reaches it and in which order; what is
 * written to "mark" is written down between.
 * Never: is asked for more than a loop device over that file asks for.
 * Follows: libfuse's fuse.h.
 *
 * The log is a row of entries: what it is ('W'rite, 'S'ync, 'M'ark) and seven zeros, an offset, a size, both of eight
 * bytes, and so many bytes of data. All that was written before a sync is on the disk then; what was written after the
 * last one may be there or not, in whatever order. */

#define FUSE_USE_VERSION 31

#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "basic/cli.h"
#include "basic/fd.h"
#include "basic/log.h"
#include "basic/str.h"

static int disk_fd = -EBADF, log_fd = -EBADF;

typedef struct Entry {
        char kind[8];
        uint64_t offset, size;
} Entry;

static int write_down(char kind, uint64_t offset, const void *data, size_t size) {
        Entry entry = { .kind = { kind }, .offset = offset, .size = size };

        int r = fd_write_full(log_fd, &entry, sizeof(entry));
        return r < 0 ? r : fd_write_full(log_fd, data, size);
}

static int get_attributes(const char *path, struct stat *st, struct fuse_file_info *info) {
        *st = (struct stat) {};
        if (streq(path, "/")) {
                st->st_mode = S_IFDIR | 0755;
                st->st_nlink = 2;
                return 0;
        }
        if (streq(path, "/mark")) {
                st->st_mode = S_IFREG | 0600;
                st->st_nlink = 1;
                return 0;
        }

        return !streq(path, "/disk") ? -ENOENT : fstat(disk_fd, st) < 0 ? -errno : 0;
}

static int read_directory(const char *path, void *buf, fuse_fill_dir_t fill, off_t offset,
                          struct fuse_file_info *info, enum fuse_readdir_flags flags) {
        static const char *const names[] = { ".", "..", "disk", "mark" };

        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                (void) fill(buf, names[i], NULL, 0, 0);

        return 0;
}

static int open_file(const char *path, struct fuse_file_info *info) {
        info->direct_io = streq(path, "/mark");
        return 0;
}

static int read_disk(const char *path, char *buf, size_t size, off_t offset, struct fuse_file_info *info) {
        ssize_t n = streq(path, "/disk") ? pread(disk_fd, buf, size, offset) : 0;
        return n < 0 ? -errno : (int) n;
}

static int write_disk(const char *path, const char *buf, size_t size, off_t offset,
                      struct fuse_file_info *info) {
        bool disk = streq(path, "/disk");

        int r = write_down(disk ? 'W' : 'M', offset, buf, size);
        if (r < 0)
                return r;
        if (disk && pwrite(disk_fd, buf, size, offset) != (ssize_t) size)
                return -EIO;

        return size;
}

static int sync_disk(const char *path, int only_data, struct fuse_file_info *info) {
        return streq(path, "/disk") ? write_down('S', 0, NULL, 0) : 0;
}

/* Opening "mark" for writing may want to empty it. */
static int truncate_file(const char *path, off_t size, struct fuse_file_info *info) {
        return streq(path, "/mark") ? 0 : -EPERM;
}

static const struct fuse_operations operations = {
        .getattr = get_attributes,
        .readdir = read_directory,
        .open = open_file,
        .read = read_disk,
        .write = write_disk,
        .fsync = sync_disk,
        .truncate = truncate_file,
};

static const CliProgram program = {
        .name = "recorder",
        .arguments = "DISK LOG MOUNTPOINT",
        .summary = "Mount a directory whose file 'disk' is DISK, and write down in LOG what is done to it.",
};

static int run(int argc, char **argv) {
        char **args;

        int r = cli_parse(&program, argc, argv, &args);
        if (r <= 0)
                return r;
        if (!args[0] || !args[1] || !args[2]) {
                log_error("A disk, a log and a directory are wanted; see 'recorder --help'");
                return -EINVAL;
        }

        disk_fd = open(args[0], O_RDWR | O_CLOEXEC);
        log_fd = open(args[1], O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
        if (disk_fd < 0 || log_fd < 0)
                return log_error_errno(errno, "Cannot open '%s' and '%s': %m", args[0], args[1]);

        /* One thread, so that there is one order. */
        char *words[] = { argv[0], (char *) "-f", (char *) "-s", args[2], NULL };
        return fuse_main(4, words, &operations, NULL) == 0 ? 0 : -EIO;
}

int main(int argc, char **argv) {
        return cli_exit_status(run(argc, argv), EXIT_FAILURE);
}
