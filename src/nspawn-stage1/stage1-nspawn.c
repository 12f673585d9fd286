/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the nspawn level: ExecStart= of a pod's unit.
 * Never: runs a pod whose images the trust rules of this moment do not admit; mounts in the host's
 * namespace.
 * Follows: the contract of DESIGN.md section 6: started in the pod's directory, holds its lock, exits
 * with the pod's status. */

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
#include "nspawn-stage1/layers.h"
#include "nspawn-stage1/root.h"
#include "nspawn-stage1/supervise.h"
#include "pod/nspawn.h"
#include "pod/oci-app.h"
#include "pod/pod-dir.h"

static const CliProgram program = {
        .name = "stage1-nspawn",
        .arguments = "[OPTION…] UUID",
        .summary = "Run a prepared pod under systemd-nspawn; ExecStart= of its unit.",
        .common = CLI_ROOT,
};

/* Takes the lock, and the pod from prepared to running. */
static int claim(const char *uuid, PodDir *ret) {
        _cleanup_close_ int pods_fd = -EBADF;
        _cleanup_pod_dir_ PodDir p = { .fd = -EBADF };
        const char *invocation = getenv("INVOCATION_ID");

        int r = pod_dir_open_cwd(uuid, &p, &pods_fd);
        if (r < 0)
                return log_error_errno(r, "Cannot find pod '%s' in the current directory: %m", uuid);
        if (p.phase != POD_PREPARED)
                return log_error_errno(-EBUSY, "Cannot start pod '%s': it is %s, not prepared", uuid,
                                       pod_phase_name(p.phase));

        r = pod_dir_lock(&p);
        if (r >= 0)
                r = pod_dir_move(pods_fd, &p, POD_RUNNING);
        if (r >= 0 && invocation)
                r = file_publish_at(p.fd, "invocation", invocation, strlen(invocation), 0644, true);
        if (r < 0)
                return log_error_errno(r, "Cannot claim pod '%s': %m", uuid);

        *ret = p;
        p = (PodDir) { .fd = -EBADF };
        return 0;
}

static int load_manifest(const PodDir *p, AppcPod **ret) {
        _cleanup_(appc_pod_freep) AppcPod *pod = NULL;
        _cleanup_free_ char *why = NULL;
        _cleanup_blob_ Blob text = {};

        int r = file_read_at(p->fd, "pod.json", APPC_DOCUMENT_MAX, &text);
        if (r >= 0)
                r = appc_pod_parse(text.data, text.size, &pod, &why);
        if (r < 0)
                return log_error_errno(r, "Cannot use the manifest of pod '%s': %s", p->name,
                                       why ? why : strerror(-r));
        if (pod->n_apps != 1)
                return log_error_errno(
                                -EOPNOTSUPP,
                                "Cannot start pod '%s': several apps in one pod are not supported yet",
                                p->name);

        *ret = TAKE_PTR(pod);
        return 0;
}

/* Asks again: a key may have been taken out of trust since the image came in. */
static int judge(const AppcPodApp *app) {
        const char *reference = pairs_get(&app->annotations, ANNOTATION_IMAGE);
        _cleanup_free_ char *verify = NULL, *root = NULL, *name = NULL;
        char id[DIGEST_TEXT_MAX];

        digest_format_id(&app->image_id, id);
        int r = program_path("gantry-verify", &verify);
        if (r >= 0)
                r = str_printf(&root, "--root=%s", cli_root);
        if (r >= 0)
                r = reference ? str_printf(&name, "--name=%s", reference) : -EBADMSG;
        if (r < 0)
                return log_error_errno(r, "Cannot ask gantry-verify about image '%s': %m", id);

        r = process_run(&(Spawn) {
                        .argv = (char *[]) { verify, root, name, (char *) "--quiet", id, NULL },
                        .in = -EBADF,
                        .out = STDERR_FILENO,
                        .err = -EBADF,
        });
        if (r < 0)
                return log_error_errno(r, "Cannot ask gantry-verify about image '%s': %m", id);

        return r == 0 ? 0 : -EACCES; /* it has said why */
}

