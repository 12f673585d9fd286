/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: where hosts have the programs that a virtual machine takes.
 * Never: runs one; looks in PATH, which is the caller's.
 * Follows: the packages of Debian, Fedora and Arch. */

#include <unistd.h>

#include "basic/refuse.h"
#include "basic/str.h"
#include "pod/machine-tools.h"

static const struct {
        const char *paths[4];
        const char *purpose;
} tools[] = {
        [MACHINE_QEMU] = { { "/usr/bin/qemu-system-x86_64", "/usr/libexec/qemu-kvm" },
                           "to run a virtual machine" },
        [MACHINE_VIRTIOFSD] = { { "/usr/libexec/virtiofsd", "/usr/lib/qemu/virtiofsd", "/usr/lib/virtiofsd",
                                  "/usr/bin/virtiofsd" },
                                "to give a virtual machine its volumes" },
        [MACHINE_MKFS] = { { "/usr/sbin/mkfs.ext4", "/sbin/mkfs.ext4", "/usr/bin/mkfs.ext4" },
                           "to make the disk of a virtual machine" },
};

int machine_tool_find(MachineTool tool, char **ret, char **reterr_why) {
        const char *const *paths = tools[tool].paths;

        for (size_t i = 0; i < ELEMENTSOF(tools[tool].paths) && paths[i]; i++)
                if (access(paths[i], X_OK) >= 0)
                        return str_copy(paths[i], ret);

        return refuse(reterr_why, -ENOENT, "this host has no '%s' %s; install it", paths[0],
                      tools[tool].purpose);
}
