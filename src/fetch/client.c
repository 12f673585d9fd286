/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: running registry-client, as user gantry-fetch with nothing but the directory or pipe it works on.
 * Never: talks to the network; believes that what came is what was asked for.
 * Follows: docs/ARCHITECTURE.md, "Fetch". */

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/log.h"
#include "fetch/children.h"
#include "fetch/client.h"
#include "registry/layout-files.h"

/* `arguments` ends with NULL; its first item is free for the program's path. */
static int start(char **arguments, int out, const int *pass, size_t n_pass, pid_t *ret) {
        _cleanup_free_ char *path = NULL;

        int r = program_path("registry-client", &path);
        if (r >= 0) {
                arguments[0] = path;
                Spawn child = {
                        .argv = arguments,
                        .user = "gantry-fetch",
                        .in = -EBADF,
                        .out = out,
                        .err = -EBADF,
                        .pass = pass,
                        .n_pass = n_pass,
                };
                r = child_start(&child, ret);
        }
        if (r < 0 && r != -ECANCELED)
                return log_error_errno(r, "Cannot run registry-client as user gantry-fetch: %m");

        return r;
}

static int fetch_metadata(const Origin *o, int dir_fd, int socket, pid_t *ret) {
        const int pass[] = { dir_fd, socket };
        char *arguments[] = { NULL, (char *) "metadata", (char *) o->reference, NULL };

        return start(arguments, -EBADF, pass, socket >= 0 ? 2 : 1, ret);
}

/* With a socket on which it asks for the files of the layout. */
static int fetch_layout_metadata(const Origin *o, int dir_fd, pid_t *ret) {
        int sockets[2];

        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0)
                return log_error_errno(errno, "Cannot make a socket: %m");
        _cleanup_close_ int ours = sockets[0], theirs = sockets[1];

        int r = fetch_metadata(o, dir_fd, theirs, ret);
        if (r < 0)
                return r;

        theirs = fd_close(theirs);
        r = layout_files_serve(ours, o->layout_fd);
        return r < 0 ? log_error_errno(r, "Cannot pass files of '%s' to registry-client: %m", o->reference)
                     : 0;
}

int client_metadata(const Origin *o, int dir_fd) {
        pid_t pid = 0;

        int r = o->layout_fd < 0 ? fetch_metadata(o, dir_fd, -EBADF, &pid)
                                 : fetch_layout_metadata(o, dir_fd, &pid);
        if (r < 0) {
                child_end(pid);
                return r;
        }

        int status = child_wait(pid);
        return status == 0 ? 0 : child_failed("registry-client", status);
}

/* No network and nothing to parse: that needs no process of its own. */
static int open_blob(const Origin *o, const Digest *digest, Download *ret) {
        _cleanup_free_ char *path = NULL;

        int r = layout_blob_path(digest, &path);
        if (r < 0)
                return log_error_errno(r, "Cannot name a blob: %m");

        int fd = layout_file_open(o->layout_fd, path);
        if (fd < 0)
                return log_error_errno(fd, "Cannot open '%s' in '%s': %m", path, o->reference);

        *ret = (Download) { .fd = fd };
        return 0;
}

int download_start(const Origin *o, const Digest *digest, uint64_t size, Download *ret) {
        char digest_text[DIGEST_TEXT_MAX], size_text[24];
        int fds[2];
        pid_t pid;

        if (o->layout_fd >= 0)
                return open_blob(o, digest, ret);
        if (pipe2(fds, O_CLOEXEC) < 0)
                return log_error_errno(errno, "Cannot make a pipe: %m");
        _cleanup_close_ int fd = fds[0], out = fds[1];

        digest_format(digest, digest_text);
        (void) snprintf(size_text, sizeof(size_text), "%" PRIu64, size);
        char *arguments[] = { NULL, (char *) "blob", (char *) o->reference, digest_text, size_text, NULL };
        int r = start(arguments, out, NULL, 0, &pid);
        if (r < 0)
                return r;

        *ret = (Download) { .pid = pid, .fd = TAKE_FD(fd) };
        return 0;
}

int download_finish(Download *d) {
        int status = d->pid > 0 ? child_wait(d->pid) : 0;

        d->pid = 0;
        return status == 0 ? 0 : child_failed("registry-client", status);
}

void download_done(Download *d) {
        child_end(d->pid);
        fd_close(d->fd);
        *d = DOWNLOAD_NULL;
}

int client_document(const Origin *o, const char *what, const Digest *digest, uint64_t size, Blob *ret) {
        _cleanup_download_ Download d = DOWNLOAD_NULL;
        _cleanup_blob_ Blob document = {};
        Digest actual;

        int r = download_start(o, digest, size, &d);
        if (r < 0)
                return r;

        int read_error = fd_read_blob(d.fd, size, &document);
        r = download_finish(&d);
        if (r < 0)
                return r;
        if (read_error < 0)
                return log_error_errno(read_error, "Cannot read the %s of '%s': %m", what, o->reference);

        r = digest_of(digest->algorithm, document.data, document.size, &actual);
        if (r < 0)
                return log_error_errno(r, "Cannot check the %s of '%s': %m", what, o->reference);
        if (document.size != size || !digest_equal(&actual, digest)) {
                log_error("Cannot use the %s of '%s': it has not the digest that the manifest gives", what,
                          o->reference);
                return -EBADMSG;
        }

        *ret = TAKE_BLOB(document);
        return 0;
}
