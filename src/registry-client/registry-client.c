/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what of gantry-fetch talks to the network or parses what nobody has admitted, as user gantry-fetch.
 * Never: sees the store, only the directory and the pipe it was given; has a privilege to lose.
 * Follows: docs/ARCHITECTURE.md, "Fetch". */

#include <signal.h>
#include <unistd.h>

#include "basic/cli.h"
#include "basic/fd.h"
#include "basic/log.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "registry-client/layout.h"
#include "registry-client/metadata.h"
#include "registry-client/registry.h"

enum {
        DIRECTORY_FD = 3, /* metadata: where to write */
        LAYOUT_FD = 4,    /* metadata of oci:DIR: the socket to ask for its files */
};

static int open_source(const Reference *ref, Source **ret, char **reterr_why) {
        switch (ref->kind) {
        case REFERENCE_REGISTRY: return registry_new(ref, ret, reterr_why);
        case REFERENCE_OCI_DIR: return layout_new(LAYOUT_FD, ret);
        default: return -EOPNOTSUPP;
        }
}

static int complain(int r, const char *what, const char *of, const char *why) {
        if (why)
                log_error("Cannot fetch %s of '%s': %s", what, of, why);
        else
                log_error_errno(r, "Cannot fetch %s of '%s': %m", what, of);

        return r;
}

static int metadata(const char *text) {
        _cleanup_reference_ Reference *ref = NULL;
        _cleanup_source_ Source *source = NULL;
        _cleanup_free_ char *why = NULL;

        int r = reference_parse(text, &ref, &why);
        if (r >= 0)
                r = open_source(ref, &source, &why);
        if (r >= 0)
                r = metadata_fetch(source, ref, DIRECTORY_FD, &why);

        return r < 0 ? complain(r, "manifest", text, why) : 0;
}

static int blob(const char *text, const char *digest_text, const char *size_text) {
        _cleanup_reference_ Reference *ref = NULL;
        _cleanup_source_ Source *source = NULL;
        _cleanup_free_ char *why = NULL, *what = NULL;
        Digest digest;
        uint64_t size;

        int r = str_printf(&what, "blob %s", digest_text);
        if (r < 0)
                return log_error_errno(r, "Cannot fetch a blob: %m");

        r = digest_parse(digest_text, &digest);
        if (r >= 0)
                r = str_to_u64(size_text, &size);
        if (r >= 0)
                r = reference_parse(text, &ref, &why);
        if (r >= 0)
                r = ref->kind == REFERENCE_REGISTRY ? registry_new(ref, &source, &why) : -EOPNOTSUPP;
        if (r >= 0)
                r = registry_copy(source, &digest, size, STDOUT_FILENO, &why);
        if (r == -EPIPE)
                return r; /* the reader has gone, and has said why */

        return r < 0 ? complain(r, what, text, why) : 0;
}

static int run(int argc, char **argv) {
        static const CliProgram program = {
                .name = "registry-client",
                .arguments = "metadata REF | blob REF DIGEST SIZE",
                .summary = "Download for gantry-fetch. Not to be called by people.",
        };
        char **arguments;

        int r = cli_parse(&program, argc, argv, &arguments);
        if (r <= 0)
                return r;

        signal(SIGPIPE, SIG_IGN);
        size_t n = strv_length(arguments);
        if (n == 2 && streq(arguments[0], "metadata"))
                return metadata(arguments[1]);
        if (n == 4 && streq(arguments[0], "blob"))
                return blob(arguments[1], arguments[2], arguments[3]);

        log_error("Usage: registry-client %s", program.arguments);
        return -EINVAL;
}

int main(int argc, char **argv) {
        return cli_exit_status(run(argc, argv), EXIT_FAILURE);
}
