/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: `gantry list`.
 * Never: asks anyone but the pods' directories.
 * Follows: gantry-list(1). */

#include <string.h>

#include "basic/cli.h"
#include "basic/log.h"
#include "basic/strv.h"
#include "basic/table.h"
#include "pod-tool/describe.h"
#include "pod-tool/pod-tool.h"

static const CliProgram program = {
        .name = "gantry-list",
        .arguments = "[OPTION…]",
        .summary = "List pods.",
        .common = CLI_ROOT | CLI_TABLE,
};

static int add_row(Table *t, const PodDir *p) {
        _cleanup_(description_done) Description d = {};

        int r = pod_describe(p, &d);
        if (r < 0) /* one bad pod must not hide the others */
                log_warning_errno(r, "Cannot read pod '%s', ignoring: %m", p->uuid);

        return table_add(t, (const char *[]) { p->name, r < 0 ? "damaged" : d.state, d.images, d.started,
                                               p->uuid });
}

static int compare_names(const void *a, const void *b) {
        const PodDir *x = a, *y = b;
        int k = strcmp(x->name ? x->name : "", y->name ? y->name : "");

        return k != 0 ? k : strcmp(x->uuid, y->uuid);
}

static int run(int argc, char **argv) {
        static const char *const headings[] = { "NAME", "STATE", "IMAGE", "STARTED", "UUID", NULL };
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
        r = t ? 0 : -ENOMEM;
        for (size_t i = 0; i < n && r >= 0; i++)
                if (list[i].phase != POD_GARBAGE)
                        r = add_row(t, &list[i]);
        pod_dirs_free(list, n);

        return r < 0 ? r : table_print(t);
}

int main(int argc, char **argv) {
        return cli_exit_status(run(argc, argv), EXIT_FAILURE);
}
