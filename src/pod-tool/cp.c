/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: `gantry cp`: files into a pod and out of it.
 * Never: runs anything of the pod; lets one of its links lead out of it; makes a set-user-ID program on the host.
 * Follows: gantry-cp(1); podman-cp(1). */

#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "basic/cli.h"
#include "basic/copy-file.h"
#include "basic/copy-tree.h"
#include "basic/fd.h"
#include "basic/log.h"
#include "basic/process.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "pod-tool/cp-ends.h"
#include "pod-tool/pack-output.h"

static const char *app;
static bool archive;

static const CliOption options[] = {
        { 0, "app", "APP", "As this app of a pod that has several sees it", cli_set_string, &app },
        { 'a', "archive", NULL, "Keep the owners, by number", cli_set_true, &archive },
        {},
};

static const CliProgram program = {
        .name = "gantry-cp",
        .arguments = "[OPTION…] POD:PATH PATH|- | PATH POD:PATH",
        .summary = "Copy files and directories into a pod or out of it.",
        .options = options,
        .common = CLI_ROOT,
};

static int fail(const char *path, int error) {
        _cleanup_free_ char *escaped = str_escape(path, strlen(path), 1024);
        return log_error_errno(error, "Cannot copy '%s': %m", escaped);
}

static bool is_in_memory(int fd) {
        struct statfs fs;
        return fstatfs(fd, &fs) >= 0 && (unsigned) fs.f_type == TMPFS_MAGIC;
}

/* What is the kernel's is no file of the pod's, and what is in memory has gone with it, or will. */
static int check_place(const CopyEnd *end, int dir_fd) {
        if (!end->pod)
                return 0;
        if (copy_is_pseudo(dir_fd))
                return log_error_errno(-EPERM,
                                       "Cannot copy '%s': that is the kernel's, and no file of the pod",
                                       end->path);
        if (!end->pod->running && is_in_memory(dir_fd))
                return log_error_errno(
                                -ENOENT,
                                "Cannot copy '%s': it is in memory while the pod runs, and the pod does not",
                                end->path);

        return 0;
}

static int copy(const CopyEnd *from, const CopyPlace *source, const CopyEnd *to, const CopyPlace *target) {
        size_t skipped = 0;
        CopyOptions o = {
                .keep_owner = archive,
                .from_base = from->pod ? from->pod->base : 0,
                .to_base = to->pod ? to->pod->base : 0,
                .keep_set_id = to->pod,
                .keep_fifos = true,
                .ret_skipped = &skipped,
        };

        int r = process_make_files_as(o.to_base);
        if (r >= 0)
                r = copy_tree(source->dir_fd, source->name, target->dir_fd, target->name, &o);
        if (r < 0)
                return fail(from->path, r);
        if (skipped > 0)
                log_warning("Left out of the copy of '%s': %zu sockets and devices", from->path, skipped);

        return 0;
}

static int copy_to(const CopyEnd *from, const CopyPlace *source, const CopyEnd *to) {
        _cleanup_copy_place_ CopyPlace target = COPY_PLACE_NULL;

        int r = copy_find_target(to, source, &target);
        if (r < 0)
                return log_error_errno(r, "Cannot copy '%s' to '%s': %m", from->path, to->path);
        r = check_place(to, target.dir_fd);

        return r < 0 ? r : copy(from, source, to, &target);
}

static int pack(const CopyEnd *from, const CopyPlace *source) {
        _cleanup_free_ char *why = NULL;

        if (isatty(STDOUT_FILENO))
                return log_error_errno(-EINVAL, "Cannot write a tar to a terminal");

        int r = pack_to_fd(STDOUT_FILENO, source->dir_fd, source->name, source->name,
                           &(PackOptions) { .base = from->pod->base }, &why);
        return r < 0 ? fail(from->path, r) : 0;
}

static int run_ends(const CopyEnd *from, const CopyEnd *to) {
        _cleanup_copy_place_ CopyPlace source = COPY_PLACE_NULL;

        int r = copy_find_source(from, &source);
        if (r < 0)
                return fail(from->path, r);
        r = check_place(from, source.dir_fd);
        if (r < 0)
                return r;

        return from->pod && streq(to->path, "-") ? pack(from, &source) : copy_to(from, &source, to);
}

static int refuse_archive(const char *pod) {
        int n = (int) copy_end_pod(pod);

        return log_error_errno(
                        -EOPNOTSUPP,
                        "Cannot copy standard input to '%s': gantry extracts no archive; let the pod do so with 'gantry exec -i %.*s tar -xC …'",
                        pod, n, pod);
}

/* Which of them is in a pod? */
static int open_pod(const char *text, PodFiles *ret) {
        _cleanup_free_ char *name = strndup(text, copy_end_pod(text));
        return name ? pod_files_open(name, app, ret)
                    : log_error_errno(-ENOMEM, "Cannot copy '%s': %m", text);
}

static int run(int argc, char **argv) {
        _cleanup_pod_files_ PodFiles pod = POD_FILES_NULL;
        char **args;

        int r = cli_parse(&program, argc, argv, &args);
        if (r <= 0)
                return r;
        if (strv_length(args) != 2)
                return log_error_errno(-EINVAL, "What, and where to? See 'gantry cp --help'");

        size_t from_pod = copy_end_pod(args[0]), to_pod = copy_end_pod(args[1]);
        if ((from_pod > 0) == (to_pod > 0))
                return log_error_errno(
                                -EINVAL,
                                from_pod > 0 ? "Cannot copy from pod to pod; copy to the host, and from there"
                                             : "Cannot copy from the host to the host: one of the paths must be POD:PATH");

        if (streq(args[0], "-"))
                return refuse_archive(args[1]);

        CopyEnd from = { .path = from_pod > 0 ? args[0] + from_pod + 1 : args[0],
                         .pod = from_pod > 0 ? &pod : NULL };
        CopyEnd to = { .path = to_pod > 0 ? args[1] + to_pod + 1 : args[1],
                       .pod = to_pod > 0 ? &pod : NULL };
        if (streq(from.path, "") || streq(to.path, ""))
                return log_error_errno(
                                -EINVAL,
                                "Cannot copy '%s' to '%s': a path is empty; the current directory is '.', all of a pod '/'",
                                args[0], args[1]);

        r = open_pod(from_pod > 0 ? args[0] : args[1], &pod);
        return r < 0 ? r : run_ends(&from, &to);
}

int main(int argc, char **argv) {
        return cli_exit_status(run(argc, argv), EXIT_FAILURE);
}
