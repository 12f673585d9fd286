/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: `gantry rm`.
 * Never: removes a pod that somebody is alive in, or that systemd is about to start.
 * Follows: gantry-rm(1). */

#include "basic/cli.h"
#include "basic/log.h"
#include "basic/str.h"
#include "network/leave.h"
#include "pod-tool/pod-tool.h"
#include "unit/pod-unit.h"

static bool force;

static const CliOption options[] = {
        { 'f', "force", NULL, "Kill what runs, instead of refusing to remove it", cli_set_true, &force },
        {},
};

static const CliProgram program = {
        .name = "gantry-rm",
        .arguments = "[OPTION…] POD…",
        .summary = "Remove pods that have ended or were never started.",
        .options = options,
        .common = CLI_ROOT,
};

static int refuse_running(const char *name, const char *state) {
        return log_error_errno(-EBUSY, "Cannot remove pod '%s': it is %s; use 'gantry stop %s' first", name,
                               state, name);
}

/* A pod that has ended may have a unit that starts it again: by Restart=, or by its socket. Without a manager nobody does. */
static int end_unit(const PodDir *p, const char *name) {
        _cleanup_(manager_closep) Manager *m = NULL;
        _cleanup_pod_unit_ PodUnit unit = {};
        _cleanup_free_ char *why = NULL;

        if (manager_open(&m) < 0)
                return 0;
        int r = pod_unit_get(m, p, &unit, &why);
        if (r == -ENOENT || (r >= 0 && !pod_unit_needs_pod(&unit)))
                return 0;
        if (r >= 0 && !force)
                return refuse_running(name, pod_unit_needs_pod(&unit));
        if (r >= 0)
                r = pod_unit_stop(m, &unit, /* force= */ true, &why);
        if (r >= 0)
                r = pod_unit_wait_end(m, &unit, UINT64_MAX, &why);
        if (r < 0)
                return log_error_errno(r, "Cannot stop pod '%s': %s", name, why ? why : strerror(-r));

        return 0;
}

/* Whoever else has locked it may be about to take it to another phase. One that is being removed is waited for: it may be done, or
 * have to be ended for somebody who was killed. */
static int lock(int pods_fd, const char *uuid, const char *name, PodDir *ret) {
        for (unsigned tries = 0;; tries++) {
                _cleanup_pod_dir_ PodDir p = { .fd = -EBADF };

                int r = pod_dir_open_any(pods_fd, uuid, &p);
                if (r >= 0)
                        r = p.phase == POD_GARBAGE ? pod_dir_wait_lock(&p) : pod_dir_lock(&p);
                if (r == -EWOULDBLOCK && p.phase != POD_RUNNING && tries < 10)
                        continue;
                if (r == -EWOULDBLOCK)
                        return refuse_running(name, pod_phase_name(p.phase));
                if (r < 0)
                        return r == -ENOENT ? r : log_error_errno(r, "Cannot lock pod '%s': %m", name);

                *ret = p;
                p = (PodDir) { .fd = -EBADF };
                return 0;
        }
}

static int rm(Store *s, const char *name) {
        _cleanup_pod_dir_ PodDir found = { .fd = -EBADF }, p = { .fd = -EBADF };

        int r = pod_tool_find(s, name, &found);
        if (r >= 0)
                r = end_unit(&found, name);
        if (r < 0)
                return r;

        r = lock(store_pods_fd(s), found.uuid, name, &p); /* its end has moved it */
        if (r < 0)
                return r == -ENOENT ? 0 : r;

        (void) network_leave(cli_root, &p); /* says what fails; that must not keep the pod */
        r = pod_dir_remove(store_pods_fd(s), &p);
        if (r < 0 && r != -ENOENT)
                return log_error_errno(r, "Cannot remove pod '%s': %m", name);

        return 0;
}

static int run(int argc, char **argv) {
        char **names;

        int r = cli_parse(&program, argc, argv, &names);
        return r <= 0 ? r : pod_tool_each(names, rm);
}

int main(int argc, char **argv) {
        return cli_exit_status(run(argc, argv), EXIT_FAILURE);
}
