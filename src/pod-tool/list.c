/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: `gantry list`.
 * Never: asks anyone but the pods' directories.
 * Follows: gantry-list(1). */

#include "basic/cli.h"
#include "basic/log.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "basic/table.h"
#include "pod-tool/describe.h"
#include "pod-tool/pod-tool.h"

static char **states;

static int add_state(const char *value, void *target) {
        for (PodPhase phase = 0; phase < POD_GARBAGE; phase++)
                if (streq(value, pod_phase_name(phase)))
                        return cli_add_string(value, target);

        return -EINVAL;
}

static const CliOption options[] = {
        { 0, "state", "STATE", "Only preparing, prepared, running or exited pods", add_state, &states },
        {},
};

static const CliProgram program = {
        .name = "gantry-list",
        .arguments = "[OPTION…]",
        .summary = "List pods.",
        .options = options,
        .common = CLI_ROOT | CLI_TABLE,
};

static int add_row(Table *t, const PodDir *p) {
        _cleanup_(description_done) Description d = {};

        int r = pod_describe(p, &d);
        if (r < 0) /* one bad pod must not hide the others */
                log_warning_errno(r, "Cannot read pod '%s', ignoring: %m", p->uuid);

        return table_add(t, (const char *[]) { p->name, r < 0 ? "damaged" : d.state, d.age, d.n_apps,
                                               d.images, d.started, p->uuid });
}

static bool is_wanted(const PodDir *p) {
        return p->phase != POD_GARBAGE &&
               (!states || strv_contains(states, pod_phase_name(pod_dir_phase_now(p))));
}

static int compare_names(const void *a, const void *b) {
        const PodDir *x = a, *y = b;
        int k = strcmp(x->name ? x->name : "", y->name ? y->name : "");

        return k != 0 ? k : strcmp(x->uuid, y->uuid);
}

static int run(int argc, char **argv) {
        static const char *const headings[] = { "NAME",  "STATE",   "AGE",  "APPS",
                                                "IMAGE", "STARTED", "UUID", NULL };
        _cleanup_(store_closep) Store *s = NULL;
        _cleanup_(table_freep) Table *t = NULL;
        PodDir *list = NULL;
        size_t n = 0;
        char **arguments;

        int r = cli_parse(&program, argc, argv, &arguments);
        if (r <= 0)
                return r;
        if (strv_length(arguments) > 0) {
                log_error("No argument is wanted; see 'gantry list --help'");
                return -EINVAL;
        }

        r = pod_tool_open(&s);
        if (r < 0)
                return r;
        r = pod_dir_list(store_pods_fd(s), &list, &n);
        if (r < 0)
                return log_error_errno(r, "Cannot list pods: %m");

        if (n > 0)
                qsort(list, n, sizeof(PodDir), compare_names);
        t = table_new(headings);
        if (t)
                table_set_verbatim(t, 3);
        r = t ? 0 : -ENOMEM;
        for (size_t i = 0; i < n && r >= 0; i++)
                if (is_wanted(&list[i]))
                        r = add_row(t, &list[i]);
        pod_dirs_free(list, n);

        return r < 0 ? r : table_print(t);
}

int main(int argc, char **argv) {
        return cli_exit_status(run(argc, argv), EXIT_FAILURE);
}
