/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: where signatures that were found are written, how many there may be, and which errors are their own.
 * Never: reads what a signature says; gantry-verify does.
 * Follows: docs/ARCHITECTURE.md, "The quarantine". */

#include <stdio.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "registry-client/signature-search.h"

bool signature_search_is_full(SignatureSearch *s) {
        if (s->n_written + s->n_passed_over < SIGNATURES_MAX)
                return false;

        /* Once: the next one is counted by nobody. */
        if (s->n_written + s->n_passed_over++ == SIGNATURES_MAX)
                (void) caller_note(s->net->caller, "'%s' has %u signatures or more, the rest is passed over",
                                   s->repository, SIGNATURES_MAX);
        return true;
}

static int write_one(int dir_fd, unsigned n, const char *ending, const void *data, size_t size) {
        char name[32];

        (void) snprintf(name, sizeof(name), "%u.%s", n, ending);
        return file_create_at(dir_fd, name, data, size, 0644);
}

int signature_search_add(SignatureSearch *s, const char *source, const char *ending, const Blob *data,
                         const char *signature) {
        _cleanup_close_ int fd = dir_open_at(s->dir_fd, "signatures", 0755);
        if (fd < 0)
                return fd;

        int r = write_one(fd, s->n_written, ending, data->data, data->size);
        if (r >= 0 && signature)
                r = write_one(fd, s->n_written, "signature", signature, strlen(signature));
        if (r >= 0)
                r = write_one(fd, s->n_written, "source", source, strlen(source));
        if (r < 0)
                return r;

        s->n_written++;
        return 0;
}

int signature_search_pass_over(SignatureSearch *s, int error, const char *source, char **why,
                               char **reterr_why) {
        _cleanup_free_ char *text = TAKE_PTR(*why);

        if (error == -ENOENT || error == -EBADMSG || error == -EFBIG) {
                s->n_passed_over++;
                return caller_note(s->net->caller, "passing over signatures in '%s': %s", source,
                                   text ? text : strerror(-error));
        }
        if (text && reterr_why && str_printf(reterr_why, "cannot look for signatures: %s", text) < 0)
                return -ENOMEM;

        return error;
}
