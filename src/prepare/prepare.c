/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: `gantry prepare`: an image → a pod directory.
 * Never: uses the network itself; starts anything; judges (what starts the pod does).
 * Follows: gantry-prepare(1); appc pod manifest. */

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "basic/cli.h"
#include "basic/fd.h"
#include "basic/log.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "image/reference.h"
#include "pod/app-layers.h"
#include "pod/nspawn.h"
#include "pod/pod-dir.h"
#include "prepare/app.h"
#include "pull/pull.h"
#include "store/lock.h"

static const char *pod_name, *network;
static PullMode pull_mode;
static bool read_only;

static int set_network(const char *value, void *target) {
        return streq(value, "none") || streq(value, "host") ? cli_set_string(value, target) : -EINVAL;
}

static const CliOption options[] = {
        { 0, "name", "NAME", "Name of the pod and its machine", cli_set_string, &pod_name },
        { 0, "net", "MODE", "Network: none (default) or host", set_network, &network },
        { 0, "pull", "WHEN", "Fetch it if missing (default), always or never", pull_set_mode, &pull_mode },
        { 0, "read-only", NULL, "Mount the image's root read-only", cli_set_true, &read_only },
        {},
};

static const CliProgram program = {
        .name = "gantry-prepare",
        .arguments = "[OPTION…] REF [-- ARG…]",
        .summary = "Make a pod of an image and print its UUID.",
        .options = options,
        .common = CLI_ROOT,
};

static int write_layers(const PodDir *p, const App *app) {
        _cleanup_free_ Digest *layers = calloc(app->n_layers + 1, sizeof(Digest));
        if (!layers)
                return -ENOMEM;

        for (size_t i = 0; i < app->n_layers; i++)
                layers[i] = app->layers[i].id;

        return app_layers_write(p, app->manifest.name, layers, app->n_layers);
}

static int write_manifest(const PodDir *p, App *app) {
        AppcPod pod = { .apps = &app->manifest, .n_apps = 1 };
        _cleanup_blob_ Blob text = {};

        app->manifest.read_only_rootfs = read_only;
        int r = network ? pairs_set(&pod.annotations, ANNOTATION_NETWORK, network) : 0;
        if (r >= 0)
                r = appc_pod_format(&pod, &text);
        pairs_done(&pod.annotations);

        return r < 0 ? r : file_create_at(p->fd, "pod.json", text.data, text.size, 0444);
}

static int choose_name(const App *app, char **ret) {
        char digits[5];

        if (pod_name)
                return str_copy(pod_name, ret);

        (void) snprintf(digits, sizeof(digits), "%04llx", str_random_u64() & 0xffff);
        return reference_default_pod_name(app->name, digits, ret);
}

static int fill(int pods_fd, PodDir *p, App *app) {
        _cleanup_free_ char *name = NULL;

        int r = write_layers(p, app);
        if (r >= 0)
                r = write_manifest(p, app);
        if (r >= 0)
                r = choose_name(app, &name);
        if (r < 0)
                return log_error_errno(r, "Cannot write the pod of image '%s': %m", app->reference);

        r = pod_dir_commit(pods_fd, p, name);
        if (r == -EEXIST)
                return log_error_errno(
                                r,
                                "Cannot prepare pod '%s': a pod of this name exists and has not ended; use another --name=",
                                name);
        if (r < 0)
                return log_error_errno(r, "Cannot prepare pod '%s': %m", name);

        return 0;
}

static int make_pod(Store *s, const char *image, char *const *arguments) {
        _cleanup_(app_done) App app = {};
        _cleanup_pod_dir_ PodDir p = { .fd = -EBADF };

        /* What the image is made of must not go while the pod that keeps it is not there yet. */
        _cleanup_close_ int lock = store_lock(s, STORE_SHARED);
        if (lock < 0)
                return log_error_errno(lock, "Cannot lock the store '%s': %m", store_path(s));

        int r = app_load(s, image, arguments, &app);
        if (r < 0)
                return r;

        r = pod_dir_create(store_pods_fd(s), &p);
        if (r < 0)
                return log_error_errno(r, "Cannot make a pod directory in '%s': %m", store_path(s));
        r = fill(store_pods_fd(s), &p, &app);
        if (r < 0) {
                (void) pod_dir_remove(store_pods_fd(s), &p);
                return r;
        }

        return puts(p.uuid) == EOF || fflush(stdout) == EOF ? -EIO : 0;
}

static int prepare(Store *s, const char *text, char *const *arguments) {
        _cleanup_free_ char *image = NULL;

        int r = pull_image(text, pull_mode, &image);
        return r < 0 ? r : make_pod(s, image, arguments);
}

static int run(int argc, char **argv) {
        _cleanup_(store_closep) Store *s = NULL;
        char **args;

        int r = cli_parse(&program, argc, argv, &args);
        if (r <= 0)
                return r;
        bool several = args[0] && args[1] && !streq(args[1], "--");
        if (!args[0] || several) {
                log_error("%s",
                          several ? "Several apps in one pod are not supported yet; arguments for the app follow '--'"
                                  : "Which image? See 'gantry prepare --help'");
                return -EINVAL;
        }
        if (pod_name && !reference_is_valid_machine_name(pod_name)) {
                log_error("Cannot use '%s' as a pod name: it must be a host name of at most 64 letters, digits, '-' and '.'",
                          pod_name);
                return -EINVAL;
        }

        r = store_open(cli_root, STORE_CREATE, &s);
        if (r < 0)
                return log_error_errno(r, "Cannot open the store '%s': %m%s", cli_root,
                                       r == -EACCES ? "; run as root or with --root=DIR" : "");

        return prepare(s, args[0], args[1] ? args + 2 : NULL);
}

int main(int argc, char **argv) {
        return cli_exit_status(run(argc, argv), EXIT_FAILURE);
}
