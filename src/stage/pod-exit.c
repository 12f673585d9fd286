/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: ExecStopPost= of a pod's unit: writes down how it ended, and that it has.
 * Never: fails the unit for it; what cannot be written is said in the journal.
 * Follows: $SERVICE_RESULT, $EXIT_CODE and $EXIT_STATUS of systemd.exec(5). */

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>

#include "basic/cli.h"
#include "basic/clock.h"
#include "basic/fd.h"
#include "basic/log.h"
#include "basic/signals.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "network/leave.h"
#include "pod/exit-record.h"
#include "pod/init-config.h"
#include "pod/pod-dir.h"
#include "store/store.h"

static const CliProgram program = {
        .name = "pod-exit",
        .arguments = "[OPTION…] [UUID]",
        .summary = "Record the end of a pod; ExecStopPost= of its unit.",
        .common = CLI_ROOT,
};

/* "TERM" as $EXIT_STATUS has it. */
static int signal_number(const char *name) {
        int sig = signal_parse(name);
        return sig < 0 ? SIGKILL : sig;
}

/* This process is in the unit's cgroup, or in one for control processes below it. */
static int unit_cgroup(char **ret) {
        _cleanup_blob_ Blob own = {};

        int r = file_read_at(AT_FDCWD, "/proc/self/cgroup", 4096, &own);
        if (r < 0)
                return r;
        char *name = strstr(own.data, "0::/");
        if (!name)
                return -ENODATA;
        name[strcspn(name, "\n")] = '\0';
        char *control = (char *) endswith(name, "/.control");
        if (control)
                *control = '\0';

        return str_printf(ret, "/sys/fs/cgroup%s", name + strlen("0::"));
}

/* Has the kernel killed a process of the unit for want of memory? systemd itself says so of the main process only. */
static bool memory_ran_out(void) {
        _cleanup_free_ char *cgroup = NULL, *path = NULL;
        _cleanup_blob_ Blob events = {};
        uint64_t n = 0;

        int r = unit_cgroup(&cgroup);
        if (r >= 0)
                r = str_printf(&path, "%s/memory.events", cgroup);
        if (r >= 0)
                r = file_read_at(AT_FDCWD, path, 4096, &events);
        if (r < 0)
                return false;

        const char *count = strstr(events.data, "\noom_kill ");
        return count && sscanf(count, " oom_kill %" SCNu64, &n) == 1 && n > 0;
}

/* "9", "9 oom" or "11 core", as the stage has noted it: to the unit, a signal that killed the app is exit status 128+n of stage1. */
static void read_signal(const PodDir *p, ExitRecord *record) {
        _cleanup_free_ char *text = NULL;

        if (pod_dir_read(p, "signal", &text) < 0)
                return;

        record->signal = atoi(text);
        record->core = endswith(text, " core");
        record->oom = endswith(text, " oom");
}

static int make_record(const PodDir *p, ExitRecord *ret) {
        const char *result = getenv("SERVICE_RESULT"), *code = getenv("EXIT_CODE"),
                   *status = getenv("EXIT_STATUS");
        uint64_t number = EXIT_GANTRY;

        if (!result || !code || !status)
                return -ENODATA;
        ExitRecord record = {
                .when_usec = now_usec(CLOCK_REALTIME),
        };

        if (streq(code, "exited"))
                (void) str_to_u64(status, &number);
        else
                record.signal = signal_number(status);
        read_signal(p, &record);
        record.code = record.signal > 0 ? 128 + record.signal : (int64_t) number;
        record.oom = record.oom || streq(result, "oom-kill") ||
                     (record.signal == SIGKILL && memory_ran_out());

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
        char **args, invocation[37] = "";

        int r = cli_parse(&program, argc, argv, &args);
        if (r <= 0)
                return r;
        if (strv_length(args) > 1 || (!args[0] && pod_uuid_of_invocation(invocation) < 0)) {
                log_error("Which pod? Give its UUID");
                return -EINVAL;
        }

        const char *uuid = args[0] ? args[0] : invocation;
        r = store_open(cli_root, 0, &s);
        if (r >= 0)
                r = pod_dir_open(store_pods_fd(s), POD_RUNNING, uuid, &p);
        if (r == -ENOENT)
                return 0; /* it never ran, or is gone */
        if (r >= 0)
                (void) network_leave(cli_root, &p); /* says what fails; the pod has ended all the same */
        if (r >= 0)
                r = confine(CONFINE_GC,
                            store_root_fd(s)); /* what has to do with networks has not inherited it */
        if (r >= 0)
                r = make_record(&p, &record);
        if (r >= 0)
                r = exit_record_write(p.fd, &record);
        if (r >= 0)
                r = pod_dir_move(store_pods_fd(s), &p, POD_EXITED);
        if (r < 0)
                return log_error_errno(r, "Cannot record the end of pod '%s': %m", uuid);

        return 0;
}

int main(int argc, char **argv) {
        return cli_exit_status(run(argc, argv), EXIT_FAILURE);
}
