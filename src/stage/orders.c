/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the pod's /run/gantry: gantry-init and what it is told.
 * Never: decides what an app may do: pod/init-orders.h and seccomp/app-filter.h do.
 * Follows: pod/init-config.h. */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/log.h"
#include "basic/process.h"
#include "basic/str.h"
#include "pod/init-config.h"
#include "seccomp/app-filter.h"
#include "stage/app-orders.h"
#include "stage/orders.h"
#include "stage/view.h"

/* Binds a file of the host into the directory. */
static int show(const StageApp *a, int directory, const char *name, const char *source) {
        _cleanup_free_ char *target = NULL;

        int r = file_create_at(directory, name, "", 0, 0444);
        if (r >= 0)
                r = str_printf(&target, "%s/gantry/%s", a->place, name);
        if (r < 0)
                return r;

        return mount(source, target, NULL, MS_BIND, NULL) < 0 ? -errno : 0;
}

static int show_init(const StageApp *a, int directory) {
        _cleanup_free_ char *init = NULL;

        int r = program_path("gantry-init", &init);
        return r < 0 ? r : show(a, directory, "init", init);
}

static int write_orders(const StageApp *a, int directory, char **reterr_why) {
        _cleanup_free_ char *path = NULL;
        _cleanup_blob_ Blob orders = {};

        int r = app_orders(a, &orders, reterr_why);
        if (r < 0)
                return r;
        _cleanup_close_ int fd = app_orders_keep(a, &orders);
        if (fd < 0)
                return fd;
        r = fd_get_path(fd, &path);

        return r < 0 ? r : show(a, directory, "app", path);
}

/* They run as the app does, and are told so in the same way. */
static int write_handler(const StageApp *a, int directory, const char *name, char *const *exec,
                         char **reterr_why) {
        uid_t owner = a->stage->uid_base;
        _cleanup_blob_ Blob orders = {};

        if (!exec)
                return 0;
        int r = app_handler_orders(a, exec, &orders, reterr_why);
        if (r >= 0)
                r = file_create_at(directory, name, orders.data, orders.size, 0400);
        if (r < 0)
                return r;

        return fchownat(directory, name, owner, owner, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

static int write_filter(const StageApp *a, int directory, char **reterr_why) {
        _cleanup_blob_ Blob filter = {};

        int r = seccomp_app_filter(a->app, a->fd, &filter, reterr_why);
        if (r != 0)
                return MIN(r, 0);

        return file_create_at(directory, "filter", filter.data, filter.size, 0444);
}

static int make_directory(StageApp *a, char **reterr_why) {
        _cleanup_close_ int directory = dir_open_at(a->place_fd, "gantry", 0755);
        if (directory < 0)
                return directory;

        int r = show_init(a, directory);
        if (r >= 0)
                r = write_orders(a, directory, reterr_why);
        if (r >= 0)
                r = write_handler(a, directory, INIT_ORDERS_PRE_START, a->app->app->pre_start, reterr_why);
        if (r >= 0)
                r = write_handler(a, directory, INIT_ORDERS_POST_STOP, a->app->app->post_stop, reterr_why);
        if (r >= 0)
                r = write_filter(a, directory, reterr_why);
        if (r >= 0) /* TOOLS_DIRECTORY: empty but for who brings his own */
                r = mkdirat(directory, "tools", 0755) < 0 ? -errno : 0;

        return r < 0 ? r : view_bind_reserved(a, "gantry", INIT_DIRECTORY);
}

int orders_make(StageApp *a) {
        _cleanup_free_ char *why = NULL;

        int r = make_directory(a, &why);
        if (r < 0)
                return log_error_errno(r, "Cannot confine app '%s' of pod '%s': %s", a->app->name,
                                       a->stage->pod.name, why ? why : strerror(-r));

        return 0;
}
