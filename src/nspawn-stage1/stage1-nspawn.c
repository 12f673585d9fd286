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
#include "nspawn-stage1/credentials-arguments.h"
#include "nspawn-stage1/devices.h"
#include "nspawn-stage1/files.h"
#include "nspawn-stage1/orders.h"
#include "nspawn-stage1/registration.h"
#include "nspawn-stage1/root.h"
#include "nspawn-stage1/services.h"
#include "nspawn-stage1/supervise.h"
#include "pod/annotations.h"
#include "pod/nspawn.h"
#include "pod/pod-dir.h"

static const CliProgram program = {
        .name = "stage1-nspawn",
        .arguments = "[OPTION…] UUID",
        .summary = "Run a prepared pod under systemd-nspawn; ExecStart= of its unit.",
        .common = CLI_ROOT,
};

/* What an earlier run has left: the pod was started again. */
static int forget_end(const PodDir *p) {
        static const char *const files[] = { "exit.json", "signal" };

        for (size_t i = 0; i < ELEMENTSOF(files); i++)
                if (unlinkat(p->fd, files[i], 0) < 0 && errno != ENOENT)
                        return -errno;

        return 0;
}

/* Takes the lock, and the pod to running. */
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
                r = file_publish_at(p.fd, "invocation", invocation, strlen(invocation), 0644, true);
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

/* Asks again: a key may have been taken out of trust since the image came in. The answer is waited for before anything of the image
 * runs; meanwhile the pod is put together. */
static int ask(const AppcPodApp *app, pid_t *ret) {
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

/* It says itself why not. */
static int hear_verdict(const Stage *s, pid_t verify) {
        int r = process_wait(verify);
        if (r < 0)
                return log_error_errno(r, "Cannot judge the image of pod '%s': %m", s->pod.name);

        return r == 0 ? 0 : -EACCES;
}

static int put_together(Store *store, Stage *s, char ***ret_command) {
        int r = assemble_root(s, store);
        if (r < 0)
                return r;

        r = devices_make(s);
        if (r >= 0)
                r = files_make(s);
        if (r >= 0)
                r = credentials_pass(s);
        if (r < 0)
                return r;

        r = orders_make(s);
        if (r < 0)
                return r;

        r = nspawn_argv(
                        &(NspawnSpec) {
                                        .machine = s->pod.name,
                                        .uuid = s->pod.uuid,
                                        .root = s->root,
                                        .uid_base = s->uid_base,
                                        .further = s->nspawn,
                        },
                        s->manifest, s->app, ret_command);
        if (r < 0)
                return log_error_errno(r, "Cannot make the command line for pod '%s': %m", s->pod.name);

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

static int run_pod(Stage *s, char *const *command, Machine *machine) {
        InitStatus last = {};

        int status = nspawn_supervise(s, command, machine, &last);
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
        _cleanup_(machine_closep) Machine *machine = NULL;
        _cleanup_strv_ char **command = NULL;
        pid_t verify;

        int r = store_open(cli_root, 0, &store);
        if (r < 0)
                return log_error_errno(r, "Cannot open the store '%s': %m", cli_root);
        r = claim(store, uuid, &s.pod);
        if (r >= 0)
                r = assemble_load(&s);
        if (r >= 0)
                r = take_sockets(&s);
        if (r >= 0)
                r = ask(s.app, &verify);
        if (r < 0)
                return r;

        machine = registration_begin(&s);
        r = put_together(store, &s, &command);
        int verdict = hear_verdict(&s, verify);
        if (r < 0 || verdict < 0)
                return verdict < 0 ? verdict : r;
        r = registration_claim(&s, &machine);

        return r < 0 ? r : run_pod(&s, command, machine);
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
