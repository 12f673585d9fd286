/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what of an image is ours: directories to mount on, the few files of /etc, and the units by which it ends.
 * Never: has anything that is for one pod only: its units are mounted at /etc/systemd/system.
 * Follows: docs/STAGE1.md; bootup(7), systemd-system.conf(5), systemd.special(7). */

#include "stage1-tool/skeleton.h"

static const struct {
        const char *path;
        mode_t permissions;
} directories[] = {
        { "", 0755 },     { "apps", 0755 }, { "dev", 0755 }, { "etc/systemd/system", 0755 },
        { "proc", 0555 }, { "root", 0700 }, { "run", 0755 }, { "sys", 0555 },
        { "tmp", 01777 }, { "var", 0755 },
};

static const struct {
        const char *path, *target;
} links[] = {
        { "bin", "usr/bin" },    { "etc/os-release", "../usr/lib/os-release" },
        { "lib", "usr/lib" },    { "sbin", "usr/bin" },
        { "var/run", "../run" },
};

#define UNITS "usr/lib/systemd/system/"

#define NETWORKD_CAPABILITIES "CAP_NET_ADMIN CAP_NET_BIND_SERVICE CAP_NET_BROADCAST CAP_NET_RAW"

/* A way to end: its target, which the signals sent to process 1 ask for, and what is done when all units have stopped. */
#define ENDING(name)                                                                                                                   \
        { UNITS name ".target", "[Unit]\nDefaultDependencies=no\nRequires=systemd-" name                                               \
                                ".service\nAfter=systemd-" name ".service\nAllowIsolate=yes\n" },                                      \
        {                                                                                                                              \
                UNITS "systemd-" name ".service",                                                                                      \
                                "[Unit]\nDefaultDependencies=no\nRequires=shutdown.target\nAfter=shutdown.target\nSuccessAction=" name \
                                "-force\n"                                                                                             \
        }

static const struct {
        const char *path, *text;
} texts[] = {
        { "etc/group", "root:x:0:\nsystemd-network:x:65533:\nnogroup:x:65534:\n" },
        { "etc/machine-id",
          "" }, /* it gets the pod's; if the file were missing, this would be a first boot */
        { "etc/nsswitch.conf", "passwd: files\ngroup: files\nshadow: files\nhosts: files\n" },
        { "etc/passwd",
          "root:x:0:0:root:/root:/usr/sbin/nologin\nsystemd-network:x:65533:65533::/:/usr/sbin/nologin\nnobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n" },
        { "etc/systemd/system.conf",
          "[Manager]\nLogLevel=warning\nLogTarget=kmsg\nShowStatus=no\nCrashReboot=yes\nDefaultStandardOutput=null\n"
          "DefaultMemoryAccounting=no\nDefaultTasksAccounting=no\nDefaultTasksMax=infinity\n" },
        { "usr/lib/os-release",
          "NAME=\"gantry stage1\"\nID=gantry-stage1\nPRETTY_NAME=\"gantry stage1\"\n" },
        /* In networks of systemd, the pod asks for its addresses itself, and by several ways at a time. */
        { "usr/lib/systemd/network/80-pod.network",
          "[Match]\nName=host0 mv-* iv-*\n[Network]\nDHCP=yes\nLinkLocalAddressing=yes\n[DHCPv4]\nUseHostname=no\nRequestBroadcast=yes\n" },
        { UNITS "systemd-networkd.service",
          "[Unit]\nDefaultDependencies=no\nConflicts=shutdown.target\nBefore=shutdown.target\n"
          "[Service]\nType=notify\nExecStart=/usr/lib/systemd/systemd-networkd\nUser=systemd-network\n"
          "AmbientCapabilities=" NETWORKD_CAPABILITIES "\nCapabilityBoundingSet=" NETWORKD_CAPABILITIES "\n"
          "RuntimeDirectory=systemd/netif\nNoNewPrivileges=yes\nRestart=on-failure\n" },
        /* Nobody may be there to answer: apps are started all the same. */
        { UNITS "systemd-networkd-wait-online.service",
          "[Unit]\nDefaultDependencies=no\nConflicts=shutdown.target\nBefore=shutdown.target\n"
          "Requires=systemd-networkd.service\nAfter=systemd-networkd.service\n"
          "[Service]\nType=oneshot\nRemainAfterExit=yes\n"
          "ExecStart=/usr/lib/systemd/systemd-networkd-wait-online --timeout=20\n" },
        { UNITS "shutdown.target", "[Unit]\nDefaultDependencies=no\nRefuseManualStart=yes\n" },
        /* What is started if default.target cannot be. */
        { UNITS "rescue.target",
          "[Unit]\nDefaultDependencies=no\nRequires=systemd-poweroff.service\nAllowIsolate=yes\n" },
        ENDING("exit"),
        ENDING("halt"),
        ENDING("poweroff"),
        ENDING("reboot"),
};

int skeleton_add(Contents *c) {
        int r = 0;

        for (size_t i = 0; r >= 0 && i < ELEMENTSOF(directories); i++)
                r = contents_add_directory(c, directories[i].path, directories[i].permissions);
        for (size_t i = 0; r >= 0 && i < ELEMENTSOF(links); i++)
                r = contents_add_link(c, links[i].path, links[i].target);
        for (size_t i = 0; r >= 0 && i < ELEMENTSOF(texts); i++)
                r = contents_add_text(c, texts[i].path, texts[i].text);

        return r;
}
