/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the loop device of a layer, for kernels that mount EROFS from block devices only; the only user of libmount. A program of
 * its own, for libmount brings more libraries than all the rest of a stage needs, and newer kernels do without.
 * Never: leaves a loop device behind: it is one that clears itself.
 * Follows: libmount's documentation. */

#include <errno.h>
#include <libmount.h>

#include "basic/cli.h"
#include "basic/log.h"
#include "basic/str.h"
#include "basic/strv.h"

#define OPTIONS "ro,nodev,loop"

static const char *label;

static const CliOption options[] = {
        { 0, "context", "LABEL", "What all files in it are to SELinux", cli_set_string, &label },
        {},
};

static const CliProgram program = {
        .name = "loop-mount",
        .arguments = "[OPTION…] DIRECTORY <LAYER",
        .summary = "Mount a layer, read-only, by a loop device.",
        .options = options,
};

static int set_options(struct libmnt_context *c) {
        _cleanup_free_ char *all = NULL;

        int r = label ? str_printf(&all, OPTIONS ",context=\"%s\"", label) : str_copy(OPTIONS, &all);
        return r < 0 ? r : mnt_context_set_options(c, all);
}

static int mount_at(const char *where) {
        struct libmnt_context *c = mnt_new_context();
        if (!c)
                return -ENOMEM;

        int r = mnt_context_set_fstype(c, "erofs");
        if (r == 0)
                r = mnt_context_set_source(c, "/proc/self/fd/0");
        if (r == 0)
                r = mnt_context_set_target(c, where);
        if (r == 0)
                r = set_options(c);
        if (r == 0)
                r = mnt_context_mount(c);
        if (r > 0) /* the system call's errno, or a status of its helpers */
                r = mnt_context_get_syscall_errno(c) > 0 ? -mnt_context_get_syscall_errno(c) : -EIO;

        mnt_free_context(c);
        return r;
}

static int run(int argc, char **argv) {
        char **args;

        int r = cli_parse(&program, argc, argv, &args);
        if (r <= 0)
                return r;
        if (strv_length(args) != 1) {
                log_error("Where? Give a directory; the layer is standard input");
                return -EINVAL;
        }

        r = mount_at(args[0]);
        return r < 0 ? log_error_errno(r, "Cannot mount the layer at '%s' by a loop device: %m", args[0])
                     : 0;
}

int main(int argc, char **argv) {
        return cli_exit_status(run(argc, argv), EXIT_FAILURE);
}
