/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: a pod's network namespace, and the wait for the networks it is to be in.
 * Never: runs a plugin; takes the pod out of a network: pod-exit sees to that, who comes also when the stage was killed.
 * Follows: docs/ARCHITECTURE.md, "Networks". */

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "basic/cli.h"
#include "basic/fd.h"
#include "basic/log.h"
#include "basic/process.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "network/namespace.h"
#include "pod/pod-networks.h"
#include "stage/network.h"

int network_open(Stage *s) {
        _cleanup_strv_ char **networks = NULL;
        _cleanup_free_ char *why = NULL;

        int r = pod_networks(s->manifest, &networks);
        if (r < 0)
                return log_error_errno(r, "Cannot read the networks of pod '%s': %m", s->pod.name);
        s->n_networks = strv_length(networks);
        if (s->n_networks == 0)
                return 0;

        /* Parameters are for the kernel that runs the apps. */
        s->network_fd = namespace_make(s->vm ? NULL : s->manifest, &why);
        if (s->network_fd < 0)
                return log_error_errno(s->network_fd, "Cannot make a network namespace for pod '%s': %s",
                                       s->pod.name, why ? why : strerror(-s->network_fd));

        return 0;
}

int network_begin(Stage *s) {
        _cleanup_free_ char *namespace = NULL;
        _cleanup_strv_ char **argv = NULL;

        if (!pod_has_networks(s->manifest))
                return 0;

        int r = str_printf(&namespace, "/proc/%d/fd/%d", getpid(), s->network_fd);
        if (r >= 0)
                r = program_command(&argv, "pod-network", cli_root, "join", s->pod.uuid, namespace, NULL);
        if (r >= 0)
                r = process_spawn(
                                &(Spawn) {
                                                .argv = argv,
                                                .in = -EBADF,
                                                .out = STDERR_FILENO,
                                                .err = -EBADF,
                                },
                                &s->network_helper);
        if (r < 0)
                return log_error_errno(r, "Cannot run pod-network for pod '%s': %m", s->pod.name);

        return 0;
}

int network_hear(Stage *s) {
        _cleanup_free_ char *why = NULL;

        if (s->network_helper <= 0)
                return 0;

        int r = process_wait(s->network_helper);
        s->network_helper = 0;
        if (r > 0)
                return -EREMOTEIO; /* it has said why */
        if (r >= 0)
                r = pod_network_read(s->pod.fd, &s->network, &why);
        if (r < 0)
                return log_error_errno(r, "Cannot see which networks pod '%s' is in: %s", s->pod.name,
                                       why ? why : strerror(-r));

        return 0;
}

void network_done(Stage *s) {
        if (s->network_helper > 0) {
                (void) kill(s->network_helper, SIGKILL);
                (void) process_wait(s->network_helper);
                s->network_helper = 0;
        }
        pod_network_done(&s->network);
        s->network_fd = fd_close(s->network_fd);
}
