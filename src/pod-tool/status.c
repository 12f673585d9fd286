/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: `gantry status`.
 * Never: exits with anything but 0 for a pod it could find: the pod's state is text, not our status.
 * Follows: gantry-status(1). */

#include <stdio.h>

#include "basic/cli.h"
#include "basic/log.h"
#include "basic/table.h"
#include "pod-tool/describe.h"
#include "pod-tool/pod-tool.h"
#include "unit/manager.h"

static const CliProgram program = {
        .name = "gantry-status",
        .arguments = "[OPTION…] POD",
        .summary = "Show one pod: its state, apps, images, unit, leader process and user ids.",
        .common = CLI_ROOT | CLI_TABLE,
};

/* The pod's first process as the host sees it, or "" when it does not run. */
static void find_leader(const PodDir *p, char ret[16]) {
        _cleanup_(manager_closep) Manager *m = NULL;
        pid_t pid;

        ret[0] = '\0';
        if (pod_dir_phase_now(p) == POD_RUNNING && manager_open(&m) >= 0 &&
            machine_leader(m, p->name, &pid, NULL) >= 0)
                (void) snprintf(ret, 16, "%d", pid);
}

static int show(const PodDir *p) {
        static const char *const headings[] = { "NAME",  "UUID", "STATE",  "APPS", "IMAGES", "STARTED",
                                                "ENDED", "UNIT", "LEADER", "UIDS", NULL };
        static const char *const labels[] = { "Name",    "UUID",  "State", "Apps",   "Images",
                                              "Started", "Ended", "Unit",  "Leader", "UIDs" };
        _cleanup_(description_done) Description d = {};
        _cleanup_(table_freep) Table *t = NULL;
        _cleanup_free_ char *unit = NULL;
        char leader[16];

        int r = pod_describe(p, &d);
        if (r >= 0)
                r = pod_dir_unit_name(p, &unit);
        if (r < 0)
                return log_error_errno(r, "Cannot read pod '%s': %m", p->uuid);
        find_leader(p, leader);

        const char *cells[] = { p->name, p->uuid,  d.state,
                                d.apps,  d.images, d.started,
                                d.ended, unit,     leader[0] ? leader : NULL,
                                d.uids };
        if (cli_json == CLI_JSON_OFF) {
                for (size_t i = 0; headings[i]; i++)
                        if (cells[i])
                                printf("%8s: %s\n", labels[i], cells[i]);
                return fflush(stdout) == EOF ? -errno : 0;
        }

        t = table_new(headings);
        r = t ? table_add(t, cells) : -ENOMEM;
        return r < 0 ? r : table_print(t);
}

static int run(int argc, char **argv) {
        _cleanup_pod_dir_ PodDir p = { .fd = -EBADF };
        char **names;

        int r = cli_parse(&program, argc, argv, &names);
        if (r <= 0)
                return r;
        r = pod_tool_one(names, &p);

        return r < 0 ? r : show(&p);
}

int main(int argc, char **argv) {
        return cli_exit_status(run(argc, argv), EXIT_FAILURE);
}
