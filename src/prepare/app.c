/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: from an admitted image's documents to an app of a pod and its layers.
 * Never: builds layers; trusts a document that it has not compared with its digest.
 * Follows: OCI image-spec, appc image manifest. */

#include <string.h>

#include "basic/fd.h"
#include "basic/log.h"
#include "basic/str.h"
#include "image/appc.h"
#include "image/hasher.h"
#include "image/oci.h"
#include "pod/annotations.h"
#include "prepare/app.h"
#include "settings/oci-app.h"
#include "store/image-dir.h"

void app_done(App *app) {
        appc_pod_app_done(&app->manifest);
        free(app->reference);
        free(app->name);
        free(app->layers);
        *app = (App) {};
}

static int find_image(Store *s, const char *text, Reference **ret, Digest *ret_id) {
        _cleanup_reference_ Reference *reference = NULL;

        int r = reference_parse(text, &reference, /* reterr_why= */ NULL);
        if (r >= 0)
                r = image_reference_localize(reference);
        if (r >= 0)
                r = image_resolve(s, reference, ret_id);
        if (r < 0)
                return log_error_errno(r, "Cannot look up image '%s': %m", text);

        *ret = TAKE_PTR(reference);
        return 0;
}

/* An ID is no name; then the name it was admitted under will do. */
static int name_image(int image_fd, const Reference *asked, App *app) {
        _cleanup_reference_ Reference *admitted = NULL;
        int r = 0;

        if (asked->kind == REFERENCE_ID)
                r = image_dir_reference(image_fd, &admitted);
        if (r >= 0)
                r = reference_format(admitted ? admitted : asked, &app->reference);
        if (r < 0)
                return r;

        const Reference *reference = admitted ? admitted : asked;
        return reference->kind == REFERENCE_ACI ? str_copy(reference->name, &app->name)
                                                : reference_name(reference, &app->name);
}

static int read_checked(int image_fd, const char *file, const Digest *expected, Blob *ret) {
        _cleanup_blob_ Blob b = {};
        Digest digest;

        int r = image_file_read(image_fd, file, OCI_DOCUMENT_MAX, &b);
        if (r >= 0)
                r = digest_of(expected->algorithm, b.data, b.size, &digest);
        if (r < 0)
                return r;
        if (!digest_equal(&digest, expected))
                return -EBADMSG;

        *ret = TAKE_BLOB(b);
        return 0;
}

static int load_oci(int image_fd, const Digest *id, const AppSettings *s, AppcPodApp *app,
                    char **reterr_why) {
        _cleanup_(oci_manifest_freep) OciManifest *manifest = NULL;
        _cleanup_(oci_config_freep) OciConfig *config = NULL;
        _cleanup_blob_ Blob manifest_text = {}, config_text = {};

        int r = read_checked(image_fd, "manifest", id, &manifest_text);
        if (r >= 0)
                r = oci_manifest_parse(manifest_text.data, manifest_text.size, &manifest, reterr_why);
        if (r >= 0)
                r = read_checked(image_fd, "config", &manifest->config.digest, &config_text);
        if (r >= 0)
                r = oci_config_parse(config_text.data, config_text.size, &config, reterr_why);
        if (r >= 0)
                r = oci_image_check(manifest, config, reterr_why);
        if (r >= 0 && !app->app)
                r = pod_app_from_oci(config, s, app, reterr_why);

        return r;
}

/* Its systemd is told when it is ready, unless whoever runs it says otherwise. */
static int adopt_readiness(const AppcImage *image, const AppSettings *s, AppcPodApp *app) {
        const char *notifies = pairs_get(&image->annotations, "appc.io/executor/supports-systemd-notify");

        return notifies && streq(notifies, "true") && !s->notify
                               ? pairs_set(&app->annotations, ANNOTATION_NOTIFY, "app")
                               : 0;
}

