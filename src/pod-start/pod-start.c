/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: ExecStart= of gantry@NAME.service: from a pod file to a pod, and to its stage, which this process becomes.
 * Never: leaves a pod behind that was not started; touches the pods of others.
 * Follows: gantry.pod(5); docs/ARCHITECTURE.md, "The life of a pod". */

#include <string.h>
#include <unistd.h>

#include "basic/cli.h"
#include "basic/log.h"
#include "basic/process.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "pod-start/image-limits.h"
#include "pod-start/read-file.h"
#include "pod/init-config.h"
#include "pod/pod-dir.h"
#include "pod/pod-start.h"
#include "settings/pod-file-unit.h"
#include "store/image-dir.h"

static const CliProgram program = {
        .name = "pod-start",
        .arguments = "[OPTION…] NAME",
        .summary = "Make and run the pod of a pod file; ExecStart= of gantry@NAME.service.",
        .common = CLI_ROOT,
};

/* Whether systemd knows the pod file as it is now. A limit that the unit does not have must not go unnoticed. */
static int check_unit(const PodFile *f) {
        const char *known = getenv(POD_START_FINGERPRINT);

        if (streq_ptr(known, f->fingerprint))
                return 0;
        if (known || !pod_file_shapes_unit(f)) {
                log_warning("Pod file '%s' has changed on disk; run 'systemctl daemon-reload'",
                            f->name.name);
                return 0;
        }

        return log_error_errno(
                        -ESTALE,
                        "Cannot start pod file '%s': systemd does not know what it says of its unit; run 'systemctl %s%s'",
                        f->name.name, f->name.instance ? "enable " : "daemon-reload",
                        f->name.instance ? f->name.unit : "");
}

/* A unit that has been started has no other pod than the one that is made now: earlier ones have ended, or were never started
 * because this program was killed. */
static int remove_earlier(int pods_fd, PodDir *p, const char *file) {
        _cleanup_free_ char *of = NULL;

        if (p->phase == POD_PREPARING || p->phase == POD_GARBAGE || pod_dir_phase_now(p) == POD_RUNNING)
                return 0;

        int r = pod_dir_read(p, POD_FILE_NOTE, &of);
        if (r < 0 || !streq(of, file))
                return r == -ENOENT ? 0 : r;

        r = pod_dir_lock(p);
        return r < 0 ? r : pod_dir_remove(pods_fd, p);
}

static int remove_all_earlier(Store *s, const char *file) {
        PodDir *list = NULL;
        size_t n = 0;

        int r = pod_dir_list(store_pods_fd(s), &list, &n);
        if (r < 0)
                return log_error_errno(r, "Cannot look for earlier pods of pod file '%s': %m", file);

        for (size_t i = 0; i < n; i++) {
                r = remove_earlier(store_pods_fd(s), &list[i], file);
                if (r < 0 && r != -ENOENT)
                        log_warning_errno(r, "Cannot remove pod '%s', ignoring: %m", list[i].uuid);
        }
        pod_dirs_free(list, n);

        return 0;
}

static int find_image(Store *s, const PodFile *f, const char *image, bool *ret_is_file) {
        _cleanup_reference_ Reference *reference = NULL;
        Digest id;

        int r = reference_parse(image, &reference, /* reterr_why= */ NULL);
        *ret_is_file = r >= 0 && reference->kind == REFERENCE_ACI_FILE;
        if (*ret_is_file)
                return 0;
        if (r >= 0)
                r = image_reference_localize(reference);
        if (r >= 0)
                r = image_resolve(s, reference, &id);
        if (r == -ENOENT)
                return log_error_errno(
                                r,
                                "Cannot start pod file '%s': its image%s%s is not in the store; see 'journalctl -u gantry-fetch@%s'",
                                f->name.name, f->settings->n_apps > 1 ? " " : "",
                                f->settings->n_apps > 1 ? image : "", f->name.name);

        return r < 0 ? log_error_errno(r, "Cannot look up image '%s': %m", image) : 0;
}

