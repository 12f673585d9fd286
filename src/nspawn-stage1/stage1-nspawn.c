/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the nspawn level: ExecStart= of a pod's unit.
 * Never: runs a pod whose images the trust rules of this moment do not admit; mounts in the host's
 * namespace.
 * Follows: docs/ARCHITECTURE.md, "The nspawn level": holds the pod's lock, exits with the pod's status. */

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "basic/cli.h"
#include "basic/fd.h"
#include "basic/log.h"
#include "basic/process.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "image/appc-pod.h"
#include "nspawn-stage1/assemble.h"
#include "nspawn-stage1/boot.h"
#include "nspawn-stage1/command.h"
#include "nspawn-stage1/credentials-arguments.h"
#include "nspawn-stage1/devices.h"
#include "nspawn-stage1/files.h"
#include "nspawn-stage1/orders.h"
#include "nspawn-stage1/registration.h"
#include "nspawn-stage1/root.h"
#include "nspawn-stage1/services.h"
#include "nspawn-stage1/supervise.h"
#include "pod/annotations.h"
#include "pod/pod-dir.h"

static const CliProgram program = {
        .name = "stage1-nspawn",
        .arguments = "[OPTION…] UUID",
        .summary = "Run a prepared pod under systemd-nspawn; ExecStart= of its unit.",
        .common = CLI_ROOT,
};

/* What an earlier run has left: the pod was started again. */
static int forget_end(const PodDir *p) {
        static const char *const files[] = { "exit.json", "signal", "invocation" };

        for (size_t i = 0; i < ELEMENTSOF(files); i++)
                if (unlinkat(p->fd, files[i], 0) < 0 && errno != ENOENT)
                        return -errno;

        return 0;
}

/* Takes the lock, and the pod to running. Waits for no disk: see pod_dir_move(). */
static int claim(Store *store, const char *uuid, PodDir *ret) {
        _cleanup_pod_dir_ PodDir p = { .fd = -EBADF };
        const char *invocation = getenv("INVOCATION_ID");

        int r = pod_dir_open_any(store_pods_fd(store), uuid, &p);
        if (r < 0)
                return log_error_errno(r, "Cannot find pod '%s': %m", uuid);
        if (p.phase != POD_PREPARED && pod_dir_phase_now(&p) != POD_EXITED)
                return log_error_errno(-EBUSY, "Cannot start pod '%s': it is %s, not prepared", uuid,
                                       pod_phase_name(p.phase));

        r = pod_dir_lock(&p);
        if (r >= 0 && p.phase != POD_RUNNING) /* unlocked: pod-exit has failed */
                r = pod_dir_move(store_pods_fd(store), &p, POD_RUNNING);
        if (r >= 0)
                r = forget_end(&p);
        if (r >= 0 && invocation)
                r = file_create_at(p.fd, "invocation", invocation, strlen(invocation), 0644);
        if (r < 0)
                return log_error_errno(r, "Cannot claim pod '%s': %m", uuid);

        *ret = p;
        p = (PodDir) { .fd = -EBADF };
        return 0;
}

static int take_sockets(Stage *s) {
        int r = services_take(s);
        return r < 0 ? log_error_errno(r, "Cannot take the sockets of pod '%s': %m", s->pod.name) : 0;
}

static int open_metadata(Stage *s) {
        int r = metadata_open(s->manifest, s->pod.uuid, &s->metadata);
        return r < 0 ? log_error_errno(r, "Cannot listen for the metadata service of pod '%s': %m",
                                       s->pod.name)
                     : 0;
}

/* It was asked about already, for another app. */
static bool is_asked(const StageApp *a) {
        const StageApp *all = a->stage->apps;
        const char *reference = pairs_get(&a->app->annotations, ANNOTATION_IMAGE);

        for (const StageApp *b = all; b < a; b++)
                if (digest_equal(&b->app->image_id, &a->app->image_id) &&
                    streq_ptr(pairs_get(&b->app->annotations, ANNOTATION_IMAGE), reference))
                        return true;

        return false;
}

static int ask_about(const AppcPodApp *app, pid_t *ret) {
        const char *reference = pairs_get(&app->annotations, ANNOTATION_IMAGE);
        _cleanup_free_ char *verify = NULL, *root = NULL, *name = NULL;
        char id[DIGEST_TEXT_MAX];

        digest_format_id(&app->image_id, id);
        int r = program_path("gantry-verify", &verify);
        if (r >= 0)
                r = str_printf(&root, "--root=%s", cli_root);
        if (r >= 0)
                r = reference ? str_printf(&name, "--name=%s", reference) : -EBADMSG;
        if (r >= 0)
                r = process_spawn(
                                &(Spawn) {
                                                .argv = (char *[]) { verify, root, name, (char *) "--quiet",
                                                                     id, NULL },
                                                .in = -EBADF,
                                                .out = STDERR_FILENO,
                                                .err = -EBADF,
                                },
                                ret);
        if (r < 0)
                return log_error_errno(r, "Cannot ask gantry-verify about image '%s': %m", id);

        return 0;
}

/* Asks again: a key may have been taken out of trust since the images came in. The answers are waited for before anything of an image
 * runs; meanwhile the pod is put together. `verify` has room for as many as there are apps; it is 0 behind the last. */
static int ask(const Stage *s, pid_t *verify) {
        int r = 0;

        for (size_t i = 0; r >= 0 && i < s->n_apps; i++)
                if (!is_asked(&s->apps[i]))
                        r = ask_about(s->apps[i].app, verify++);

        return r;
}

