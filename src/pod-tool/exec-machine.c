/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: a command in a virtual machine, as the caller's side of `gantry exec` sees it: a child.
 * Never: keeps any end of the command's streams in that child, which would never end then.
 * Follows: pod/control.h. */

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/log.h"
#include "pod-tool/exec-machine.h"
#include "pod/control.h"
#include "pod/init-config.h"

/* Nobody is to be told once the caller has gone. */
static int explain(const PodDir *p, int error, const char *why, pid_t caller) {
        if (getppid() != caller)
                return EXIT_GANTRY;
        if (error != -ECONNRESET) {
                log_error("Cannot run the command in pod '%s': %s", p->name, why ? why : strerror(-error));
                return EXIT_GANTRY;
        }

        log_error("Cannot go on with the command in pod '%s': the pod has ended", p->name);
        return 128 + SIGKILL;
}

/* The caller's signals stay blocked: he passes them on himself. */
_noreturn_ static void stand_for_command(const PodDir *p, int connection, pid_t caller) {
        _cleanup_free_ char *why = NULL;

        (void) setsid();
        if (dup2(connection, 3) < 0 || close_range(4, ~0U, 0) < 0)
                _exit(EXIT_GANTRY);

        int r = control_exec_wait(3, &why);
        _exit(r < 0 ? explain(p, r, why, caller) : r);
}

pid_t exec_machine_start(const PodDir *p, const char *app, bool terminal, const int streams[static 3],
                         int orders, int *ret_connection) {
        const struct ControlFds fds = { .streams = { streams[0], streams[1], streams[2] },
                                        .orders = orders };
        pid_t caller = getpid();

        if (lseek(orders, 0, SEEK_SET) < 0) /* they are read as a stream */
                return -errno;
        _cleanup_close_ int connection =
                        control_exec(p->fd, terminal ? CONTROL_EXEC_TERMINAL : CONTROL_EXEC, app, &fds);
        if (connection < 0)
                return connection;

        pid_t pid = fork();
        if (pid == 0)
                stand_for_command(p, connection, caller);
        if (pid < 0)
                return -errno;

        *ret_connection = TAKE_FD(connection);
        return pid;
}