/* Whether gantry-fetch@NAME.service has done its work. A file of this host is read again, for the store knows it only by
 * the name that is in it: then *ret_pull says so. */
static int check_images(Store *s, const PodFile *f, const char **ret_pull) {
        bool any_file = false;

        for (size_t i = 0; i < f->settings->n_apps; i++) {
                bool is_file;

                int r = find_image(s, f, f->settings->apps[i]->image, &is_file);
                if (r < 0)
                        return r;
                any_file = any_file || is_file;
        }

        *ret_pull = any_file ? "--pull=missing" : "--pull=never";
        return 0;
}

static int prepare(const PodFile *f, const char *uuid, const char *pull) {
        _cleanup_free_ char *file = NULL, *wanted = NULL, *line = NULL;

        int r = str_printf(&file, "--pod-file=%s", f->name.name);
        if (r >= 0)
                r = str_printf(&wanted, "--uuid=%s", uuid);
        if (r >= 0)
                r = cli_call("gantry-prepare", (char *[]) { file, wanted, (char *) pull, NULL }, &line);

        return r > 0 ? -EINVAL : r;
}

static int become_stage(const char *uuid, const char *stage1) {
        _cleanup_free_ char *name = NULL;
        _cleanup_strv_ char **argv = NULL;

        int r = str_printf(&name, "stage1-%s", stage1);
        if (r >= 0)
                r = program_command(&argv, name, cli_root, uuid, NULL);
        if (r >= 0) {
                execv(argv[0], argv);
                r = -errno;
        }

        return log_error_errno(r, "Cannot execute '%s': %m", argv ? argv[0] : "stage1");
}

static int limit_pod(Store *s, const PodFile *f, const char *uuid) {
        _cleanup_pod_dir_ PodDir p = { .fd = -EBADF };

        int r = pod_dir_open(store_pods_fd(s), POD_PREPARED, uuid, &p);
        if (r < 0)
                return log_error_errno(r, "Cannot open pod '%s': %m", uuid);

        r = image_limits_apply(f, &p);
        if (r < 0 && pod_dir_lock(&p) >= 0) /* without them it is not the pod that is wanted */
                (void) pod_dir_remove(store_pods_fd(s), &p);
        return r;
}

static int make_pod(const PodFile *f, const char *uuid) {
        _cleanup_(store_closep) Store *s = NULL;
        const char *pull = NULL;

        int r = store_open(cli_root, STORE_CREATE, &s);
        if (r < 0)
                return log_error_errno(r, "Cannot open the store '%s': %s", cli_root,
                                       store_strerror(cli_root, r).text);

        r = remove_all_earlier(s, f->name.name);
        if (r >= 0)
                r = check_images(s, f, &pull);

        if (r >= 0)
                r = prepare(f, uuid, pull);

        return r < 0 ? r : limit_pod(s, f, uuid);
}

static int start(const char *name) {
        _cleanup_pod_file_ PodFile *f = NULL;
        char uuid[37];

        int r = pod_uuid_of_invocation(uuid);
        if (r < 0)
                return log_error_errno(
                                r,
                                "Cannot start pod file '%s': systemd does, with 'systemctl start gantry@%s'",
                                name, name);

        r = read_pod_file(name, &f);
        if (r >= 0)
                r = check_unit(f);
        if (r >= 0)
                r = make_pod(f, uuid);

        return r < 0 ? r : become_stage(uuid, pod_settings_stage1(f->settings));
}

static int run(int argc, char **argv) {
        char **args;

        int r = cli_parse(&program, argc, argv, &args);
        if (r <= 0)
                return r;
        if (strv_length(args) != 1) {
                log_error("Which pod file? Give its name");
                return -EINVAL;
        }

        return start(args[0]);
}

int main(int argc, char **argv) {
        return cli_exit_status(run(argc, argv), EXIT_GANTRY);
}
