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
#include "nspawn-stage1/orders.h"
#include "nspawn-stage1/services.h"
#include "pod/init-config.h"
#include "pod/init-orders.h"
#include "seccomp/app-filter.h"

/* Binds a file of the host into the directory. */
static int show(const Stage *s, int directory, const char *name, const char *source) {
        _cleanup_free_ char *target = NULL;

        int r = file_create_at(directory, name, "", 0, 0444);
        if (r >= 0)
                r = str_printf(&target, "%s/gantry/%s", s->place, name);
        if (r < 0)
                return r;

        return mount(source, target, NULL, MS_BIND, NULL) < 0 ? -errno : 0;
}

static int show_init(const Stage *s, int directory) {
        _cleanup_free_ char *init = NULL;

        int r = program_path("gantry-init", &init);
        return r < 0 ? r : show(s, directory, "init", init);
}

static int make_orders(const Stage *s, Blob *ret, char **reterr_why) {
        int r = init_orders(s->manifest, s->app, getenv("CREDENTIALS_DIRECTORY"), ret, reterr_why);
        return r < 0 ? r : services_orders(s, ret);
}

/* No fsync: after a crash there is no pod that could need them. */
static int write_orders(const Stage *s, int directory, char **reterr_why) {
        _cleanup_free_ char *path = NULL;
        _cleanup_blob_ Blob orders = {};

        int r = make_orders(s, &orders, reterr_why);
        if (r < 0)
                return r;
        if (unlinkat(s->app_fd, "init", 0) < 0 && errno != ENOENT)
                return -errno;
        r = file_create_at(s->app_fd, "init", orders.data, orders.size, 0400);
        if (r < 0)
                return r;

        _cleanup_close_ int fd = openat(s->app_fd, "init", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        if (fd < 0 || fchown(fd, s->uid_base, s->uid_base) < 0)
                return -errno;
        r = fd_get_path(fd, &path);

        return r < 0 ? r : show(s, directory, "app", path);
}

static int write_filter(const Stage *s, int directory, char **reterr_why) {
        _cleanup_blob_ Blob filter = {};

        int r = seccomp_app_filter(s->app, s->app_fd, &filter, reterr_why);
        if (r != 0)
                return MIN(r, 0);

        return file_create_at(directory, "filter", filter.data, filter.size, 0444);
}

/* Of this process, and so of the whole pod: what is in a user namespace of its own may not make itself important. */
static int set_oom_score(const Stage *s) {
        int64_t score;
        char text[16];

        if (json_int(appc_pod_app_isolator(s->app, "os/linux/oom-score-adj"), &score) < 0)
                return 0;

        (void) snprintf(text, sizeof(text), "%d", (int) score);
        _cleanup_close_ int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
        return fd < 0 ? -errno : fd_write_full(fd, text, strlen(text));
}

static int make_directory(Stage *s, char **reterr_why) {
        _cleanup_free_ char *path = NULL;

        _cleanup_close_ int directory = dir_open_at(s->place_fd, "gantry", 0755);
        if (directory < 0)
                return directory;

        int r = show_init(s, directory);
        if (r >= 0)
                r = write_orders(s, directory, reterr_why);
        if (r >= 0)
                r = write_filter(s, directory, reterr_why);
        if (r >= 0) /* TOOLS_DIRECTORY: empty but for who brings his own */
                r = mkdirat(directory, "tools", 0755) < 0 ? -errno : 0;
        if (r >= 0)
                r = str_printf(&path, "%s/gantry", s->place);

        return r < 0 ? r : stage_bind(s, /* read_only= */ true, path, INIT_DIRECTORY);
}

int orders_make(Stage *s) {
        _cleanup_free_ char *why = NULL;

        int r = set_oom_score(s);
        if (r < 0)
                return log_error_errno(r, "Cannot set the OOM score of pod '%s': %m", s->pod.name);

        r = make_directory(s, &why);
        if (r < 0)
                return log_error_errno(r, "Cannot confine app '%s' of pod '%s': %s", s->app->name,
                                       s->pod.name, why ? why : strerror(-r));

        return 0;
}
