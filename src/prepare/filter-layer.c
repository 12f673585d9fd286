/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: making a layer of another one that has only some of its files, and nothing else.
 * Never: opens a file; has a privilege.
 * Follows: App Container spec 0.8.11, aci.md, pathWhitelist; docs/STORE.md. */

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "basic/cli.h"
#include "basic/fd.h"
#include "basic/log.h"
#include "image/appc-types.h"
#include "prepare/cage.h"
#include "prepare/layer-copy.h"
#include "prepare/layer-end.h"

#define OUTPUT_FD 3
#define WHITELIST_FD 4

static Digest arg_id;
static bool arg_has_id;

static int set_id(const char *value, void *target) {
        if (digest_parse_id(value, &arg_id) < 0)
                return -EINVAL;

        arg_has_id = true;
        return 0;
}

static const CliOption options[] = {
        { 0, "id", "ID", "What the new layer will be called", set_id },
        {},
};

static const CliProgram program = {
        .name = "filter-layer",
        .arguments = "--id=ID <LAYER 3>LAYER 4<PATHS",
        .summary = "Makes a layer that has only some of another one's files.",
        .options = options,
};

static int read_whitelist(AppcWhitelist *ret) {
        _cleanup_blob_ Blob text = {};

        int r = fd_read_blob(WHITELIST_FD, APPC_DOCUMENT_MAX, &text);
        return r < 0 ? r : appc_whitelist_parse(text.data, text.size, ret);
}

static int filter(LayerAnswer *ret) {
        _cleanup_(erofs_reader_freep) ErofsReader *reader = NULL;
        _cleanup_(erofs_writer_freep) ErofsWriter *writer = NULL;
        _cleanup_whitelist_ AppcWhitelist kept = {};
        LayerAnswer a = { .id = arg_id };

        int r = read_whitelist(&kept);
        if (r >= 0)
                r = erofs_reader_open(STDIN_FILENO, &reader);
        if (r >= 0)
                r = erofs_writer_new(OUTPUT_FD, UINT64_MAX, 0, &writer);
        if (r >= 0)
                r = layer_copy(reader, &kept, writer, &a.entries);
        if (r >= 0)
                r = layer_end(writer, OUTPUT_FD, &a.id, &a.verity);
        if (r < 0)
                return r;

        *ret = a;
        return 0;
}

static int run(int argc, char **argv) {
        LayerAnswer answer;
        char **arguments;

        int r = cli_parse(&program, argc, argv, &arguments);
        if (r <= 0)
                return r;
        if (*arguments || !arg_has_id)
                return log_error_errno(EINVAL, "filter-layer takes no arguments but --id=.");
        if (fcntl(OUTPUT_FD, F_GETFD) < 0 || fcntl(WHITELIST_FD, F_GETFD) < 0)
                return log_error_errno(errno, "Cannot use fds %d and %d: %m", OUTPUT_FD, WHITELIST_FD);

        r = cage_enter();
        if (r < 0)
                return log_error_errno(r, "Cannot enter the sandbox: %m");

        r = filter(&answer);
        if (r < 0)
                return log_error_errno(r, "Cannot seal layer: %s",
                                       r == -EUCLEAN ? "the one it is made of is damaged" : strerror(-r));

        r = layer_answer_print(&answer, /* written= */ true);
        return r < 0 ? log_error_errno(r, "Cannot write the result: %m") : 0;
}

int main(int argc, char **argv) {
        return cli_exit_status(run(argc, argv), EXIT_FAILURE);
}