static int load_aci(int image_fd, const AppSettings *s, AppcPodApp *app, char **reterr_why) {
        _cleanup_(appc_image_freep) AppcImage *image = NULL;
        _cleanup_blob_ Blob text = {};

        int r = image_file_read(image_fd, "manifest", APPC_DOCUMENT_MAX, &text);
        if (r >= 0)
                r = appc_image_parse(text.data, text.size, &image, reterr_why);
        if (r >= 0)
                r = appc_image_check(image, app->image_name, &app->image_labels, reterr_why);
        if (r >= 0 && !app->app)
                r = image->app ? pod_app_from_appc(image->app, s, app) : -ENOEXEC;
        if (r >= 0)
                r = adopt_readiness(image, s, app);
        if (r < 0 || app->image_name)
                return r;

        return str_copy(image->name, &app->image_name);
}

static int check_layer(Store *s, const Digest *id, char **reterr_why) {
        char text[DIGEST_TEXT_MAX];

        int r = layer_exists(s, id);
        if (r != 0)
                return r;

        digest_format_id(id, text);
        (void) str_printf(reterr_why, "layer %s is missing; fetch the image again", text);
        return -ENODATA;
}

static int load_layers(Store *s, int image_fd, App *app, char **reterr_why) {
        int r = image_layers_read(image_fd, &app->layers, &app->n_layers);
        if (r == -ENOENT)
                (void) str_copy("it is not complete; fetch it again", reterr_why);

        for (size_t i = 0; i < app->n_layers && r >= 0; i++)
                r = check_layer(s, &app->layers[i].id, reterr_why);

        return r;
}

/* One that a pod manifest brings along takes the place of the image's, as a whole. */
static int complete_own(const AppSettings *s, AppcPodApp *app) {
        _cleanup_(appc_app_freep) AppcApp *own = TAKE_PTR(app->app);

        return own ? pod_app_from_appc(own, s, app) : 0;
}

static int name_app(const AppSettings *s, const char *image, AppcPodApp *app) {
        if (app->name)
                return 0;

        return s->name ? str_copy(s->name, &app->name) : pod_app_name(image, &app->name);
}

static int read_image(Store *s, const Reference *asked, const Digest *id, const AppSettings *settings,
                      App *app, char **reterr_why) {
        AppcPodApp *m = &app->manifest;
        _cleanup_close_ int image_fd = image_dir_open(s, id);
        int r = image_fd < 0 ? image_fd : name_image(image_fd, asked, app);

        if (r >= 0)
                r = complete_own(settings, m);
        if (r >= 0)
                r = id->algorithm == DIGEST_SHA512 ? load_aci(image_fd, settings, m, reterr_why)
                                                   : load_oci(image_fd, id, settings, m, reterr_why);
        if (r == -ENOEXEC)
                (void) str_copy("the image names no command; give one after '--'", reterr_why);
        if (r >= 0)
                r = load_layers(s, image_fd, app, reterr_why);
        if (r >= 0)
                r = image_dir_use(image_fd);
        if (r < 0)
                return r;

        m->has_image_id = true;
        m->image_id = *id;
        r = name_app(settings, app->name, m);
        return r < 0 ? r : pairs_set(&m->annotations, ANNOTATION_IMAGE, app->reference);
}

int app_load(Store *s, const char *text, const AppSettings *settings, AppcPodApp *begun, App *ret) {
        _cleanup_reference_ Reference *asked = NULL;
        _cleanup_(app_done) App app = { .manifest = *begun };
        _cleanup_free_ char *why = NULL;
        Digest id;

        *begun = (AppcPodApp) {};
        int r = find_image(s, text, &asked, &id);
        if (r < 0)
                return r;
        if (app.manifest.has_image_id && !digest_equal(&id, &app.manifest.image_id))
                return log_error_errno(
                                -ESTALE,
                                "Cannot prepare '%s': it is another image than the pod manifest names",
                                text);
        r = read_image(s, asked, &id, settings, &app, &why);
        if (r < 0)
                return log_error_errno(r, "Cannot prepare '%s': %s", text, why ? why : strerror(-r));

        *ret = app;
        app = (App) {};
        return 0;
}
