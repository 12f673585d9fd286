/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: mapping B in a container: what the systemd of a pod finds when it starts.
 * Never: says what an app's unit says: pod/service.h does.
 * Follows: docs/ARCHITECTURE.md, "Pods of several apps"; docs/STAGE1.md. */

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <sys/sysmacros.h>

#include "basic/fd.h"
#include "basic/log.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "nspawn-stage1/boot.h"
#include "pod/init-config.h"
#include "pod/init-root.h"
#include "pod/pod-networks.h"
#include "pod/service.h"
#include "stage/credentials.h"
#include "stage/etc-texts.h"
#include "stage/root.h"
#include "stage1/stage1-image.h"

#define DISK_MAX sizeof("/dev/block/4294967295:4294967295")

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

/* Borrowing from `*ret_sources`, which is owned by the caller. */
static int make_binds(const StageApp *a, InitBind *ret, char ***ret_sources) {
        _cleanup_strv_ char **sources = NULL;

        for (size_t i = 0; i < a->n_binds; i++) {
                const StageBind *b = &a->binds[i];

                int r = strv_addf(&sources, SERVICE_APPS "/%s/%s", a->app->name, b->name);
                if (r < 0)
                        return r;
                ret[i] = (InitBind) { sources[i], b->target, b->read_only };
        }

        *ret_sources = TAKE_PTR(sources);
        return 0;
}

static int make_root_orders(const StageApp *a, Blob *ret) {
        _cleanup_free_ InitBind *binds = calloc(a->n_binds, sizeof(InitBind));
        _cleanup_strv_ char **sources = NULL;

        int r = binds ? make_binds(a, binds, &sources) : -ENOMEM;
        if (r < 0)
                return r;

        const InitRoot root = {
                .own_devices = service_has_own_devices(a->app),
                .read_only = a->app->read_only_rootfs,
                .binds = binds,
                .n_binds = a->n_binds,
        };
        return init_root_orders(&root, ret);
}

static int write_root_orders(const StageApp *a) {
        _cleanup_blob_ Blob orders = {};

        int r = make_root_orders(a, &orders);
        return r < 0 ? r
                     : file_create_at(a->place_fd, "gantry/" INIT_ROOT_ORDERS, orders.data, orders.size,
                                      0444);
}

static int write_text(int directory, const char *name, const char *text) {
        return file_create_at(directory, name, text, strlen(text), 0644);
}

/* By its number, for the pod has no such device; nothing if the file system is not on one. */
static const char *find_disk(const StageApp *a, char ret[static DISK_MAX]) {
        struct stat st;

        if (fstat(a->fd, &st) < 0 || major(st.st_dev) == 0)
                return NULL;

        (void) snprintf(ret, DISK_MAX, "/dev/block/%u:%u", major(st.st_dev), minor(st.st_dev));
        return ret;
}

/* The unit's credentials are those of an app that is alone; which of several has one, its own properties say. */
static int write_unit(const StageApp *a, int directory, char **reterr_why) {
        _cleanup_free_ char *name = NULL, *text = NULL;
        _cleanup_strv_ char **credentials = NULL;
        char disk[DISK_MAX];

        int r = a->stage->n_apps == 1 ? credentials_names(&credentials) : 0;
        if (r >= 0)
                r = service_unit_name(a->app->name, &name);
        if (r >= 0)
                r = service_unit(a->stage->manifest, a->app,
                                 &(ServiceSpec) { .credentials = credentials, .disk = find_disk(a, disk) },
                                 &text, reterr_why);

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

/* Not every host has it to make an image of. */
static int check_network(const Stage *s) {
        _cleanup_free_ char *path = NULL;

        if (pod_network_kind(s->manifest) != NETWORK_SYSTEMD)
                return 0;

        int r = str_printf(&path, "%s/usr/lib/systemd/systemd-networkd", s->root);
        if (r < 0 || access(path, X_OK) >= 0)
                return r;
        return log_error_errno(-errno,
                               "Cannot have a network for pod '%s': this host has no systemd-networkd",
                               s->pod.name);
}

int boot_make(Stage *s, Store *store) {
        int r = mount_image(s, store);
        if (r >= 0)
                r = check_network(s);
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

                r = write_root_orders(&s->apps[i]);
                if (r >= 0)
                        r = write_unit(&s->apps[i], directory, &why);
                if (r < 0)
                        return log_error_errno(r, "Cannot make a service of app '%s' of pod '%s': %s",
                                               s->apps[i].app->name, s->pod.name, why ? why : strerror(-r));
        }

        return 0;
}
