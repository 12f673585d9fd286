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
#include "prepare/cage.h"
#include "prepare/layer-entries.h"
#include "prepare/tar-source.h"
#include "store/verity.h"

#define OUTPUT_FD 3

static LayerFormat arg_format = LAYER_OCI;
static int arg_manifest = -EBADF;
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
        { 0, "max-size", "BYTES", "Refuse what is larger unpacked", set_size, &arg_max_size },
        {},
};

static const CliProgram program = {
        .name = "seal-layer",
        .arguments = "[OPTION…] <BLOB 3>LAYER",
        .summary = "Translates the tar of a layer into a file system image.",
        .options = options,
};

/* The image's UUID is made of the tar's digest: a layer has the same one everywhere, and no two have the
 * same. */
static void make_uuid(const Digest *digest, uint8_t ret[static 16]) {
        for (size_t i = 0; i < 16; i++)
                ret[i] = digest->bytes[i];

        ret[6] = (ret[6] & 0x0f) | 0x80; /* RFC 9562: version 8 */
        ret[8] = (ret[8] & 0x3f) | 0x80;
}

/* A layer is published only when it is on the disk; whoever does that need not wait for it. */
static int sync_layer(int fd) {
        return fd >= 0 && fsync(fd) < 0 && errno != EINVAL ? -errno : 0;
}

typedef struct Result {
        LayerSummary summary;
        Digest tar;
        uint64_t size;
        Digest verity; /* of the layer, if one was written */
} Result;

static int seal(Result *ret, char **reterr_why) {
        _cleanup_(tar_source_freep) TarSource *source = NULL;
        _cleanup_(erofs_writer_freep) ErofsWriter *writer = NULL;
        bool aci = arg_format == LAYER_ACI;
        int fd = arg_manifest_only ? -EBADF : OUTPUT_FD;
        uint8_t uuid[16];
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
                r = tar_source_finish(source, &ret->tar, &ret->size, reterr_why);
        if (r < 0)
                return r;

        make_uuid(&ret->tar, uuid);
        r = erofs_writer_finish(writer, uuid);
        if (r >= 0)
                r = sync_layer(fd);
        if (r >= 0 && fd >= 0)
                r = verity_compute(fd, &ret->verity);

        return r;
}

/* "<digest of the tar> <its size> <entries> <fs-verity digest of the layer>" */
static int print_result(const Result *result) {
        char tar[DIGEST_TEXT_MAX], verity[DIGEST_TEXT_MAX] = "-", line[2 * DIGEST_TEXT_MAX + 64];

        digest_format(&result->tar, tar);
        if (!arg_manifest_only)
                digest_format(&result->verity, verity);
        int n = snprintf(line, sizeof(line), "%s %" PRIu64 " %" PRIu64 " %s\n", tar, result->size,
                         result->summary.entries, verity);
        return fd_write_full(STDOUT_FILENO, line, n);
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
                r = print_result(&result);
        if (r < 0)
                return log_error_errno(r, "Cannot write the result: %m");

        return 0;
}

int main(int argc, char **argv) {
        return cli_exit_status(run(argc, argv), EXIT_FAILURE);
}
