/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: libselinux, the only user of it.
 * Never: loads it on a host without SELinux; decides which label anything has.
 * Follows: is_selinux_enabled(3), security_check_context(3), getcon(3), setexeccon(3); dlopen(3). */

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <selinux/selinux.h>
#include <sys/vfs.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "selinux/label.h"

#define LXC_CONTEXTS_MAX ((size_t) 64 * 1024)

/* Of it, under their own names. */
static struct {
        __typeof__(is_selinux_enabled) *is_selinux_enabled;
        __typeof__(security_getenforce) *security_getenforce;
        __typeof__(selinux_lxc_contexts_path) *selinux_lxc_contexts_path;
        __typeof__(security_check_context_raw) *security_check_context_raw;
        __typeof__(getcon_raw) *getcon_raw;
        __typeof__(getpidcon_raw) *getpidcon_raw;
        __typeof__(setexeccon_raw) *setexeccon_raw;
        __typeof__(freecon) *freecon;
} library;

static int find_functions(void *handle) {
        static const struct {
                const char *name;
                void *function;
        } list[] = {
                { "is_selinux_enabled", &library.is_selinux_enabled },
                { "security_getenforce", &library.security_getenforce },
                { "selinux_lxc_contexts_path", &library.selinux_lxc_contexts_path },
                { "security_check_context_raw", &library.security_check_context_raw },
                { "getcon_raw", &library.getcon_raw },
                { "getpidcon_raw", &library.getpidcon_raw },
                { "setexeccon_raw", &library.setexeccon_raw },
                { "freecon", &library.freecon },
        };

        for (size_t i = 0; i < ELEMENTSOF(list); i++) {
                void *function = dlsym(handle, list[i].name);
                if (!function)
                        return -ELIBACC;
                memcpy(list[i].function, &function, sizeof(function));
        }

        return 0;
}

/* 1 if SELinux is on. */
static int load(void) {
        static int loaded = -EAGAIN;
        struct statfs fs;

        if (loaded != -EAGAIN)
                return loaded;
        if (statfs("/sys/fs/selinux", &fs) < 0 || fs.f_type != SELINUX_MAGIC)
                return loaded = 0;

        void *handle = dlopen("libselinux.so.1", RTLD_NOW | RTLD_NODELETE);
        int r = handle ? find_functions(handle) : -ELIBACC;
        return loaded = r < 0 ? r : library.is_selinux_enabled() > 0;
}

int label_mode(void) {
        int r = load();
        if (r <= 0)
                return r < 0 ? r : LABEL_OFF;

        int enforcing = library.security_getenforce();
        return enforcing < 0 ? -errno : enforcing > 0 ? LABEL_ENFORCING : LABEL_PERMISSIVE;
}

static int need(void) {
        int r = load();
        return r == 0 ? -EOPNOTSUPP : r;
}

int label_read_lxc_contexts(Blob *ret) {
        int r = need();
        if (r < 0)
                return r;

        const char *path = library.selinux_lxc_contexts_path();
        return path ? file_read_at(AT_FDCWD, path, LXC_CONTEXTS_MAX, ret) : -ENOENT;
}

int label_check(const char *context) {
        int r = need();
        return r < 0 ? r : library.security_check_context_raw(context) < 0 ? -errno : 0;
}

/* What libselinux gave is its own to free. */
static int take(char *context, char **ret) {
        int r = str_copy(context, ret);

        library.freecon(context);
        return r;
}

int label_of_self(char **ret) {
        char *context = NULL;

        int r = need();
        if (r >= 0)
                r = library.getcon_raw(&context) < 0 ? -errno : 0;
        return r < 0 ? r : take(context, ret);
}

int label_of_process(pid_t pid, char **ret) {
        char *context = NULL;

        int r = need();
        if (r >= 0)
                r = library.getpidcon_raw(pid, &context) < 0 ? -errno : 0;
        return r < 0 ? r : take(context, ret);
}

int label_next_exec(const char *context) {
        int r = need();
        if (r == -EOPNOTSUPP && !context)
                return 0;

        return r < 0 ? r : library.setexeccon_raw(context) < 0 ? -errno : 0;
}
