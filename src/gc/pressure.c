/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: whether there is room enough.
 * Never: holds the store's lock: counting takes its time.
 * Follows: gantry.conf(5). */

#include <errno.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "gc/pressure.h"
#include "inventory/usage.h"

static int measure_use(Store *store, uint64_t limit, const uint64_t *use, Pressure *ret) {
        _cleanup_usage_ Usage seen = {};
        uint64_t bytes = use ? *use : 0;

        if (limit == AMOUNT_INFINITY)
                return 0;
        if (!use) {
                int r = usage_add_tree(&seen, store_root_fd(store), ".", &bytes);
                if (r < 0)
                        return r;
        }

        if (bytes > limit)
                *ret = (Pressure) { bytes - limit, "MaxUse", .of_use = true, .limit = limit };
        return 0;
}

static uint64_t free_bytes(const struct statvfs *fs) {
        return (uint64_t) fs->f_bavail * fs->f_frsize;
}

static int measure_free(Store *store, uint64_t limit, struct statvfs *fs, Pressure *ret) {
        int fd = store_root_fd(store);

        /* Some file systems give room back some time after it was freed; nothing should be removed for that. */
        if (free_bytes(fs) < limit && (syncfs(fd) < 0 || fstatvfs(fd, fs) < 0))
                return -errno;

        uint64_t bytes = free_bytes(fs);
        if (bytes < limit && limit - bytes > ret->excess)
                *ret = (Pressure) { limit - bytes, "KeepFree", .of_use = false, .limit = limit };
        return 0;
}

int pressure_measure(Store *store, const Settings *s, const uint64_t *use, Pressure *ret) {
        Pressure p = {};
        struct statvfs fs;

        if (fstatvfs(store_root_fd(store), &fs) < 0)
                return -errno;

        uint64_t total = (uint64_t) fs.f_blocks * fs.f_frsize;
        int r = measure_use(store, amount_bytes(&s->max_use, total), use, &p);
        if (r >= 0)
                r = measure_free(store, amount_bytes(&s->keep_free, total), &fs, &p);
        if (r < 0)
                return r;

        *ret = p;
        return 0;
}
