/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: `gantry run`: have the pod prepared, start its unit, follow it.
 * Never: stays between the pod and systemd: when this program ends early, the pod does not notice.
 * Follows: gantry-run(1); exit statuses of DESIGN.md section 2. */

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "basic/cli.h"
#include "basic/log.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "console/detach-keys.h"
#include "pod/init-config.h"
#include "run/attended.h"
#include "run/steps.h"
#include "run/unit.h"
#include "settings/settings-options.h"
#include "settings/settings-request.h"
#include "store/store.h"

static const char *detach_keys = DETACH_KEYS_DEFAULT, *pod_manifest;
static bool detach, remove_after;

static const CliOption options[] = {
        { 'd', "detach", NULL, "Print the pod's name and do not wait for its end", cli_set_true, &detach },
        { 0, "detach-keys", "KEYS", "Leave the terminal by these (ctrl-p,ctrl-q)", cli_set_string,
          &detach_keys },
        { 0, "pod-manifest", "FILE", "Run the pod of an appc pod manifest", cli_set_string, &pod_manifest },
        { 0, "rm", NULL, "Remove the pod when it has ended", cli_set_true, &remove_after },
        {},
};

static const CliProgram program = {
        .name = "gantry-run",
        .arguments = "[OPTION…] REF…|UUID [-- ARG…] [--- [OPTION…] REF… [-- ARG…]]…",
        .summary = "Start a pod as a systemd unit and follow it; its exit status is the pod's.",
        .options = options,
        .shared = pod_setting_options,
        .common = CLI_ROOT,
};

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

static int run_pod(const PodDir *p, int in) {
        _cleanup_(manager_closep) Manager *m = NULL;
        _cleanup_free_ char *unit = NULL, *why = NULL;

        int r = pod_dir_unit_name(p, &unit);
        if (r >= 0)
                r = manager_open(&m);
        if (r < 0)
                return log_error_errno(r, "Cannot reach systemd: %m");

        r = run_unit(m, p, unit, detach, in, &why);
        if (r == -EPROTO) { /* it ended before it was ready, and its exit status says how */
                if (detach) {
                        log_error("Cannot start pod '%s': it ended before it was ready; see 'journalctl -u %s'",
                                  p->name, unit);
                        (void) unit_stop(m, unit, NULL); /* Restart= is for what once ran */
                }
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

static int refuse_usage(const char *why) {
        log_error("%s", why);
        return -EINVAL;
}

/* Whether it is one that was prepared before. */
static bool is_prepared(const PodRequest *request) {
        return request->groups[0].images[0] && pod_uuid_is_valid(request->groups[0].images[0]);
}

static int check_usage(const PodRequest *request) {
        const PodGroup *g = &request->groups[0];

        if (!pod_manifest && !g->images[0])
                return refuse_usage("Which image or pod? See 'gantry run --help'");
        if (pod_manifest && (g->images[0] || request->n > 1))
                return refuse_usage("--pod-manifest= names the images; leave others out");
        if (detach && remove_after)
                return refuse_usage(
                                "--rm is of no use with --detach: nobody waits for the pod's end; gantry-gc removes it");
        if (is_prepared(request) && (g->images[1] || g->arguments || g->words || request->n > 1))
                return refuse_usage(
                                "A prepared pod runs as it was prepared; give settings and arguments to 'gantry prepare'");
        if (geteuid() != 0)
                return log_error_errno(-EPERM,
                                       "Cannot run pods: root privilege is needed; try 'sudo gantry run …'");

        return 0;
}

static int run_found(Store *s, const PodDir *p, bool made) {
        bool attended = false;

        int r = detach ? 0 : attended_is_wanted(p, &attended);
        if (r >= 0)
                r = attended ? attended_run(p, detach_keys, run_pod) : run_pod(p, /* in= */ -EBADF);
        if ((made && r != 0) || remove_after) /* nobody else knows of a pod that could not be started */
                discard(s, p->uuid, remove_after);

        return r;
}

static int run(int argc, char **argv) {
        _cleanup_(store_closep) Store *s = NULL;
        _cleanup_pod_dir_ PodDir p = { .fd = -EBADF };
        _cleanup_pod_request_ PodRequest request = {};
        _cleanup_free_ char *made = NULL;

        int r = pod_request_parse(&program, argc, argv, &request);
        if (r <= 0)
                return r;
        r = check_usage(&request);
        if (r < 0)
                return r;

        if (!is_prepared(&request))
                r = step_prepare(&request, pod_manifest, &made);
        if (r < 0)
                return r;

        r = store_open(cli_root, 0, &s);
        if (r < 0)
                return log_error_errno(r, "Cannot open the store '%s': %s", cli_root,
                                       store_strerror(cli_root, r).text);
        r = cli_confine(CONFINE_RUN, store_root_fd(s)); /* what prepares the pod is in cages of its own */
        if (r >= 0)
                r = find_pod(s, made ? made : request.groups[0].images[0], &p);

        return r < 0 ? r : run_found(s, &p, made);
}

int main(int argc, char **argv) {
        return cli_exit_status(run(argc, argv), EXIT_GANTRY);
}
