/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: `gantry logs`: which entries of the host's journal are a pod's.
 * Never: keeps logs; journalctl shows them.
 * Follows: gantry-logs(1), journalctl(1). */

#include <unistd.h>

#include "basic/cli.h"
#include "basic/log.h"
#include "basic/strv.h"
#include "pod-tool/pod-tool.h"

static bool follow;
static const char *lines, *since, *app;

static const CliOption options[] = {
        { 'f', "follow", NULL, "Go on showing what is printed", cli_set_true, &follow },
        { 'n', "lines", "N", "Show the last N lines only", cli_set_string, &lines },
        { 0, "since", "TIME", "Show what is newer; see systemd.time(7)", cli_set_string, &since },
        { 0, "app", "APP", "Show this app of the pod only", cli_set_string, &app },
        {},
};

static const CliProgram program = {
        .name = "gantry-logs",
        .arguments = "[OPTION…] POD",
        .summary = "Show what the apps of a pod printed, also after their end.",
        .options = options,
        .common = CLI_ROOT,
};

static int journalctl_argv(const PodDir *p, char *const *apps, char ***ret) {
        _cleanup_strv_ char **argv = NULL;
        _cleanup_free_ char *invocation = NULL;

        /* Of this very pod, not of an earlier one of its name. */
        int r = pod_dir_read(p, "invocation", &invocation);
        if (r >= 0)
                r = strv_add_all(&argv, (char *[]) { (char *) "journalctl", (char *) "--quiet",
                                                     (char *) "--no-pager", (char *) "--output=cat", NULL });
        if (r >= 0)
                r = strv_addf(&argv, "_SYSTEMD_INVOCATION_ID=%s", invocation);
        STRV_FOREACH(a, apps)
                if (r >= 0)
                        r = strv_addf(&argv, "SYSLOG_IDENTIFIER=%s", *a);
        if (r >= 0 && follow)
                r = strv_add(&argv, "--follow");
        if (r >= 0 && (lines || follow))
                r = strv_addf(&argv, "--lines=%s", lines ? lines : "all");
        if (r >= 0 && since)
                r = strv_addf(&argv, "--since=%s", since);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(argv);
        return 0;
}

static int run(int argc, char **argv) {
        _cleanup_pod_dir_ PodDir p = { .fd = -EBADF };
        _cleanup_strv_ char **apps = NULL, **journalctl = NULL;
        char **names;

        int r = cli_parse(&program, argc, argv, &names);
        if (r <= 0)
                return r;
        r = pod_tool_one(names, &p);
        if (r < 0)
                return r;

        r = pod_tool_apps(&p, &apps);
        if (r < 0)
                return log_error_errno(r, "Cannot read the manifest of pod '%s': %m", names[0]);
        if (app && !strv_contains(apps, app)) {
                log_error("Cannot show logs of '%s': pod '%s' has no such app", app, names[0]);
                return -ENOENT;
        }

        r = journalctl_argv(&p, app ? (char *[]) { (char *) app, NULL } : apps, &journalctl);
        if (r == -ENOENT)
                return log_error_errno(r, "Cannot show logs of pod '%s': it has never been started",
                                       names[0]);
        if (r < 0)
                return log_error_errno(r, "Cannot show logs of pod '%s': %m", names[0]);

        execvp(journalctl[0], journalctl);
        return log_error_errno(errno, "Cannot execute journalctl: %m");
}

int main(int argc, char **argv) {
        return cli_exit_status(run(argc, argv), EXIT_FAILURE);
}
