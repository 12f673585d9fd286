/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: telling where in an archive of an image its documents and layers are; unpacking the archive if it is
 * compressed.
 * Never: opens a file; has a privilege; looks into what it finds.
 * Follows: DESIGN.md section 2, promise 3; archive-index(8). */

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "basic/cli.h"
#include "basic/fd.h"
#include "basic/log.h"
#include "basic/str.h"
#include "prepare/cage.h"
#include "prepare/tar-index.h"
#include "prepare/unpack.h"

#define UNPACKED_FD 3

static uint64_t arg_max_size = UINT64_MAX;

static int set_size(const char *value, void *target) {
        return str_to_u64(value, target) < 0 ? -EINVAL : 0;
}

static const CliOption options[] = {
        { 0, "max-size", "BYTES", "Refuse what is larger unpacked", set_size, &arg_max_size },
        {},
};

static const CliProgram program = {
        .name = "archive-index",
        .arguments = "[OPTION…] <ARCHIVE 3>UNPACKED",
        .summary = "Lists where the members of an archive are.",
        .options = options,
};

static int unpack(Unpacker *u, char **reterr_why) {
        for (;;) {
                const void *data;

                ssize_t n = unpacker_next(u, &data, reterr_why);
                if (n <= 0)
                        return n;
                int r = fd_write_full(UNPACKED_FD, data, n);
                if (r < 0)
                        return r;
        }
}

/* `size` is that of the file which the offsets are in. */
static int make_plain(uint64_t *size, bool *ret_unpacked, char **reterr_why) {
        _cleanup_(unpacker_freep) Unpacker *u = NULL;

        int r = unpacker_new(STDIN_FILENO, arg_max_size, &u, reterr_why);
        if (r < 0)
                return r;

        *ret_unpacked = unpacker_is_compressed(u);
        if (!*ret_unpacked)
                return 0;

        r = unpack(u, reterr_why);
        *size = unpacker_size(u);
        return r;
}

static int make_index(uint64_t size, bool *ret_unpacked, Blob *ret, char **reterr_why) {
        int r = make_plain(&size, ret_unpacked, reterr_why);
        return r < 0 ? r : tar_index(*ret_unpacked ? UNPACKED_FD : STDIN_FILENO, size, ret, reterr_why);
}

static int print_index(bool unpacked, const Blob *index) {
        const char *where = unpacked ? "unpacked" : "plain";

        int r = fd_write_full(STDOUT_FILENO, where, strlen(where) + 1);
        return r < 0 ? r : fd_write_full(STDOUT_FILENO, index->data, index->size);
}

static int run(int argc, char **argv) {
        _cleanup_free_ char *why = NULL;
        _cleanup_blob_ Blob index = {};
        struct stat st;
        char **arguments;
        bool unpacked;

        int r = cli_parse(&program, argc, argv, &arguments);
        if (r <= 0)
                return r;
        if (*arguments)
                return log_error_errno(EINVAL, "archive-index takes no arguments.");
        if (fstat(STDIN_FILENO, &st) < 0)
                return log_error_errno(errno, "Cannot read standard input: %m");
        if (!S_ISREG(st.st_mode))
                return log_error_errno(EINVAL, "Cannot index archive: standard input is no regular file");

        r = cage_enter();
        if (r < 0)
                return log_error_errno(r, "Cannot enter the sandbox: %m");

        r = make_index(st.st_size, &unpacked, &index, &why);
        if (r < 0)
                return log_error_errno(r, "Cannot index archive: %s", why ?: strerror(-r));

        r = print_index(unpacked, &index);
        return r < 0 ? log_error_errno(r, "Cannot write the result: %m") : 0;
}

int main(int argc, char **argv) {
        return cli_exit_status(run(argc, argv), EXIT_FAILURE);
}