/* It says itself why not. All are waited for. */
static int hear_verdicts(const Stage *s, const pid_t *verify) {
        int verdict = 0;

        for (size_t i = 0; i < s->n_apps && verify[i] > 0; i++) {
                int r = process_wait(verify[i]);
                if (r < 0)
                        verdict = log_error_errno(r, "Cannot judge the images of pod '%s': %m", s->pod.name);
                else if (r > 0)
                        verdict = -EACCES;
        }

        return verdict;
}

static int put_app_together(StageApp *a) {
        int r = devices_make(a);
        if (r >= 0)
                r = files_make(a);

        return r < 0 ? r : orders_make(a);
}

static int put_together(Store *store, Stage *s) {
        int r = assemble_roots(s, store);
        for (size_t i = 0; r >= 0 && i < s->n_apps; i++)
                r = put_app_together(&s->apps[i]);

        return r < 0 || !s->boots ? r : boot_make(s, store);
}

/* Of this process, and so of nspawn and the whole pod, if it has one app: what is in a user namespace of its own may not make itself
 * important. */
static int set_oom_score(const StageApp *a) {
        int64_t score;
        char text[16];

        if (a->stage->boots || json_int(appc_pod_app_isolator(a->app, "os/linux/oom-score-adj"), &score) < 0)
                return 0;

        (void) snprintf(text, sizeof(text), "%d", (int) score);
        _cleanup_close_ int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
        int r = fd < 0 ? -errno : fd_write_full(fd, text, strlen(text));
        if (r < 0)
                return log_error_errno(r, "Cannot set the OOM score of pod '%s': %m", a->stage->pod.name);

        return 0;
}

/* It will not look at the pod before it has its settings. */
static int start_nspawn(Stage *s, char ***ret_command, Supervisor **ret) {
        int r = assemble_places(s);
        if (r >= 0)
                r = set_oom_score(&s->apps[0]);
        if (r >= 0)
                r = credentials_pass(s);
        if (r >= 0)
                r = s->boots ? boot_root(s) : str_copy(s->apps[0].root, &s->root);
        if (r < 0)
                return r;

        r = command_make(s, ret_command);
        if (r >= 0)
                r = supervisor_start(s, *ret_command, ret);
        if (r < 0)
                return log_error_errno(r, "Cannot start systemd-nspawn for pod '%s': %m", s->pod.name);

        return 0;
}

/* For ExecStopPost=, which knows the unit's exit status only: a signal that killed the app looks like
 * 128+n there. */
static void write_status(const PodDir *p, const InitStatus *last) {
        char text[32];

        if (last->event != INIT_KILLED && last->event != INIT_DUMPED)
                return;
        (void) snprintf(text, sizeof(text), "%d%s\n", last->value,
                        last->event == INIT_DUMPED ? " core" : "");
        (void) file_publish_at(p->fd, "signal", text, strlen(text), 0644, true);
}

static int run_pod(Stage *s, Supervisor *supervisor, Machine *machine) {
        InitStatus last = {};

        int status = supervisor_run(supervisor, machine, &last);
        if (status < 0)
                return log_error_errno(status, "Cannot run pod '%s': %m", s->pod.name);
        if (last.event == 0)
                log_error("Cannot run pod '%s': systemd-nspawn ended before the app was started; see 'journalctl -u gantry-%s'",
                          s->pod.name, s->pod.name);
        write_status(&s->pod, &last);

        return status;
}

static int start(const char *uuid) {
        _cleanup_stage_ Stage s = STAGE_NULL;
        _cleanup_(store_closep) Store *store = NULL;
        _cleanup_(supervisor_freep) Supervisor *supervisor = NULL;
        _cleanup_(machine_closep) Machine *machine = NULL;
        _cleanup_strv_ char **command = NULL;
        _cleanup_free_ pid_t *verify = NULL;

        int r = store_open(cli_root, 0, &store);
        if (r < 0)
                return log_error_errno(r, "Cannot open the store '%s': %m", cli_root);
        r = claim(store, uuid, &s.pod);
        if (r >= 0)
                r = assemble_load(&s, /* name= */ NULL);
        if (r >= 0)
                r = take_sockets(&s);
        if (r >= 0)
                r = open_metadata(&s);
        if (r < 0)
                return r;

        r = start_nspawn(&s, &command, &supervisor);
        if (r < 0)
                return r;

        verify = calloc(s.n_apps, sizeof(pid_t));
        r = verify ? ask(&s, verify)
                   : log_error_errno(-ENOMEM, "Cannot judge the images of pod '%s': %m", uuid);
        if (r < 0)
                return r;

        machine = registration_begin(&s);
        r = put_together(store, &s);
        int verdict = hear_verdicts(&s, verify);
        if (r < 0 || verdict < 0)
                return verdict < 0 ? verdict : r;
        r = registration_claim(&s, &machine);

        return r < 0 ? r : run_pod(&s, supervisor, machine);
}

static int run(int argc, char **argv) {
        char **args;

        int r = cli_parse(&program, argc, argv, &args);
        if (r <= 0)
                return r;
        if (strv_length(args) != 1) {
                log_error("Which pod? Give its UUID");
                return -EINVAL;
        }

        /* First of all: an fd opened before would lead back into the host's namespace, and overlayfs
         * refuses those. */
        r = root_unshare();
        if (r < 0)
                return log_error_errno(r, "Cannot make a mount namespace: %m");

        return start(args[0]);
}

int main(int argc, char **argv) {
        return cli_exit_status(run(argc, argv), EXIT_GANTRY);
}
