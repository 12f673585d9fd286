/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the archive by which a guest gets its orders.
 * Never: has a credential anywhere else but in there.
 * Follows: pod/guest-config.h; cpio/writer.h. */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "basic/fd.h"
#include "basic/log.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "cpio/writer.h"
#include "kvm-stage1/guest-orders.h"
#include "kvm-stage1/guest-records.h"
#include "pod/guest-config.h"
#include "pod/init-config.h"
#include "pod/init-root.h"
#include "pod/service.h"
#include "seccomp/app-filter.h"
#include "stage/app-orders.h"
#include "stage/credentials.h"

#define CREDENTIAL_MAX ((size_t) 1024 * 1024) /* systemd's own limit */

/* Archives name their files without the root. */
static const char *relative(const char *path) {
        return path + strspn(path, "/");
}

static int put_file(CpioWriter *w, const char *directory, const char *name, mode_t mode, const void *data,
                    size_t size) {
        _cleanup_free_ char *path = NULL;

        int r = str_printf(&path, "%s/%s", relative(directory), name);
        return r < 0 ? r : cpio_file(w, path, mode, data, size);
}

static int put_texts(CpioWriter *w, const GuestTexts *t) {
        int r = cpio_directory(w, relative(GUEST_FILES), 0755);

        for (size_t i = 0; r >= 0 && i < _TEXTS; i++) {
                char name[24];

                (void) snprintf(name, sizeof(name), "%zu", i);
                if (t->list[i])
                        r = put_file(w, GUEST_FILES, name, 0644, t->list[i], strlen(t->list[i]));
        }

        return r;
}

static int put_orders(CpioWriter *w, const StageApp *a, const char *directory, char **reterr_why) {
        _cleanup_blob_ Blob orders = {};

        int r = app_orders(a, &orders, reterr_why);
        if (r < 0)
                return r;
        _cleanup_close_ int kept = app_orders_keep(a, &orders);
        return kept < 0 ? kept : put_file(w, directory, INIT_ORDERS, 0400, orders.data, orders.size);
}

/* Where in its root anything is mounted the guest finds out: it adds that. */
static int put_root_orders(CpioWriter *w, const StageApp *a, const char *directory) {
        _cleanup_blob_ Blob orders = {};
        _cleanup_free_ char *own = NULL;

        int r = str_printf(&own, SERVICE_APPS "/%s/gantry", a->app->name);
        if (r < 0)
                return r;

        const InitRoot root = {
                .own_devices = service_has_own_devices(a->app),
                .read_only = a->app->read_only_rootfs,
                .binds = &(InitBind) { own, INIT_DIRECTORY, true },
                .n_binds = 1,
        };
        r = init_root_orders(&root, &orders);
        return r < 0 ? r : put_file(w, directory, INIT_ROOT_ORDERS, 0600, orders.data, orders.size);
}

static int put_handler(CpioWriter *w, const StageApp *a, const char *directory, const char *name,
                       char *const *exec, char **reterr_why) {
        _cleanup_blob_ Blob orders = {};

        if (!exec)
                return 0;
        int r = app_handler_orders(a, exec, &orders, reterr_why);
        return r < 0 ? r : put_file(w, directory, name, 0400, orders.data, orders.size);
}

static int put_filter(CpioWriter *w, const StageApp *a, const char *directory, char **reterr_why) {
        _cleanup_blob_ Blob filter = {};

        int r = seccomp_app_filter(a->app, a->fd, &filter, reterr_why);
        return r != 0 ? MIN(r, 0) : put_file(w, directory, "filter", 0444, filter.data, filter.size);
}

static int put_app(CpioWriter *w, const StageApp *a) {
        _cleanup_free_ char *directory = NULL, *why = NULL;

        int r = str_printf(&directory, GUEST_APPS "/%s", a->app->name);
        if (r >= 0)
                r = cpio_directory(w, relative(directory), 0755);
        if (r >= 0)
                r = put_orders(w, a, directory, &why);
        if (r >= 0 && a->stage->boots)
                r = put_root_orders(w, a, directory);
        if (r >= 0)
                r = put_handler(w, a, directory, INIT_ORDERS_PRE_START, a->app->app->pre_start, &why);
        if (r >= 0)
                r = put_handler(w, a, directory, INIT_ORDERS_POST_STOP, a->app->app->post_stop, &why);
        if (r >= 0)
                r = put_filter(w, a, directory, &why);
        if (r < 0)
                return log_error_errno(r, "Cannot confine app '%s' of pod '%s': %s", a->app->name,
                                       a->stage->pod.name, why ? why : strerror(-r));

        return 0;
}

