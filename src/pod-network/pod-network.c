/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: a pod's way into its networks and out of them, for its stage, and for who comes after it.
 * Never: stays when that is done.
 * Follows: pod-network(8); docs/ARCHITECTURE.md, "Networks". */

#include "basic/cli.h"
#include "basic/log.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "pod-network/steps.h"
#include "pod-network/wake.h"

static const CliProgram program = {
        .name = "pod-network",
        .arguments = "[OPTION…] join UUID NAMESPACE | leave UUID | renew",
        .summary = "Have a pod join its networks, or leave them; make again what pods have lost.",
        .common = CLI_ROOT,
};

static int renew(Store *store) {
        int r = wake_take();
        if (r < 0)
                return log_error_errno(
                                r,
                                "Cannot read from the socket by which the firewall's changes are heard: %m");

        return pods_renew(store);
}

static int do_for_one(Store *store, char *const *args) {
        _cleanup_pod_dir_ PodDir p = { .fd = -EBADF };

        int r = pod_dir_open_any(store_pods_fd(store), args[1], &p);
        if (r < 0)
                return log_error_errno(r, "Cannot open pod '%s': %m", args[1]);

        if (streq(args[0], "join"))
                return pod_join(store, &p, args[2]);

        r = pod_leave(&p);
        int k = names_update(store);
        if (k < 0)
                log_warning_errno(k, "Cannot tell other pods that '%s' has left: %m", p.name);
        return r;
}

/* How many words there are to be; 0: it is none of ours. */
static size_t words_of(const char *verb) {
        static const struct {
                const char *verb;
                size_t n;
        } verbs[] = { { "join", 3 }, { "leave", 2 }, { "renew", 1 } };

        for (size_t i = 0; i < ELEMENTSOF(verbs); i++)
                if (streq_ptr(verb, verbs[i].verb))
                        return verbs[i].n;

        return 0;
}

static int run(int argc, char **argv) {
        _cleanup_(store_closep) Store *store = NULL;
        char **args;

        int r = cli_parse(&program, argc, argv, &args);
        if (r <= 0)
                return r;
        size_t n = strv_length(args);
        if (n == 0 || n != words_of(args[0])) {
                log_error("What is it to do? Give 'join', a pod's UUID and a namespace, or 'leave' and a pod's UUID, or 'renew'");
                return -EINVAL;
        }

        r = store_open(cli_root, 0, &store);
        if (r < 0)
                return log_error_errno(r, "Cannot open the store '%s': %s", cli_root,
                                       store_strerror(cli_root, r).text);

        return streq(args[0], "renew") ? renew(store) : do_for_one(store, args);
}

int main(int argc, char **argv) {
        return cli_exit_status(run(argc, argv), EXIT_FAILURE);
}
