/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: `gantry prepare`: images → a pod directory.
 * Never: uses the network itself; starts a pod; judges: gantry-verify does, if that is asked for, and what starts the pod asks again.
 * Follows: gantry-prepare(1); appc pod manifest. */

#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "basic/cli.h"
#include "basic/fd.h"
#include "basic/log.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "image/reference.h"
#include "network/networks.h"
#include "pod/machine.h"
#include "pod/pod-commit.h"
#include "pod/pod-networks.h"
#include "pod/service.h"
#include "prepare/app.h"
#include "prepare/fill.h"
#include "prepare/isolator-report.h"
#include "prepare/manifest.h"
#include "pull/pull.h"
#include "settings/pod-file.h"
#include "settings/settings-options.h"
#include "settings/settings-request.h"
#include "stage1/stage1-guest.h"
#include "stage1/stage1-image.h"
#include "store/lock.h"

#define NAMES_MAX 100 /* that are thought of when one is taken */

static const char *pod_file, *pod_manifest, *uuid;
static bool verify;

static int set_uuid(const char *value, void *target) {
        return pod_uuid_is_valid(value) ? cli_set_string(value, target) : -EINVAL;
}

static const CliOption options[] = {
        { 0, "pod-file", "NAME", "Make the pod of a file, gantry.pod(5)", cli_set_string, &pod_file },
        { 0, "pod-manifest", "FILE", "Make the pod of an appc pod manifest", cli_set_string, &pod_manifest },
        { 0, "uuid", "UUID", "Give it this UUID", set_uuid, &uuid },
        { 0, "verify", NULL, "Have the images judged now, too", cli_set_true, &verify },
        {},
};

static const CliProgram program = {
        .name = "gantry-prepare",
        .arguments = "[OPTION…] REF… [-- ARG…] [--- [OPTION…] REF… [-- ARG…]]…",
        .summary = "Make a pod of images and print its UUID.",
        .options = options,
        .shared = pod_setting_options,
        .common = CLI_ROOT,
};

static int choose_name(const PodSettings *settings, const char *image, char **ret) {
        char digits[5];

        if (settings->name)
                return str_copy(settings->name, ret);

        (void) snprintf(digits, sizeof(digits), "%04llx", str_random_u64() & 0xffff);
        return reference_default_pod_name(image, digits, ret);
}

static int refuse_name(const char *name) {
        return log_error_errno(
                        -EEXIST,
                        "Cannot prepare pod '%s': a pod of this name exists and has not ended; use another name",
                        name);
}

/* `image` is the name that it has if no other was given. Among a few hundred pods of one image, two may be given the same digits. */
static int commit(Store *s, const PodSettings *settings, const char *image, PodDir *p) {
        for (unsigned tries = 1;; tries++) {
                _cleanup_free_ char *name = NULL;

                int r = choose_name(settings, image, &name);
                if (r >= 0)
                        r = pod_dir_commit(store_pods_fd(s), p, name, settings->label_level);
                if (r == -EEXIST && !settings->name && tries < NAMES_MAX)
                        continue;
                if (r == -EEXIST)
                        return refuse_name(name);
                if (r == -EADDRINUSE)
                        return log_error_errno(
                                        r,
                                        "Cannot prepare pod '%s': another pod has the level '%s'; remove that pod or use another level",
                                        name, settings->label_level);
                if (r < 0)
                        return log_error_errno(r, "Cannot prepare pod of '%s': %m", image);

                return 0;
        }
}

/* What it boots is made now, and not when it starts, within its limits. */
static int have_stage1(Store *s, const AppcPod *pod, char **reterr_why) {
        _cleanup_close_ int fd = -EBADF;

        return pod_boots(pod) ? stage1_image_open(s, &fd, reterr_why) : 0;
}

static int fill_and_commit(Store *s, const PodSettings *settings, AppcPod *pod, const char *image,
                           PodDir *p) {
        _cleanup_free_ char *why = NULL;

        int r = fill_pod(s, settings, pod, p, &why);
        if (r >= 0)
                r = have_stage1(s, pod, &why);
        if (r >= 0 && pod_file)
                r = file_create_at(p->fd, POD_FILE_NOTE, pod_file, strlen(pod_file), 0644);
        if (r < 0)
                return log_error_errno(r, "Cannot prepare a pod of '%s': %s", image,
                                       why ? why : strerror(-r));

        isolators_report(pod);
        return commit(s, settings, image, p);
}

/* *ret_name is that of the first image. */
static int load_apps(Store *s, const PodSettings *settings, char *const *images, AppcPod *pod,
                     char **ret_name) {
        _cleanup_free_ char *name = NULL;

        for (size_t i = 0; i < pod->n_apps; i++) {
                _cleanup_(app_done) App app = {};

                int r = app_load(s, images[i], settings->apps[i], &pod->apps[i], &app);
                if (r < 0)
                        return r;
                pod->apps[i] = app.manifest;
                app.manifest = (AppcPodApp) {};
                if (i == 0)
                        name = TAKE_PTR(app.name);
        }

        *ret_name = TAKE_PTR(name);
        return pod_manifest ? manifest_complete(pod) : 0;
}

