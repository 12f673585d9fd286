/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the files of a layout or archive on this machine.
 * Never: opens anything outside the directory, or anything but regular files; waits for a FIFO; reads an
 * archive's structure itself.
 * Follows: https://github.com/opencontainers/image-spec/blob/v1.1.0/image-layout.md. */

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "basic/children.h"
#include "basic/fd.h"
#include "basic/log.h"
#include "basic/str.h"
#include "fetch/child-failed.h"
#include "fetch/files.h"
#include "image/oci.h"

void files_done(Files *f) {
        fd_close(f->dir_fd);
        fd_close(f->archive_fd);
        archive_members_free(f->members);
        *f = FILES_NULL;
}

int files_open_directory(const char *path, Files *ret) {
        int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return log_error_errno(errno, "Cannot open '%s': %m", path);

        *ret = (Files) { .dir_fd = fd, .archive_fd = -EBADF };
        return 0;
}

static int open_regular(int dir_fd, const char *path, bool beneath, struct stat *st) {
        int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;

        _cleanup_close_ int fd = beneath ? open_beneath(dir_fd, path, flags) : openat(dir_fd, path, flags);
        if (fd < 0)
                return beneath ? fd : -errno;
        if (fstat(fd, st) < 0)
                return -errno;

        return S_ISREG(st->st_mode) ? TAKE_FD(fd) : -EINVAL;
}

/* What archive-index says about `archive`, and in `spare` its decompressed bytes if it was compressed. */
static int run_index(int archive, int spare, uint64_t max, Blob *ret) {
        _cleanup_free_ char *path = NULL, *option = NULL;
        int fds[2];
        pid_t pid;

        int r = program_path("archive-index", &path);
        if (r >= 0)
                r = str_printf(&option, "--max-size=%llu", (unsigned long long) max);
        if (r >= 0 && pipe2(fds, O_CLOEXEC) < 0)
                r = -errno;
        if (r < 0)
                return log_error_errno(r, "Cannot run archive-index: %m");
        _cleanup_close_ int in = fds[0], out = fds[1];

        Spawn child = {
                .argv = (char *[]) { path, option, NULL },
                .user = "gantry-seal",
                .in = archive,
                .out = out,
                .err = -EBADF,
                .pass = &spare,
                .n_pass = 1,
        };
        r = child_start(&child, &pid);
        if (r < 0)
                return r == -ECANCELED ? r
                                       : log_error_errno(r,
                                                         "Cannot run archive-index as user gantry-seal: %m");

        out = fd_close(out);
        int read_error = fd_read_blob(in, ARCHIVE_INDEX_MAX, ret);
        in = fd_close(in);
        int status = child_wait(pid);
        if (status != 0)
                return child_failed("archive-index", status);

        return read_error < 0 ? log_error_errno(read_error, "Cannot read what archive-index says: %m") : 0;
}

int files_open_archive(Store *s, const char *path, uint64_t max, Files *ret) {
        _cleanup_blob_ Blob index = {};
        _cleanup_free_ char *why = NULL;
        struct stat st, spare_st;

        _cleanup_close_ int archive = open_regular(AT_FDCWD, path, /* beneath= */ false, &st);
        if (archive < 0)
                return log_error_errno(archive, "Cannot open '%s': %s", path,
                                       archive == -EINVAL ? "not a regular file" : strerror(-archive));
        _cleanup_close_ int spare = openat(store_incoming_fd(s), ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
        if (spare < 0)
                return log_error_errno(errno, "Cannot make a file in '%s/incoming': %m", store_path(s));

        int r = run_index(archive, spare, max, &index);
        if (r < 0)
                return r;

        _cleanup_archive_members_ ArchiveMembers *members = NULL;
        if (fstat(archive, &st) < 0 || fstat(spare, &spare_st) < 0)
                return log_error_errno(errno, "Cannot look at '%s': %m", path);
        r = archive_members_parse(index.data, index.size, st.st_size, spare_st.st_size, &members, &why);
        if (r < 0)
                return log_error_errno(r, "Cannot use what archive-index says about '%s': %s", path,
                                       why ? why : strerror(-r));

        int used = members->unpacked ? TAKE_FD(spare) : TAKE_FD(archive);
        *ret = (Files) { .dir_fd = -EBADF, .archive_fd = used, .members = TAKE_PTR(members) };
        return 0;
}

int files_find(const Files *f, const char *path, FileRange *ret) {
        struct stat st;

        if (f->dir_fd >= 0) {
                int fd = open_regular(f->dir_fd, path, /* beneath= */ true, &st);
                if (fd < 0)
                        return fd;
                *ret = (FileRange) { .fd = fd, .size = st.st_size };
                return 0;
        }

        const ArchiveMember *m = f->members ? archive_members_find(f->members, path) : NULL;
        if (!m)
                return -ENOENT;

        int fd = fcntl(f->archive_fd, F_DUPFD_CLOEXEC, 3);
        if (fd < 0)
                return -errno;
        *ret = (FileRange) { .fd = fd, .offset = m->offset, .size = m->size };
        return 0;
}

/* A file of its own with just these bytes. */
static int copy_range(const FileRange *range) {
        off_t offset = range->offset;

        _cleanup_close_ int fd = memfd_create("document", MFD_CLOEXEC);
        if (fd < 0)
                return -errno;

        for (uint64_t left = range->size; left > 0;) {
                ssize_t n = sendfile(fd, range->fd, &offset, left);
                if (n <= 0)
                        return n < 0 ? -errno : -EIO;
                left -= n;
        }

        return lseek(fd, 0, SEEK_SET) < 0 ? -errno : TAKE_FD(fd);
}

int files_open_document(const Files *f, const char *path) {
        FileRange range = { .fd = -EBADF };

        int r = files_find(f, path, &range);
        if (r < 0)
                return r;

        _cleanup_close_ int fd = range.fd;
        if (range.size > OCI_DOCUMENT_MAX)
                return -EFBIG;

        return f->dir_fd >= 0 ? TAKE_FD(fd) : copy_range(&range);
}
