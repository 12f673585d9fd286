/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: `gantry run`: fetch if missing, verify, prepare, start the unit, follow it.
 * Never: stays between the pod and systemd: when this program ends early, the pod does not notice.
 * Follows: gantry-run(1); exit statuses of DESIGN.md section 2. */

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "basic/cli.h"
#include "basic/fd.h"
#include "basic/log.h"
#include "basic/process.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "pod/init-config.h"
#include "pod/pod-dir.h"
#include "pull/pull.h"
#include "run/steps.h"
#include "store/store.h"
#include "unit/manager.h"

#define STOP_GRACE_USEC (10 * 1000000ULL) /* what podman and docker give */

static char **prepare_options;
static PullMode pull_mode;
static bool detach, remove_after;

static int set_name(const char *value, void *target) {
        return strv_addf(target, "--name=%s", value);
}

static int set_network(const char *value, void *target) {
        return strv_addf(target, "--net=%s", value);
}

static int set_read_only(const char *value, void *target) {
        return strv_add(target, "--read-only");
}

static const CliOption options[] = {
        { 'd', "detach", NULL, "Print the pod's name and do not wait for its end", cli_set_true, &detach },
        { 0, "name", "NAME", "Name of the pod and its machine", set_name, &prepare_options },
        { 0, "net", "MODE", "Network: none (default) or host", set_network, &prepare_options },
        { 0, "pull", "WHEN", "Fetch it if missing (default), always or never", pull_set_mode, &pull_mode },
        { 0, "read-only", NULL, "Mount the image's root read-only", set_read_only, &prepare_options },
        { 0, "rm", NULL, "Remove the pod when it has ended", cli_set_true, &remove_after },
        {},
};

static const CliProgram program = {
        .name = "gantry-run",
        .arguments = "[OPTION…] REF|UUID [-- ARG…]",
        .summary = "Start a pod as a systemd unit and follow it; its exit status is the app's.",
        .options = options,
        .common = CLI_ROOT,
};

static int make_pod(const char *reference, char *const *arguments, char **ret_uuid) {
        _cleanup_free_ char *image = NULL;

        int r = pull_image(reference, pull_mode, &image);
        if (r >= 0)
                r = step_verify(image);
        if (r >= 0)
                r = step_prepare(prepare_options, image, arguments, ret_uuid);

        return r;
}

/* One of the unit's commands: a program of ours, the store, the pod. */
static int make_command(const char *name, const char *uuid, char ***ret) {
        _cleanup_free_ char *path = NULL;
        _cleanup_strv_ char **argv = NULL;

        int r = program_path(name, &path);
        if (r >= 0)
                r = strv_add(&argv, path);
        if (r >= 0)
                r = strv_addf(&argv, "--root=%s", cli_root);
        if (r >= 0)
                r = strv_add(&argv, uuid);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(argv);
        return 0;
}

static int start(Manager *m, const PodDir *p, const char *unit, char **reterr_why) {
        _cleanup_free_ char *directory = NULL, *description = NULL;
        _cleanup_strv_ char **exec_start = NULL, **exec_stop_post = NULL;

        int r = make_command("stage1-nspawn", p->uuid, &exec_start);
        if (r >= 0)
                r = make_command("pod-exit", p->uuid, &exec_stop_post);
        if (r >= 0) /* stage1 moves the pod on; then ExecStopPost= must not mind */
                r = str_printf(&directory, "-%s/pods/prepared/%s", cli_root, p->uuid);
        if (r >= 0)
                r = str_printf(&description, "Pod %s", p->name);
        if (r < 0)
                return r;

        return unit_start(m,
                          &(UnitSpec) {
                                          .name = unit,
                                          .description = description,
                                          .working_directory = directory,
                                          .syslog_identifier = "gantry",
                                          .exec_start = exec_start,
                                          .exec_stop_post = exec_stop_post,
                                          .in = detach ? -EBADF : STDIN_FILENO,
                                          .out = detach ? -EBADF : STDOUT_FILENO,
                                          .err = detach ? -EBADF : STDERR_FILENO,
                                          .stop_timeout_usec = STOP_GRACE_USEC,
                          },
                          reterr_why);
}

static int exit_status_of(const UnitResult *result) {
        if (result->main_code == CLD_EXITED)
                return result->main_status;
        if (result->main_code == CLD_KILLED || result->main_code == CLD_DUMPED)
                return 128 + result->main_status;

        return EXIT_GANTRY;
}

