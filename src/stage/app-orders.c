/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the whole of what gantry-init is told about an app, whatever brings it there.
 * Never: decides what an app may do: pod/init-orders.h does.
 * Follows: pod/init-config.h. */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "basic/fd.h"
#include "pod/init-orders.h"
#include "selinux/relabel.h"
#include "stage/app-orders.h"
#include "stage/services.h"

int app_orders(const StageApp *a, Blob *ret, char **reterr_why) {
        int r = init_orders(a->stage->manifest, a->app, getenv("CREDENTIALS_DIRECTORY"), ret, reterr_why);
        if (r >= 0)
                r = services_orders(a, ret);

        return r < 0 ? r : metadata_orders(&a->stage->metadata, a->app, ret);
}

int app_handler_orders(const StageApp *a, char *const *exec, Blob *ret, char **reterr_why) {
        int r = init_handler_orders(a->stage->manifest, a->app, exec, getenv("CREDENTIALS_DIRECTORY"), ret,
                                    reterr_why);
        return r < 0 ? r : metadata_orders(&a->stage->metadata, a->app, ret);
}

/* No fsync: after a crash there is no pod that could need them. */
int app_orders_keep(const StageApp *a, const Blob *orders) {
        static const char name[] = "init";

        if (unlinkat(a->fd, name, 0) < 0 && errno != ENOENT)
                return -errno;
        int r = file_create_at(a->fd, name, orders->data, orders->size, 0400);
        if (r < 0)
                return r;

        _cleanup_close_ int fd = openat(a->fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        if (fd < 0 || fchown(fd, a->stage->uid_base, a->stage->uid_base) < 0)
                return -errno;
        r = relabel_tree(fd, a->stage->labels.file, /* reterr_why= */ NULL);

        return r < 0 ? r : TAKE_FD(fd);
}