static int make_pod(Store *s, const PodSettings *settings, char *const *images, AppcPod *pod) {
        _cleanup_pod_dir_ PodDir p = { .fd = -EBADF };
        _cleanup_free_ char *name = NULL;
        int pods_fd = store_pods_fd(s);

        /* What the pod is made of must not go while the pod that keeps it is not there yet. */
        _cleanup_close_ int lock = store_lock(s, STORE_SHARED);
        if (lock < 0)
                return log_error_errno(lock, "Cannot lock the store '%s': %m", store_path(s));

        int r = load_apps(s, settings, images, pod, &name);
        if (r < 0)
                return r;

        r = uuid ? pod_dir_create_as(pods_fd, uuid, &p) : pod_dir_create(pods_fd, &p);
        if (r < 0)
                return log_error_errno(r, "Cannot make a pod directory in '%s': %m", store_path(s));
        r = fill_and_commit(s, settings, pod, name, &p);
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

static int have_network(const char *request) {
        _cleanup_(cni_configuration_freep) CniConfiguration *network = NULL;
        const char *interface = network_interface(request);
        _cleanup_free_ char *why = NULL;

        if (interface && if_nametoindex(interface) == 0)
                return log_error_errno(-errno,
                                       "Cannot prepare a pod: network '%s': the host has no interface '%s'",
                                       request, interface);
        if (network_kind(request) != NETWORK_CNI)
                return 0;

        int r = network_find(request, &network, &why);
        return r < 0 ? log_error_errno(r, "Cannot prepare a pod: %s", why ? why : strerror(-r)) : 0;
}

/* The same of a network that nobody knows. */
static int have_networks(const PodSettings *settings) {
        int r = 0;

        STRV_FOREACH(request, settings->networks)
                if (r >= 0)
                        r = have_network(*request);

        return r;
}

/* The same of a kernel for its virtual machine. */
static int have_guest(Store *s, const PodSettings *settings) {
        _cleanup_stage1_guest_ Stage1Guest guest = STAGE1_GUEST_NULL;
        _cleanup_free_ char *why = NULL;

        if (!streq_ptr(settings->stage1, "kvm"))
                return 0;
        int r = stage1_guest_open(s, &guest, &why);
        return r < 0 ? log_error_errno(r, "Cannot prepare a pod: %s", why ? why : strerror(-r)) : 0;
}

static int pull(Store *s, const AppSettings *app, const AppcPodApp *begun, const char *stage1,
                char ***images) {
        _cleanup_free_ char *named = NULL, *image = NULL, *why = NULL;
        PullMode mode = PULL_MISSING;

        int r = app->image ? str_copy(app->image, &named) : manifest_image(s, begun, &named, &why);
        if (r < 0)
                return log_error_errno(r, "Cannot prepare a pod: %s", why ? why : strerror(-r));

        if (app->pull)
                r = pull_set_mode(app->pull, &mode);
        if (r >= 0)
                r = pull_image(named, mode, stage1, &image);
        if (r >= 0 && verify)
                r = pull_verify(image, stage1);

        return r < 0 ? r : strv_add(images, image);
}

/* Elsewhere, what stands behind an image is a command. */
static void explain_image(const PodRequest *q, const char *image) {
        for (size_t i = 0; i < q->n; i++) {
                char *const *images = q->groups[i].images;

                if (image && images && images[0] && strv_contains(images + 1, image))
                        log_info("'%s' was taken for an image of an app; what the app before it is to execute comes behind '--'",
                                 image);
        }
}

static int prepare(Store *s, const PodRequest *q, const PodSettings *settings, AppcPod *pod) {
        _cleanup_strv_ char **images = NULL;

        int r = check_name(s, settings->name);
        if (r >= 0)
                r = have_networks(settings);
        if (r >= 0)
                r = have_guest(s, settings);
        for (size_t i = 0; i < settings->n_apps && r >= 0; i++) {
                r = pull(s, settings->apps[i], &pod->apps[i], pod_settings_stage1(settings), &images);
                if (r < 0)
                        explain_image(q, settings->apps[i]->image);
        }

        /* gantry-fetch goes into a cage of its own, which would not fit into this one. */
        if (r >= 0)
                r = cli_confine(CONFINE_PREPARE, store_root_fd(s));

        return r < 0 ? r : make_pod(s, settings, images, pod);
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

/* The manifest is begun: it has as many apps as the settings. */
static int load(const PodRequest *q, PodSettings **settings, AppcPod **pod, char **reterr_why) {
        int r = 0;

        if (pod_file && pod_manifest)
                return refuse(reterr_why, -EINVAL,
                              "--pod-file= and --pod-manifest= are two descriptions of it");

        if (pod_manifest)
                r = manifest_load(pod_manifest, pod, settings, reterr_why);
        else if (pod_file)
                r = load_pod_file(settings, reterr_why);
        else {
                *settings = calloc(1, sizeof(PodSettings));
                r = *settings ? 0 : -ENOMEM;
        }
        if (r >= 0)
                r = pod_request_apply(q, *settings, reterr_why);
        if (r >= 0)
                r = pod_settings_complete(*settings, reterr_why);

        return r < 0 || *pod ? r : appc_pod_new((*settings)->n_apps, pod);
}

static int run(int argc, char **argv) {
        _cleanup_(store_closep) Store *s = NULL;
        _cleanup_(pod_settings_freep) PodSettings *settings = NULL;
        _cleanup_(appc_pod_freep) AppcPod *pod = NULL;
        _cleanup_pod_request_ PodRequest request = {};
        _cleanup_free_ char *why = NULL;

        int r = pod_request_parse(&program, argc, argv, &request);
        if (r <= 0)
                return r;
        r = load(&request, &settings, &pod, &why);
        if (r < 0)
                return log_error_errno(r, "Cannot prepare a pod: %s", why ? why : strerror(-r));

        r = store_open(cli_root, STORE_CREATE, &s);
        if (r < 0)
                return log_error_errno(r, "Cannot open the store '%s': %s%s", cli_root,
                                       store_strerror(cli_root, r).text,
                                       r == -EACCES ? "; run as root or with --root=DIR" : "");

        return prepare(s, &request, settings, pod);
}

int main(int argc, char **argv) {
        return cli_exit_status(run(argc, argv), EXIT_FAILURE);
}
