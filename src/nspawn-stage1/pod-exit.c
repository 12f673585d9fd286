/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: ExecStopPost= of a pod's unit: writes down how it ended, and that it has.
 * Never: fails the unit for it; what cannot be written is said in the journal.
 * Follows: $SERVICE_RESULT, $EXIT_CODE and $EXIT_STATUS of systemd.exec(5). */

#include <signal.h>
#include <time.h>

#include "basic/cli.h"
#include "basic/log.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "pod/exit-record.h"
#include "pod/init-config.h"
#include "pod/pod-dir.h"
#include "store/store.h"

static const CliProgram program = {
        .name = "pod-exit",
        .arguments = "[OPTION…] UUID",
        .summary = "Record the end of a pod; ExecStopPost= of its unit.",
        .common = CLI_ROOT,
};

/* "TERM" as $EXIT_STATUS has it. */
static int signal_number(const char *name) {
        for (int i = 1; i < SIGRTMIN; i++) {
                const char *known = sigabbrev_np(i);
                if (known && streq(known, name))
                        return i;
        }

        return SIGKILL;
}

static int make_record(const PodDir *p, ExitRecord *ret) {
        const char *result = getenv("SERVICE_RESULT"), *code = getenv("EXIT_CODE"),
                   *status = getenv("EXIT_STATUS");
        _cleanup_free_ char *app_signal = NULL;
        uint64_t number = EXIT_GANTRY;
        struct timespec now;

        if (!result || !code || !status)
                return -ENODATA;
        clock_gettime(CLOCK_REALTIME, &now);
        ExitRecord record = {
                .when_usec = (uint64_t) now.tv_sec * 1000000 + now.tv_nsec / 1000,
                .oom = streq(result, "oom-kill"),
        };

        if (streq(code, "exited"))
                (void) str_to_u64(status, &number);
        else
                record.signal = signal_number(status);
        if (pod_dir_read(p, "signal", &app_signal) >= 0)
                record.signal = atoi(app_signal);
        record.code = record.signal > 0 ? 128 + record.signal : (int64_t) number;

        int r = str_copy(result, &record.result);
        if (r < 0)
                return r;

        *ret = record;
        return 0;
}

static int run(int argc, char **argv) {
        _cleanup_exit_record_ ExitRecord record = {};
        _cleanup_(store_closep) Store *s = NULL;
        _cleanup_pod_dir_ PodDir p = { .fd = -EBADF };
        char **args;

        int r = cli_parse(&program, argc, argv, &args);
        if (r <= 0)
                return r;
        if (strv_length(args) != 1) {
                log_error("Which pod? Give its UUID");
                return -EINVAL;
        }

        r = store_open(cli_root, 0, &s);
        if (r >= 0)
                r = pod_dir_open(store_pods_fd(s), POD_RUNNING, args[0], &p);
        if (r == -ENOENT)
                return 0; /* it never ran, or is gone */
        if (r >= 0)
                r = make_record(&p, &record);
        if (r >= 0)
                r = exit_record_write(p.fd, &record);
        if (r >= 0)
                r = pod_dir_move(store_pods_fd(s), &p, POD_EXITED);
        if (r < 0)
                return log_error_errno(r, "Cannot record the end of pod '%s': %m", args[0]);

        return 0;
}

int main(int argc, char **argv) {
        return cli_exit_status(run(argc, argv), EXIT_FAILURE);
}
