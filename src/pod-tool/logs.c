/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: `gantry logs`: which entries of the host's journal are a pod's.
 * Never: keeps logs; journalctl shows them.
 * Follows: gantry-logs(1), journalctl(1). */

#include <unistd.h>

#include "basic/cli.h"
#include "basic/log.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "pod-tool/pod-tool.h"
#include "pod/annotation-list.h"
#include "pod/annotations.h"
#include "pod/pod-manifest.h"

static bool follow;
static const char *lines, *since, *until, *app, *priority, *output = "cat";

static const CliOption options[] = {
        { 'f', "follow", NULL, "Go on showing what is printed", cli_set_true, &follow },
        { 'n', "lines", "N", "Show the last N lines only", cli_set_string, &lines },
        { 0, "since", "TIME", "Show what is newer; see systemd.time(7)", cli_set_string, &since },
        { 0, "until", "TIME", "Show what is older; see systemd.time(7)", cli_set_string, &until },
        { 'p', "priority", "LEVEL", "Show what is as urgent: emerg … debug, 0 … 7", cli_set_string,
          &priority },
        { 'o', "output", "FORMAT", "As journalctl prints it: cat (default), short, …", cli_set_string,
          &output },
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

/* Fields that a pod can set itself count only together with those that journald sets. */
static int add_matches(char ***argv, const char *field, const char *id, const char *unit,
                       char *const *apps) {
        int r = strv_addf(argv, "%s=%s", field, id);
        if (r >= 0)
                r = strv_addf(argv, "_SYSTEMD_UNIT=%s", unit);
        STRV_FOREACH(a, apps)
                if (r >= 0)
                        r = strv_addf(argv, "SYSLOG_IDENTIFIER=%s", *a);

        return r;
}

/* Of this very pod, not of an earlier one of its name: all that has its UUID, and its last run, if its unit does not say the UUID. */
static int add_pod(char ***argv, const PodDir *p, char *const *apps) {
        _cleanup_free_ char *unit = NULL, *invocation = NULL;

        int r = pod_dir_read(p, "invocation", &invocation);
        if (r >= 0)
                r = pod_dir_unit_name(p, &unit);
        if (r >= 0)
                r = add_matches(argv, "POD_UUID", p->uuid, unit, apps);
        if (r >= 0)
                r = strv_add(argv, "+");
        if (r >= 0)
                r = add_matches(argv, "_SYSTEMD_INVOCATION_ID", invocation, unit, apps);

        return r;
}

/* Where the journal of its unit is, if it is not the host's: the property that was set last. */
static int add_namespace(char ***argv, const PodDir *p) {
        _cleanup_(appc_pod_freep) AppcPod *manifest = NULL;
        _cleanup_strv_ char **properties = NULL;
        const char *name = NULL;

        int r = pod_manifest_read(p, &manifest, NULL);
        if (r >= 0)
                r = annotation_list(&manifest->annotations, ANNOTATION_UNIT_PROPERTIES, &properties);
        if (r < 0)
                return r;
        STRV_FOREACH(property, properties)
                if (startswith(*property, "LogNamespace="))
                        name = startswith(*property, "LogNamespace=");

        return name && *name ? strv_addf(argv, "--namespace=%s", name) : 0;
}

static int add_option(char ***argv, const char *option, const char *value) {
        return value ? strv_addf(argv, "--%s=%s", option, value) : 0;
}

static int journalctl_argv(const PodDir *p, char *const *apps, char ***ret) {
        _cleanup_strv_ char **argv = NULL;

        int r = strv_add_all(&argv, (char *[]) { (char *) "journalctl", (char *) "--quiet",
                                                 (char *) "--no-pager", NULL });
        if (r >= 0)
                r = add_option(&argv, "output", output);
        if (r >= 0 && follow)
                r = strv_add(&argv, "--follow");
        if (r >= 0)
                r = add_option(&argv, "lines", lines ? lines : follow ? "all" : NULL);
        if (r >= 0)
                r = add_option(&argv, "since", since);
        if (r >= 0)
                r = add_option(&argv, "until", until);
        if (r >= 0)
                r = add_option(&argv, "priority", priority);
        if (r >= 0)
                r = add_namespace(&argv, p);
        if (r >= 0)
                r = add_pod(&argv, p, apps);
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
