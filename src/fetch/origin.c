/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: getting at what an image comes from: sessions with registry-client, and files for it.
 * Never: talks to the network; believes that what came is what was asked for.
 * Follows: docs/ARCHITECTURE.md, "Fetch". */

#include <inttypes.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "basic/children.h"
#include "basic/fd.h"
#include "basic/log.h"
#include "basic/process.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "fetch/origin.h"
#include "image/hasher.h"
#include "image/oci.h"

void origin_done(Origin *o) {
        o->session = session_close(o->session);
        access_done(&o->access);
        files_done(&o->files);
        o->members = strv_free(o->members);
        free(o->text);
        *o = ORIGIN_NULL;
}

int origin_connect(const Origin *o, Session **ret, char **reterr_why) {
        return session_open(&o->access, ret, reterr_why);
}

static void note(const char *text) {
        log_info("%s", text);
}

static int give_file(const char *path, void *userdata, uint64_t *ret_size, int *ret_fd) {
        const Origin *o = userdata;
        FileRange range;

        int r = files_find(&o->files, path, &range);
        if (r < 0)
                return r;

        *ret_size = range.size;
        fd_close(range.fd);
        if (!ret_fd)
                return 0;

        int fd = files_open_document(&o->files, path);
        if (fd < 0)
                return fd;
        *ret_fd = fd;
        return 0;
}

int origin_call(Origin *o, char *const *request, int fd, char **reterr_why) {
        const SessionHooks hooks = { .note = note, .file = give_file, .userdata = o };

        int r = o->session ? 0 : origin_connect(o, &o->session, reterr_why);
        return r < 0 ? r : session_call(o->session, request, fd, &hooks, /* ret= */ NULL, reterr_why);
}

static int download_document(Origin *o, const Digest *digest, uint64_t size, char **reterr_why) {
        char digest_text[DIGEST_TEXT_MAX], size_text[24];

        _cleanup_close_ int fd = memfd_create("document", MFD_CLOEXEC);
        if (fd < 0)
                return -errno;

        digest_format(digest, digest_text);
        (void) snprintf(size_text, sizeof(size_text), "%" PRIu64, size);
        char *request[] = { (char *) "blob", digest_text, size_text, (char *) "0", (char *) "", NULL };

        int r = origin_call(o, request, fd, reterr_why);
        if (r >= 0 && lseek(fd, 0, SEEK_SET) < 0)
                r = -errno;

        return r < 0 ? r : TAKE_FD(fd);
}

static int open_document(Origin *o, const Digest *digest, uint64_t size, char **reterr_why) {
        _cleanup_free_ char *path = NULL;

        if (origin_is_remote(o))
                return download_document(o, digest, size, reterr_why);
        if (o->members)
                return files_open_document(&o->files, o->members[0]);

        int r = oci_blob_path(digest, &path);
        return r < 0 ? r : files_open_document(&o->files, path);
}

int origin_document(Origin *o, const char *what, const Digest *digest, uint64_t size, Blob *ret) {
        _cleanup_blob_ Blob document = {};
        _cleanup_free_ char *why = NULL;
        Digest actual;

        _cleanup_close_ int fd = open_document(o, digest, size, &why);
        int r = fd < 0 ? fd : fd_read_blob(fd, size, &document);
        if (r < 0 && children_interrupted())
                return -ECANCELED;
        if (r < 0)
                return log_error_errno(r, "Cannot fetch the %s of '%s': %s", what, o->text,
                                       why ? why : strerror(-r));

        r = digest_of(digest->algorithm, document.data, document.size, &actual);
        if (r < 0)
                return log_error_errno(r, "Cannot check the %s of '%s': %m", what, o->text);
        if (document.size != size || !digest_equal(&actual, digest)) {
                log_error("Cannot use the %s of '%s': it has not the digest that the manifest gives", what,
                          o->text);
                return -EBADMSG;
        }

        *ret = TAKE_BLOB(document);
        return 0;
}
