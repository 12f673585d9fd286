/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: mapping B in a container: what the systemd of a pod finds when it starts.
 * Never: says what an app's unit says: pod/service.h does.
 * Follows: docs/ARCHITECTURE.md, "Pods of several apps"; docs/STAGE1.md. */

#include <sys/stat.h>

#include "basic/fd.h"
#include "basic/log.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "nspawn-stage1/boot.h"
#include "stage/root.h"
#include "pod/init-config.h"
#include "pod/service.h"
#include "stage/credentials.h"
#include "stage/etc-texts.h"
#include "stage1/stage1-image.h"

/* What nspawn binds into the pod for all its apps (pod/nspawn.h). Read-only, which a bind of such a mount is without being told: if it were, systemd
 * would read the list of all mounts twice for each. */
static const ServiceBind of_all[] = {
        { "/run/systemd/journal/socket", "/run/systemd/journal/socket", false },
        { "/run/systemd/journal/stdout", "/run/systemd/journal/stdout", false },
        { "/run/systemd/journal/dev-log", "/run/systemd/journal/dev-log", false },
};

int boot_root(Stage *s) {
        return str_printf(&s->root, "%s/stage1", s->place);
}

static int mount_image(Stage *s, Store *store) {
        _cleanup_free_ char *why = NULL;

        int r = stage1_image_open(store, &s->image_fd, &why);
        if (r < 0)
                return log_error_errno(r, "Cannot have a systemd for pod '%s': %s", s->pod.name,
                                       why ? why : strerror(-r));

        r = mkdir(s->root, 0755) < 0 ? -errno : root_mount_shared(s, s->image_fd, s->root);
        if (r < 0)
                return log_error_errno(r, "Cannot mount the systemd for pod '%s': %m", s->pod.name);

        return 0;
}

/* Owned by the caller, with `*ret_sources`, which it borrows from. */
static int make_binds(const StageApp *a, ServiceBind **ret, char ***ret_sources) {
        _cleanup_free_ ServiceBind *binds = calloc(a->n_binds + ELEMENTSOF(of_all), sizeof(ServiceBind));
        _cleanup_strv_ char **sources = NULL;

        if (!binds)
                return -ENOMEM;
        for (size_t i = 0; i < a->n_binds; i++) {
                const StageBind *b = &a->binds[i];

                int r = strv_addf(&sources, BOOT_APPS "/%s/%s", a->app->name, b->name);
                if (r < 0)
                        return r;
                binds[i] = (ServiceBind) { sources[i], b->target, b->read_only };
        }
        memcpy(binds + a->n_binds, of_all, sizeof(of_all));

        *ret = TAKE_PTR(binds);
        *ret_sources = TAKE_PTR(sources);
        return 0;
}

static int make_unit(const StageApp *a, char *const *credentials, char **ret, char **reterr_why) {
        _cleanup_free_ ServiceBind *binds = NULL;
        _cleanup_strv_ char **sources = NULL;
        _cleanup_free_ char *root = NULL;

        int r = make_binds(a, &binds, &sources);
        if (r >= 0)
                r = str_printf(&root, BOOT_APPS "/%s/root", a->app->name);
        if (r < 0)
                return r;

        ServiceSpec spec = {
                .root = root,
                .binds = binds,
                .n_binds = a->n_binds + ELEMENTSOF(of_all),
                .credentials = credentials,
        };
        return service_unit(a->stage->manifest, a->app, &spec, ret, reterr_why);
}

static int write_text(int directory, const char *name, const char *text) {
        return file_create_at(directory, name, text, strlen(text), 0644);
}

/* The unit's credentials are those of an app that is alone; which of several has one, its own properties say. */
static int write_unit(const StageApp *a, int directory, char **reterr_why) {
        _cleanup_free_ char *name = NULL, *text = NULL;
        _cleanup_strv_ char **credentials = NULL;

        int r = a->stage->n_apps == 1 ? credentials_names(&credentials) : 0;
        if (r >= 0)
                r = service_unit_name(a->app->name, &name);
        if (r >= 0)
                r = make_unit(a, credentials, &text, reterr_why);

        return r < 0 ? r : write_text(directory, name, text);
}

static int write_targets(const Stage *s, int directory) {
        _cleanup_free_ char *text = NULL;

        int r = service_target(s->manifest, &text);
        if (r >= 0)
                r = write_text(directory, "default.target", text);

        return r < 0 ? r : write_text(directory, SERVICE_ALIVE, service_alive);
}

/* Without one, systemd would mount one over it that has changed by the next start. */
static int write_machine_id(const Stage *s) {
        char text[TEXT_MACHINE_ID_SIZE];

        text_of_machine_id(s, text);
        return write_text(s->place_fd, BOOT_MACHINE_ID, text);
}

int boot_make(Stage *s, Store *store) {
        int r = mount_image(s, store);
        if (r < 0)
                return r;

        _cleanup_close_ int directory = dir_open_at(s->place_fd, BOOT_UNITS, 0755);
        r = directory < 0 ? directory : write_targets(s, directory);
        if (r >= 0)
                r = write_machine_id(s);
        if (r < 0)
                return log_error_errno(r, "Cannot write the units of pod '%s': %m", s->pod.name);

        for (size_t i = 0; i < s->n_apps; i++) {
                _cleanup_free_ char *why = NULL;

                r = write_unit(&s->apps[i], directory, &why);
                if (r < 0)
                        return log_error_errno(r, "Cannot make a service of app '%s' of pod '%s': %s",
                                               s->apps[i].app->name, s->pod.name, why ? why : strerror(-r));
        }

        return 0;
}
