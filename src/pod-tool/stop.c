/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: `gantry stop`.
 * Never: removes anything of a pod; lets one pod wait for another.
 * Follows: gantry-stop(1). */

#include "basic/amount.h"
#include "basic/cli.h"
#include "basic/clock.h"
#include "basic/log.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "pod-tool/control-app.h"
#include "pod-tool/pod-tool.h"
#include "unit/pod-unit.h"

static const char *app;
static bool force;
static uint64_t timeout_usec = UINT64_MAX;

static int set_span(const char *value, void *target) {
        return span_parse_usec(value, target);
}

static const CliOption options[] = {
        { 0, "app", "APP", "Stop this app only, of a pod that has several", cli_set_string, &app },
        { 'f', "force", NULL, "Kill at once instead of asking first", cli_set_true, &force },
        { 't', "timeout", "TIME", "Kill what has not ended after this time", set_span, &timeout_usec },
        {},
};

static const CliProgram program = {
        .name = "gantry-stop",
        .arguments = "[OPTION…] POD…",
        .summary = "Stop pods: their stop signal, their grace, then SIGKILL.",
        .options = options,
        .common = CLI_ROOT,
};

/* Returns 1 if the pod is ending now. */
static int begin(Store *s, Manager *m, const char *name, PodUnit *ret) {
        _cleanup_pod_unit_ PodUnit unit = {};
        _cleanup_pod_dir_ PodDir p = { .fd = -EBADF };
        _cleanup_free_ char *why = NULL;

        int r = pod_tool_find(s, name, &p);
        if (r < 0)
                return r;
        r = pod_unit_get(m, &p, &unit, &why);
        if (r == -ENOENT || (r >= 0 && !pod_unit_describe(&unit))) {
                log_info("Pod '%s' is not running", name);
                return 0;
        }
        if (r >= 0)
                r = pod_unit_stop(m, &unit, force, &why);
        if (r < 0)
                return log_error_errno(r, "Cannot stop pod '%s': %s", name, why ? why : strerror(-r));

        *ret = unit;
        unit = (PodUnit) {};
        return 1;
}

static int finish(Manager *m, const char *name, const PodUnit *unit, uint64_t left_usec) {
        _cleanup_free_ char *why = NULL;

        int r = pod_unit_wait_end(m, unit, left_usec, &why);
        if (r < 0)
                return log_error_errno(r, "Cannot see the end of pod '%s': %s", name,
                                       why ? why : strerror(-r));

        return 0;
}

/* All are asked before one is waited for. */
static int stop_all(Store *s, Manager *m, char *const *names) {
        size_t n = strv_length(names);
        uint64_t begun = now_usec(CLOCK_MONOTONIC);
        int result = 0;

        PodUnit *units = calloc(n, sizeof(PodUnit));
        if (!units)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++) {
                int r = begin(s, m, names[i], &units[i]);
                result = MIN(result, r);
        }
        for (size_t i = 0; i < n; i++) {
                uint64_t passed = now_usec(CLOCK_MONOTONIC) - begun;

                if (units[i].name) {
                        int r = finish(m, names[i], &units[i],
                                       timeout_usec == UINT64_MAX
                                                       ? UINT64_MAX
                                                       : timeout_usec - MIN(timeout_usec, passed));
                        result = MIN(result, r);
                }
                pod_unit_done(&units[i]);
        }

        free(units);
        return result;
}

static int run(int argc, char **argv) {
        _cleanup_(manager_closep) Manager *m = NULL;
        _cleanup_(store_closep) Store *s = NULL;
        char **names;

        int r = cli_parse(&program, argc, argv, &names);
        if (r <= 0)
                return r;
        if (app && (force || timeout_usec != UINT64_MAX))
                return log_error_errno(
                                -EINVAL,
                                "--app= goes with neither --force nor --timeout=: an app has what its pod says");
        if (app)
                return control_app(names, app, CONTROL_STOP);
        if (strv_length(names) == 0) {
                log_error("Which pod? Name at least one; see 'gantry list'");
                return -EINVAL;
        }

        r = pod_tool_open(&s);
        if (r < 0)
                return r;
        r = manager_open(&m);
        if (r < 0)
                return log_error_errno(r, "Cannot reach systemd: %m");

        return stop_all(s, m, names);
}

int main(int argc, char **argv) {
        return cli_exit_status(run(argc, argv), EXIT_FAILURE);
}
