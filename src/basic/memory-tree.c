/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: file systems in memory, as an app may ask for them.
 * Never: lets one have devices or set-user-ID programs.
 * Follows: tmpfs(5), fsmount(2); podman-run(1), "--tmpfs". */

#include <linux/mount.h>
#include <stdio.h>
#include <sys/mount.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/memory-tree.h"
#include "basic/refuse.h"
#include "basic/str.h"

static int set_number(int context, const char *key, unsigned value) {
        char text[16];

        (void) snprintf(text, sizeof(text), "%u", value);
        return fsconfig(context, FSCONFIG_SET_STRING, key, text, 0) < 0 ? -errno : 0;
}

/* Of the file system: size=, mode=, nr_inodes=. */
static int set_option(int context, char *word, char **reterr_why) {
        char *equals = strchr(word, '=');

        if (!equals || !equals[1])
                return refuse(reterr_why, -EINVAL, "it cannot have the option '%s'", word);
        *equals = '\0';
        if (fsconfig(context, FSCONFIG_SET_STRING, word, equals + 1, 0) < 0)
                return refuse(reterr_why, -errno, "it cannot have %s=%s", word, equals + 1);

        return 0;
}

/* Of the mount. */
static bool set_attribute(const char *word, unsigned *attributes) {
        static const struct {
                const char *name;
                unsigned set, clear;
        } words[] = {
                { "ro", MOUNT_ATTR_RDONLY, 0 },
                { "rw", 0, MOUNT_ATTR_RDONLY },
                { "noexec", MOUNT_ATTR_NOEXEC, 0 },
                { "exec", 0, MOUNT_ATTR_NOEXEC },
                { "nosuid", 0, 0 },
                { "nodev", 0, 0 },
                { "", 0, 0 },
        };

        for (size_t i = 0; i < ELEMENTSOF(words); i++)
                if (streq(word, words[i].name)) {
                        *attributes = (*attributes | words[i].set) & ~words[i].clear;
                        return true;
                }

        return false;
}

static int set_options(int context, const char *options, unsigned *attributes, char **reterr_why) {
        _cleanup_free_ char *copy = strdup(options);
        int r = copy ? 0 : -ENOMEM;

        for (char *rest = copy, *word; r >= 0 && (word = strsep(&rest, ","));)
                if (!set_attribute(word, attributes))
                        r = set_option(context, word, reterr_why);

        return r;
}

int memory_tree(uid_t owner, const char *label, const char *options, char **reterr_why) {
        unsigned attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;

        _cleanup_close_ int context = fsopen("tmpfs", FSOPEN_CLOEXEC);
        if (context < 0)
                return -errno;

        int r = set_number(context, "uid", owner);
        if (r >= 0)
                r = set_number(context, "gid", owner);
        if (r >= 0 && fsconfig(context, FSCONFIG_SET_STRING, "mode", "1777", 0) < 0)
                r = -errno;
        if (r >= 0 && label && fsconfig(context, FSCONFIG_SET_STRING, "context", label, 0) < 0)
                r = -errno;
        if (r >= 0 && options)
                r = set_options(context, options, &attributes, reterr_why);
        if (r < 0)
                return r;
        if (fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
                return -errno;

        int fd = fsmount(context, FSMOUNT_CLOEXEC, attributes);
        return fd < 0 ? -errno : fd;
}