static int mount_app(const PodDir *p, const AppcPodApp *app, int app_fd, uid_t base, char **ret_root) {
        _cleanup_(store_closep) Store *s = NULL;
        _cleanup_free_ int *layers = NULL;
        const char *what;
        size_t n = 0;

        int r = store_open(cli_root, 0, &s);
        if (r < 0)
                return log_error_errno(r, "Cannot open the store '%s': %m", cli_root);
        r = layers_open(s, &app->image_id, p, app->name, &layers, &n);
        if (r < 0)
                return r;

        r = root_mount(&(RootSpec) { .layer_fds = layers,
                                     .n_layers = n,
                                     .app_fd = app_fd,
                                     .uid_base = base },
                       "root", ret_root, &what);
        if (r < 0)
                return log_error_errno(r, "Cannot %s for pod '%s': %m", what, p->name);

        return 0;
}

/* gantry-init's orders, readable for the pod's root only: they hold the environment. */
static int write_init_config(int app_fd, const AppcPodApp *app, uid_t base, char **ret_path) {
        _cleanup_blob_ Blob orders = {};

        int r = nspawn_init_config(app, &orders);
        if (r >= 0)
                r = file_publish_at(app_fd, "init", orders.data, orders.size, 0400, true);
        if (r < 0)
                return r;

        _cleanup_close_ int fd = openat(app_fd, "init", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        if (fd < 0 || fchown(fd, base, base) < 0)
                return -errno;

        return fd_get_path(fd, ret_path);
}

static int make_command(const PodDir *p, const AppcPod *pod, char ***ret) {
        _cleanup_free_ char *path = NULL, *root = NULL, *init = NULL, *orders = NULL;
        const AppcPodApp *app = &pod->apps[0];
        uid_t base;

        int r = pod_dir_uid_base(p, &base);
        if (r >= 0)
                r = str_printf(&path, "apps/%s", app->name);
        if (r < 0)
                return log_error_errno(r, "Cannot read the user ids of pod '%s': %m", p->name);
        _cleanup_close_ int app_fd = open_beneath(p->fd, path, O_RDONLY | O_DIRECTORY);
        if (app_fd < 0)
                return log_error_errno(app_fd, "Cannot open app '%s' of pod '%s': %m", app->name, p->name);

        r = mount_app(p, app, app_fd, base, &root);
        if (r < 0)
                return r;
        r = write_init_config(app_fd, app, base, &orders);
        if (r >= 0)
                r = program_path("gantry-init", &init);
        if (r >= 0)
                r = nspawn_argv(
                                &(NspawnSpec) {
                                                .machine = p->name,
                                                .uuid = p->uuid,
                                                .root = root,
                                                .init = init,
                                                .init_config = orders,
                                                .uid_base = base,
                                },
                                pod, app, ret);
        if (r < 0)
                return log_error_errno(r, "Cannot make the command line for pod '%s': %m", p->name);

        return 0;
}

/* For ExecStopPost=, which knows the unit's exit status only: a signal that killed the app looks like
 * 128+n there. */
static void write_status(const PodDir *p, const InitStatus *last) {
        char text[32];

        if (last->event != INIT_KILLED)
                return;
        (void) snprintf(text, sizeof(text), "%d\n", last->value);
        (void) file_publish_at(p->fd, "signal", text, strlen(text), 0644, true);
}

static int run(int argc, char **argv) {
        _cleanup_(appc_pod_freep) AppcPod *pod = NULL;
        _cleanup_pod_dir_ PodDir p = { .fd = -EBADF };
        _cleanup_strv_ char **command = NULL;
        InitStatus last = {};
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

        r = claim(args[0], &p);
        if (r >= 0)
                r = load_manifest(&p, &pod);
        if (r >= 0)
                r = judge(&pod->apps[0]);
        if (r >= 0)
                r = make_command(&p, pod, &command);
        if (r < 0)
                return r;

        int status = nspawn_supervise(&(Nspawn) { .argv = command, .app = pod->apps[0].name }, &last);
        if (status < 0)
                return log_error_errno(status, "Cannot run pod '%s': %m", p.name);
        if (last.event == 0)
                log_error("Cannot run pod '%s': systemd-nspawn ended before the app was started; see 'journalctl -u gantry-%s'",
                          p.name, p.name);
        write_status(&p, &last);

        return status;
}

int main(int argc, char **argv) {
        return cli_exit_status(run(argc, argv), EXIT_GANTRY);
}