static int put_apps(CpioWriter *w, const Stage *s) {
        int r = cpio_directory(w, relative(GUEST_APPS), 0755);
        if (r < 0)
                return log_error_errno(r, "Cannot tell the guest about pod '%s': %m", s->pod.name);

        for (size_t i = 0; r >= 0 && i < s->n_apps; i++)
                r = put_app(w, &s->apps[i]);
        return r;
}

static int put_credentials(CpioWriter *w, const char *source) {
        _cleanup_strv_ char **names = NULL;

        int r = credentials_names(&names);
        if (r < 0 || !names)
                return r;
        r = cpio_directory(w, relative(GUEST_CREDENTIALS), 0700);

        STRV_FOREACH(name, names) {
                _cleanup_secret_blob_ Blob text = {};
                _cleanup_free_ char *path = NULL;

                if (r >= 0)
                        r = str_printf(&path, "%s/%s", source, *name);
                if (r >= 0)
                        r = file_read_at(AT_FDCWD, path, CREDENTIAL_MAX, &text);
                if (r >= 0)
                        r = put_file(w, GUEST_CREDENTIALS, *name, 0400, text.data, text.size);
        }

        return r;
}

/* The unit's credentials are those of an app that is alone; which of several has one, its own properties say. */
static int put_unit(CpioWriter *w, const StageApp *a) {
        _cleanup_free_ char *name = NULL, *text = NULL, *why = NULL;
        _cleanup_strv_ char **credentials = NULL;

        int r = a->stage->n_apps == 1 ? credentials_names(&credentials) : 0;
        if (r >= 0)
                r = service_unit_name(a->app->name, &name);
        if (r >= 0)
                r = service_unit(a->stage->manifest, a->app, &(ServiceSpec) { .credentials = credentials },
                                 &text, &why);
        if (r >= 0)
                r = put_file(w, GUEST_UNITS, name, 0644, text, strlen(text));
        if (r < 0)
                return log_error_errno(r, "Cannot make a service of app '%s' of pod '%s': %s", a->app->name,
                                       a->stage->pod.name, why ? why : strerror(-r));

        return 0;
}

static int put_targets(CpioWriter *w, const Stage *s) {
        _cleanup_free_ char *text = NULL;

        int r = cpio_directory(w, relative(GUEST_UNITS), 0755);
        if (r >= 0)
                r = service_target(s->manifest, &text);
        if (r >= 0)
                r = put_file(w, GUEST_UNITS, "default.target", 0644, text, strlen(text));
        if (r >= 0)
                r = put_file(w, GUEST_UNITS, SERVICE_ALIVE, 0644, service_alive, strlen(service_alive));

        return r < 0 ? log_error_errno(r, "Cannot write the units of pod '%s': %m", s->pod.name) : 0;
}

static int put_units(CpioWriter *w, const Stage *s) {
        int r = s->boots ? put_targets(w, s) : 0;

        for (size_t i = 0; r >= 0 && s->boots && i < s->n_apps; i++)
                r = put_unit(w, &s->apps[i]);
        return r;
}

/* What is the pod's, not an app's. */
static int put_pod(CpioWriter *w, const Stage *s, const GuestTexts *texts, const Blob *records) {
        const char *credentials = getenv("CREDENTIALS_DIRECTORY");

        int r = cpio_file(w, relative(GUEST_ORDERS), 0400, records->data, records->size);
        if (r >= 0)
                r = put_texts(w, texts);
        if (r >= 0 && credentials)
                r = put_credentials(w, credentials);
        if (r < 0)
                return log_error_errno(r, "Cannot tell the guest about pod '%s': %m", s->pod.name);

        return 0;
}

int guest_orders_write(const Stage *s, Store *store, const Disks *disks, Exports *exports, int fd) {
        _cleanup_guest_texts_ GuestTexts texts = {};
        _cleanup_blob_ Blob records = {};
        CpioWriter w = CPIO_WRITER(fd);

        int r = guest_texts_make(s, &texts);
        if (r < 0)
                return log_error_errno(r, "Cannot tell the guest about pod '%s': %m", s->pod.name);

        r = guest_records_make(s, store, disks, &texts, exports, &records);
        if (r >= 0)
                r = put_pod(&w, s, &texts, &records);
        if (r >= 0)
                r = put_apps(&w, s);
        if (r >= 0)
                r = put_units(&w, s);
        if (r < 0)
                return r;

        r = cpio_end(&w);
        return r < 0 ? log_error_errno(r, "Cannot tell the guest about pod '%s': %m", s->pod.name) : 0;
}