/* Waits for the end and returns the pod's exit status. */
static int follow(Manager *m, const char *unit) {
        _cleanup_(unit_result_done) UnitResult result = {};
        _cleanup_free_ char *why = NULL;

        int r = unit_follow(m, unit, &result, &why);
        if (r < 0)
                return log_error_errno(r, "Cannot follow unit '%s': %s", unit, why ? why : strerror(-r));

        return exit_status_of(&result);
}

/* A pod that could not be started, or that nobody wants to look at again. */
static void discard(Store *s, const char *uuid, bool also_ended) {
        static const PodPhase phases[] = { POD_PREPARED, POD_RUNNING, POD_EXITED };

        for (size_t i = 0; i < (also_ended ? ELEMENTSOF(phases) : 1); i++) {
                _cleanup_pod_dir_ PodDir p = { .fd = -EBADF };

                if (pod_dir_open(store_pods_fd(s), phases[i], uuid, &p) >= 0 && pod_dir_lock(&p) >= 0)
                        (void) pod_dir_remove(store_pods_fd(s), &p);
        }
}

static int run_pod(Store *s, const PodDir *p) {
        _cleanup_(manager_closep) Manager *m = NULL;
        _cleanup_free_ char *unit = NULL, *why = NULL;

        int r = pod_dir_unit_name(p, &unit);
        if (r >= 0)
                r = manager_open(&m);
        if (r < 0)
                return log_error_errno(r, "Cannot reach systemd: %m");

        r = start(m, p, unit, &why);
        if (r == -EPROTO) { /* it ended before it was ready, and its exit status says how */
                if (detach)
                        log_error("Cannot start pod '%s': it ended before it was ready; see 'journalctl -u %s'",
                                  p->name, unit);
                return follow(m, unit);
        }
        if (r < 0)
                return log_error_errno(r, "Cannot start unit '%s': %s", unit, why ? why : strerror(-r));
        if (!detach)
                return follow(m, unit);

        return puts(p->name) == EOF || fflush(stdout) == EOF ? -EIO : 0;
}

static int find_pod(Store *s, const char *uuid, PodDir *ret) {
        int r = pod_dir_open(store_pods_fd(s), POD_PREPARED, uuid, ret);
        if (r < 0)
                return log_error_errno(r, "Cannot run pod '%s': no prepared pod has this UUID", uuid);

        return 0;
}

static int run(int argc, char **argv) {
        _cleanup_(store_closep) Store *s = NULL;
        _cleanup_pod_dir_ PodDir p = { .fd = -EBADF };
        _cleanup_free_ char *made = NULL;
        char **args;

        int r = cli_parse(&program, argc, argv, &args);
        if (r <= 0)
                return r;
        bool several = args[0] && args[1] && !streq(args[1], "--");
        if (!args[0] || several) {
                log_error("%s",
                          several ? "Several apps in one pod are not supported yet; arguments for the app follow '--'"
                                  : "Which image or pod? See 'gantry run --help'");
                return -EINVAL;
        }
        if (detach && remove_after) {
                log_error("--rm is of no use with --detach: nobody waits for the pod's end; gantry-gc removes it");
                return -EINVAL;
        }
        if (pod_uuid_is_valid(args[0]) && (args[1] || prepare_options)) {
                log_error("A prepared pod runs as it was prepared; give names, networks and arguments to 'gantry prepare'");
                return -EINVAL;
        }
        if (geteuid() != 0)
                return log_error_errno(-EPERM,
                                       "Cannot run pods: root privilege is needed; try 'sudo gantry run …'");

        if (!pod_uuid_is_valid(args[0])) {
                r = make_pod(args[0], args[1] ? args + 2 : NULL, &made);
                if (r < 0)
                        return r;
        }

        r = store_open(cli_root, 0, &s);
        if (r < 0)
                return log_error_errno(r, "Cannot open the store '%s': %m", cli_root);
        r = find_pod(s, made ? made : args[0], &p);
        if (r < 0)
                return r;

        r = run_pod(s, &p);
        if (made || remove_after) /* nobody else knows of a pod that could not be started */
                discard(s, p.uuid, remove_after);

        return r;
}

int main(int argc, char **argv) {
        return cli_exit_status(run(argc, argv), EXIT_GANTRY);
}
