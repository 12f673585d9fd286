/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: `gantry status`.
 * Never: exits with anything but 0 for a pod it could find: the pod's state is text, not our status.
 * Follows: gantry-status(1). */

#include <stdio.h>

#include "basic/cli.h"
#include "basic/log.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "basic/table.h"
#include "pod-tool/facts.h"
#include "pod-tool/pod-tool.h"

static bool wait_end, wait_ready;

static const CliOption options[] = {
        { 0, "wait", NULL, "Wait until they have ended", cli_set_true, &wait_end },
        { 0, "wait-ready", NULL, "Wait until they are ready; fail if one ends", cli_set_true, &wait_ready },
        {},
};

static const CliProgram program = {
        .name = "gantry-status",
        .arguments = "[OPTION…] POD…",
        .summary = "Show pods: their state, apps, images, unit, and what they use.",
        .options = options,
        .common = CLI_ROOT | CLI_TABLE,
};

static const char *const headings[_FACT_MAX + 1] = {
        [FACT_NAME] = "NAME",
        [FACT_UUID] = "UUID",
        [FACT_STATE] = "STATE",
        [FACT_STATUS] = "STATUS",
        [FACT_APPS] = "APPS",
        [FACT_APP_STATES] = "APP STATES",
        [FACT_IMAGES] = "IMAGES",
        [FACT_STAGE1] = "STAGE1",
        [FACT_KERNEL] = "KERNEL",
        [FACT_MACHINE_MEMORY] = "MACHINE MEMORY",
        [FACT_VCPUS] = "VCPUS",
        [FACT_ACCELERATOR] = "ACCELERATOR",
        [FACT_STARTED] = "STARTED",
        [FACT_ENDED] = "ENDED",
        [FACT_RESULT] = "RESULT",
        [FACT_UNIT] = "UNIT",
        [FACT_UNIT_STATE] = "UNIT STATE",
        [FACT_LEADER] = "LEADER",
        [FACT_MEMORY] = "MEMORY",
        [FACT_MEMORY_PEAK] = "MEMORY PEAK",
        [FACT_MEMORY_MAX] = "MEMORY MAX",
        [FACT_CPU] = "CPU USEC",
        [FACT_CPU_QUOTA] = "CPU QUOTA",
        [FACT_TASKS] = "TASKS",
        [FACT_TASKS_MAX] = "TASKS MAX",
        [FACT_RESTARTS] = "RESTARTS",
        [FACT_SOCKETS] = "SOCKETS",
        [FACT_NETWORK] = "NETWORK",
        [FACT_ADDRESSES] = "ADDRESSES",
        [FACT_PORTS] = "PORTS",
        [FACT_RELAXED] = "RELAXED",
        [FACT_UIDS] = "UIDS",
        [FACT_LABEL] = "LABEL",
        [FACT_FILE_LABEL] = "FILE LABEL",
        [FACT_LABEL_MODE] = "LABEL MODE",
};

/* There may be none, and there is something to say all the same. */
static Manager *open_manager(void) {
        Manager *m = NULL;

        (void) manager_open(&m);
        return m;
}

static int wait_for(Manager *m, const PodDir *p, UnitMoment moment) {
        _cleanup_pod_unit_ PodUnit unit = {};
        _cleanup_free_ char *why = NULL;

        int r = m ? pod_unit_get(m, p, &unit, &why) : -ENOENT;
        if (r >= 0)
                r = unit_wait(m, unit.name, moment, UINT64_MAX, &why);
        if (r == -ENOENT) /* it does not run */
                r = moment == UNIT_READY ? -ECANCELED : 0;
        if (r == -ECANCELED)
                return log_error_errno(r, "Pod '%s' is not ready, and will not be: it is not running",
                                       p->name);
        if (r < 0)
                return log_error_errno(r, "Cannot wait for pod '%s': %s", p->name, why ? why : strerror(-r));

        return 0;
}

/* The pod as it is now, which is not where it was before it was waited for. */
static int find(Store *s, Manager *m, const char *name, PodDir *ret) {
        _cleanup_pod_dir_ PodDir p = { .fd = -EBADF };

        int r = pod_tool_find(s, name, &p);
        if (r >= 0 && wait_ready)
                r = wait_for(m, &p, UNIT_READY);
        if (r >= 0 && wait_end)
                r = wait_for(m, &p, UNIT_ENDED);
        if (r < 0)
                return r;

        r = pod_dir_open_any(store_pods_fd(s), p.uuid, ret);
        if (r < 0)
                return log_error_errno(r, "Cannot look at pod '%s': it has been removed", name);

        return 0;
}

static int show(Store *s, Manager *m, const char *name, Table *t, bool first) {
        _cleanup_pod_dir_ PodDir p = { .fd = -EBADF };
        _cleanup_facts_ Facts f = {};

        int r = find(s, m, name, &p);
        if (r < 0)
                return r;
        r = facts_collect(m, &p, &f);
        if (r < 0)
                return log_error_errno(r, "Cannot read pod '%s': %m", p.uuid);

        if (t)
                return table_add(t, (const char *const *) f.cells);
        if (!first)
                putchar('\n');
        return facts_print(&f);
}

static int show_all(Store *s, Manager *m, char *const *names) {
        static const Fact numbers[] = { FACT_LEADER,     FACT_MEMORY,   FACT_MEMORY_PEAK,
                                        FACT_MEMORY_MAX, FACT_CPU,      FACT_TASKS,
                                        FACT_TASKS_MAX,  FACT_RESTARTS, FACT_MACHINE_MEMORY,
                                        FACT_VCPUS };
        _cleanup_(table_freep) Table *t = cli_json == CLI_JSON_OFF ? NULL : table_new(headings);
        int result = 0;

        if (cli_json != CLI_JSON_OFF && !t)
                return -ENOMEM;
        for (size_t i = 0; t && i < ELEMENTSOF(numbers); i++)
                table_set_verbatim(t, numbers[i]);
        if (t)
                table_set_verbatim(t, FACT_APP_STATES);
        STRV_FOREACH(name, names) {
                int r = show(s, m, *name, t, name == names);
                result = MIN(result, r);
        }

        int r = t ? table_print(t) : 0;
        return MIN(result, r);
}

static int run(int argc, char **argv) {
        _cleanup_(store_closep) Store *s = NULL;
        _cleanup_(manager_closep) Manager *m = NULL;
        char **names;

        int r = cli_parse(&program, argc, argv, &names);
        if (r <= 0)
                return r;
        if (strv_length(names) == 0) {
                log_error("Which pod? Name at least one; see 'gantry list'");
                return -EINVAL;
        }

        r = pod_tool_open(&s);
        if (r < 0)
                return r;
        m = open_manager();

        return show_all(s, m, names);
}

int main(int argc, char **argv) {
        return cli_exit_status(run(argc, argv), EXIT_FAILURE);
}
