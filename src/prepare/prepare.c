/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: `gantry prepare`: an image → a pod directory.
 * Never: uses the network itself; starts anything; judges (what starts the pod does).
 * Follows: gantry-prepare(1); appc pod manifest. */

#include <stdio.h>
#include <string.h>

#include "basic/cli.h"
#include "basic/fd.h"
#include "basic/log.h"
#include "basic/str.h"
#include "image/reference.h"
#include "pod/pod-commit.h"
#include "pod/pod-file.h"
#include "pod/settings-options.h"
#include "prepare/app.h"
#include "prepare/fill.h"
#include "pull/pull.h"
#include "store/lock.h"

#define NAMES_MAX 100 /* that are thought of when one is taken */

static const char *pod_file, *uuid;

static int set_uuid(const char *value, void *target) {
        return pod_uuid_is_valid(value) ? cli_set_string(value, target) : -EINVAL;
}

static const CliOption options[] = {
        { 0, "pod-file", "NAME", "Make the pod of a file, gantry.pod(5)", cli_set_string, &pod_file },
        { 0, "uuid", "UUID", "Give it this UUID", set_uuid, &uuid },
        {},
};

static const CliProgram program = {
        .name = "gantry-prepare",
        .arguments = "[OPTION…] REF [-- ARG…]",
        .summary = "Make a pod of an image and print its UUID.",
        .options = options,
        .shared = pod_setting_options,
        .common = CLI_ROOT,
};

static int choose_name(const PodSettings *settings, const App *app, char **ret) {
        char digits[5];

        if (settings->name)
                return str_copy(settings->name, ret);

        (void) snprintf(digits, sizeof(digits), "%04llx", str_random_u64() & 0xffff);
        return reference_default_pod_name(app->name, digits, ret);
}

static int refuse_name(const char *name) {
        return log_error_errno(
                        -EEXIST,
                        "Cannot prepare pod '%s': a pod of this name exists and has not ended; use another name",
                        name);
}

/* Among a few hundred pods of one image, two may be given the same digits. */
static int commit(Store *s, const PodSettings *settings, const App *app, PodDir *p) {
        for (unsigned tries = 1;; tries++) {
                _cleanup_free_ char *name = NULL;

                int r = choose_name(settings, app, &name);
                if (r >= 0)
                        r = pod_dir_commit(store_pods_fd(s), p, name);
                if (r == -EEXIST && !settings->name && tries < NAMES_MAX)
                        continue;
                if (r == -EEXIST)
                        return refuse_name(name);
                if (r < 0)
                        return log_error_errno(r, "Cannot prepare pod of '%s': %m", app->reference);

                return 0;
        }
}

/* `app` is spent by it. */
static int fill_and_commit(Store *s, const PodSettings *settings, App *app, PodDir *p) {
        _cleanup_free_ char *why = NULL;

        int r = fill_pod(s, settings, app, p, &why);
        if (r >= 0 && pod_file)
                r = file_create_at(p->fd, POD_FILE_NOTE, pod_file, strlen(pod_file), 0644);
        if (r < 0)
                return log_error_errno(r, "Cannot prepare '%s': %s", app->reference,
                                       why ? why : strerror(-r));

        return commit(s, settings, app, p);
}

static int make_pod(Store *s, const PodSettings *settings, const char *image) {
        _cleanup_(app_done) App app = {};
        _cleanup_pod_dir_ PodDir p = { .fd = -EBADF };
        int pods_fd = store_pods_fd(s);

        /* What the pod is made of must not go while the pod that keeps it is not there yet. */
        _cleanup_close_ int lock = store_lock(s, STORE_SHARED);
        if (lock < 0)
                return log_error_errno(lock, "Cannot lock the store '%s': %m", store_path(s));

        int r = app_load(s, image, settings, &app);
        if (r < 0)
                return r;

        r = uuid ? pod_dir_create_as(pods_fd, uuid, &p) : pod_dir_create(pods_fd, &p);
        if (r < 0)
                return log_error_errno(r, "Cannot make a pod directory in '%s': %m", store_path(s));
        r = fill_and_commit(s, settings, &app, &p);
        if (r < 0) {
                (void) pod_dir_remove(pods_fd, &p);
                return r;
        }

        return puts(p.uuid) == EOF || fflush(stdout) == EOF ? -EIO : 0;
}

/* A name that is taken is refused before anything is fetched or made. */
static int check_name(Store *s, const char *name) {
        int r = name ? pod_name_is_taken(store_pods_fd(s), name) : 0;
        if (r < 0)
                return log_error_errno(r, "Cannot look through the pods in '%s': %m", store_path(s));

        return r > 0 ? refuse_name(name) : 0;
}

static int prepare(Store *s, const PodSettings *settings) {
        _cleanup_free_ char *image = NULL;
        PullMode mode = PULL_MISSING;

        int r = check_name(s, settings->name);
        if (r >= 0 && settings->pull)
                r = pull_set_mode(settings->pull, &mode);
        if (r >= 0)
                r = pull_image(settings->image, mode, &image);

        return r < 0 ? r : make_pod(s, settings, image);
}

/* What is wrong with a file, `gantry pod check` says in full. */
static int load_pod_file(PodSettings **ret, char **reterr_why) {
        _cleanup_pod_file_ PodFile *f = NULL;

        int r = pod_file_load(pod_file, &f, reterr_why);
        if (r < 0)
                return r;
        if (f->n_problems > 0) {
                r = pod_file_problem(f, 0, reterr_why);
                return r < 0 ? r : -EINVAL;
        }

        *ret = TAKE_PTR(f->settings);
        return 0;
}

static int load_settings(char *const *arguments, PodSettings **ret) {
        _cleanup_(pod_settings_freep) PodSettings *settings = NULL;
        _cleanup_free_ char *why = NULL;
        int r = 0;

        if (pod_file)
                r = load_pod_file(&settings, &why);
        else {
                settings = calloc(1, sizeof(PodSettings));
                r = settings ? 0 : -ENOMEM;
        }
        if (r >= 0)
                r = pod_settings_complete(settings, arguments, &why);
        if (r < 0)
                return log_error_errno(r, "Cannot prepare a pod: %s", why ? why : strerror(-r));

        *ret = TAKE_PTR(settings);
        return 0;
}

static int run(int argc, char **argv) {
        _cleanup_(store_closep) Store *s = NULL;
        _cleanup_(pod_settings_freep) PodSettings *settings = NULL;
        char **args;

        int r = cli_parse(&program, argc, argv, &args);
        if (r <= 0)
                return r;
        r = load_settings(args, &settings);
        if (r < 0)
                return r;

        r = store_open(cli_root, STORE_CREATE, &s);
        if (r < 0)
                return log_error_errno(r, "Cannot open the store '%s': %m%s", cli_root,
                                       r == -EACCES ? "; run as root or with --root=DIR" : "");

        return prepare(s, settings);
}

int main(int argc, char **argv) {
        return cli_exit_status(run(argc, argv), EXIT_FAILURE);
}
