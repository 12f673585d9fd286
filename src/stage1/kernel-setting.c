/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what gantry.conf says of virtual machines.
 * Never: looks for a kernel.
 * Follows: gantry.conf(5). */

#include "basic/conf-read.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "stage1/kernel-setting.h"

const char *const stage1_kernel_directories[] = { "/boot", "/usr/lib/modules", "/lib/modules", NULL };

static int set_kernel(char **kernel, const char *path, char **reterr_why) {
        if (path[0] != '\0' && path[0] != '/')
                return refuse_foreign(reterr_why, "not an absolute path", path);

        free(*kernel);
        *kernel = NULL;
        return path[0] == '\0' ? 0 : str_copy(path, kernel);
}

/* All other sections are somebody else's. */
static int handle_line(const char *section, const char *key, const char *value, unsigned line,
                       void *userdata, char **reterr_why) {
        if (!streq(section, "KVM"))
                return 0;

        return streq(key, "Kernel") ? set_kernel(userdata, value, reterr_why)
                                    : refuse_foreign(reterr_why, "unknown key", key);
}

int kernel_setting_load(char **ret, char **reterr_why) {
        _cleanup_free_ char *kernel = NULL;

        int r = conf_read("gantry.conf", /* begin= */ NULL, handle_line, &kernel, reterr_why);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(kernel);
        return 0;
}
