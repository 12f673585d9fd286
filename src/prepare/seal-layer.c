/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: turning one blob of an image, from standard input, into one EROFS file, and nothing else.
 * Never: opens a file; has a privilege; makes anything of an archive but that one file.
 * Follows: DESIGN.md section 2, promise 3. */

#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

#include "basic/cli.h"
#include "basic/fd.h"
#include "basic/log.h"
#include "basic/str.h"
#include "erofs/writer.h"
#include "image/appc-types.h"
#include "image/appc-whitelist.h"
#include "prepare/cage.h"
#include "prepare/layer-end.h"
#include "prepare/layer-entries.h"
#include "prepare/tar-source.h"

#define OUTPUT_FD 3
#define WHITELIST_MAX APPC_DOCUMENT_MAX /* in which it comes */

static LayerFormat arg_format = LAYER_OCI;
static int arg_manifest = -EBADF, arg_whitelist = -EBADF;
static bool arg_manifest_only;
static uint64_t arg_max_size = UINT64_MAX;

static int set_format(const char *value, void *target) {
        if (!streq(value, "oci") && !streq(value, "aci"))
                return -EINVAL;

        arg_format = streq(value, "oci") ? LAYER_OCI : LAYER_ACI;
        return 0;
}

static int set_fd(const char *value, void *target) {
        uint64_t fd;

        if (str_to_u64(value, &fd) < 0 || fd > INT32_MAX)
                return -EINVAL;

        *(int *) target = fd;
        return 0;
}

static int set_size(const char *value, void *target) {
        return str_to_u64(value, target) < 0 ? -EINVAL : 0;
}

static const CliOption options[] = {
        { 0, "format", "FORMAT", "What the blob is: oci (a layer) or aci (an image)", set_format },
        { 0, "manifest", "FD", "Write an ACI's manifest there", set_fd, &arg_manifest },
        { 0, "manifest-only", NULL, "Only look; do not write the layer to fd 3", cli_set_true,
          &arg_manifest_only },
        { 0, "whitelist", "FD", "Leave out all files but those listed there", set_fd, &arg_whitelist },
        { 0, "max-size", "BYTES", "Refuse what is larger unpacked", set_size, &arg_max_size },
        {},
};

static const CliProgram program = {
        .name = "seal-layer",
        .arguments = "[OPTION…] <BLOB 3>LAYER",
        .summary = "Translates the tar of a layer into a file system image.",
        .options = options,
};

typedef struct Result {
        LayerSummary summary;
        LayerAnswer answer;
} Result;

/* The names that the list does not have go last, when it is known which file has which names. */
static int keep_only(ErofsWriter *w) {
        _cleanup_whitelist_ AppcWhitelist whitelist = {};
        _cleanup_blob_ Blob text = {};

        int r = fd_read_blob(arg_whitelist, WHITELIST_MAX, &text);
        if (r >= 0)
                r = appc_whitelist_parse(text.data, text.size, &whitelist);
        if (r < 0)
                return r;

        for (size_t i = 0; i < whitelist.n; i++)
                erofs_writer_keep(w, whitelist.paths[i]);

        return 0;
}

static int seal(Result *ret, char **reterr_why) {
        _cleanup_(tar_source_freep) TarSource *source = NULL;
        _cleanup_(erofs_writer_freep) ErofsWriter *writer = NULL;
        bool aci = arg_format == LAYER_ACI;
        int fd = arg_manifest_only ? -EBADF : OUTPUT_FD;
        LayerAnswer *a = &ret->answer;
        int r;

        r = tar_source_new(STDIN_FILENO, aci ? DIGEST_SHA512 : DIGEST_SHA256, arg_max_size, &source,
                           reterr_why);
        if (r < 0)
                return r;
        r = erofs_writer_new(fd, arg_max_size, aci ? EROFS_UNIQUE : 0, &writer);
        if (r < 0)
                return r;

        r = layer_entries_read(source, arg_format, writer, &ret->summary, reterr_why);
        if (r >= 0)
                r = tar_source_finish(source, &a->id, &a->size, reterr_why);
        if (r >= 0 && arg_whitelist >= 0)
                r = keep_only(writer);
        if (r < 0)
                return r;

        a->entries = ret->summary.entries;
        return layer_end(writer, fd, &a->id, &a->verity);
}

static void result_done(Result *result) {
        layer_summary_done(&result->summary);
}

static int run(int argc, char **argv) {
        _cleanup_free_ char *why = NULL;
        _cleanup_(result_done) Result result = {};
        char **arguments;
        int r;

        r = cli_parse(&program, argc, argv, &arguments);
        if (r <= 0)
                return r;
        if (*arguments)
                return log_error_errno(EINVAL, "seal-layer takes no arguments.");
        if (!arg_manifest_only && fcntl(OUTPUT_FD, F_GETFD) < 0)
                return log_error_errno(errno, "Cannot write to fd %d: %m", OUTPUT_FD);

        r = cage_enter();
        if (r < 0)
                return log_error_errno(r, "Cannot enter the sandbox: %m");

        r = seal(&result, &why);
        if (r < 0)
                return log_error_errno(r, "Cannot seal layer: %s", why ?: strerror(-r));
        if (result.summary.dropped > 0)
                log_full(LOG_NOTICE, 0, "Dropped %" PRIu64 " extended attributes that a layer may not set.",
                         result.summary.dropped);

        r = arg_manifest >= 0 ? fd_write_full(arg_manifest, result.summary.manifest.data,
                                              result.summary.manifest.size)
                              : 0;
        if (r >= 0)
                r = layer_answer_print(&result.answer, !arg_manifest_only);
        if (r < 0)
                return log_error_errno(r, "Cannot write the result: %m");

        return 0;
}

int main(int argc, char **argv) {
        return cli_exit_status(run(argc, argv), EXIT_FAILURE);
}
