/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: which settings go with which isolation, and what a virtual machine takes of the host.
 * Never: looks for a kernel: that is part of what the machine boots (stage1/stage1-guest.h), for which others ask before they fetch.
 * Follows: gantry.pod(5), "Stage1="; docs/STAGE1.md, "Virtual machines". */

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "basic/refuse.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "pod/machine-tools.h"
#include "pod/pod-networks.h"
#include "settings/settings-apps.h"
#include "settings/volume-setting.h"

static int refuse_key(const char *key, const char *why, char **reterr_why) {
        return refuse(reterr_why, -EINVAL, "a virtual machine cannot have %s: %s", key, why);
}

static int check_app(const AppSettings *a, char **reterr_why) {
        if (a->devices)
                return refuse_key("AddDevice=", "it has devices of its own", reterr_why);
        if (a->sockets)
                return refuse_key("ListenStream= and ListenDatagram=",
                                  "a socket of the host cannot be given to another kernel", reterr_why);

        return 0;
}

/* What is the host's is not the guest's. */
static int check_machine(const PodSettings *s, char **reterr_why) {
        NetworkKind kind = networks_kind(s->networks);
        int r = 0;

        if (kind == NETWORK_HOST)
                return refuse_key("Network=host", "it has a network stack of its own", reterr_why);
        if (kind == NETWORK_SYSTEMD)
                return refuse_key("a network of systemd", "nspawn would make it; name one of CNI",
                                  reterr_why);
        if (kind == NETWORK_POD)
                return refuse_key("Network=pod:", "it has a network stack of its own", reterr_why);
        if (pod_settings_has_unit_property(s, "IPAddressAllow") ||
            pod_settings_has_unit_property(s, "IPAddressDeny"))
                return refuse_key("IPAddressAllow= and IPAddressDeny=",
                                  "they are about sockets of the host's kernel", reterr_why);
        if (streq_ptr(s->user_namespace, "host"))
                return refuse_key("UserNS=host", "its users are its own", reterr_why);
        if (s->sockets)
                return refuse_key("ListenStream= and ListenDatagram=",
                                  "a socket of the host cannot be given to another kernel", reterr_why);
        for (size_t i = 0; i < s->n_apps && r >= 0; i++)
                r = check_app(s->apps[i], reterr_why);

        return r;
}

const char *pod_settings_stage1(const PodSettings *s) {
        return s->stage1 ? s->stage1 : "nspawn";
}

int settings_check_stage1(const PodSettings *s, char **reterr_why) {
        if (streq_ptr(s->stage1, "kvm"))
                return check_machine(s, reterr_why);
        if (streq_ptr(s->require_kvm, "yes"))
                return refuse(reterr_why, -EINVAL,
                              "RequireKVM= is for virtual machines: Stage1=kvm is missing");
        if (s->rw_size)
                return refuse(reterr_why, -EINVAL, "RWSize= is for virtual machines: Stage1=kvm is missing");

        return streq_ptr(s->stage1, "fly") ? settings_check_fly(s, reterr_why) : 0;
}

static bool has_source(const AppSettings *a) {
        bool found = false;

        STRV_FOREACH(volume, a->volumes) {
                _cleanup_volume_setting_ VolumeSetting v = {};
                found = found || (volume_setting_parse(*volume, &v, NULL) >= 0 && v.source);
        }

        return found;
}

static int check_tool(MachineTool tool, bool needed, char **reterr_why) {
        _cleanup_free_ char *path = NULL;
        return needed ? machine_tool_find(tool, &path, reterr_why) : 0;
}

/* Whether a guest can be run is seen when one is; here, that this is no host without virtual machines. */
static int check_accelerator(const PodSettings *s, char **reterr_why) {
        if (!streq_ptr(s->require_kvm, "yes") || access("/dev/kvm", F_OK) >= 0)
                return 0;

        return refuse(reterr_why, -errno, "RequireKVM=yes, and this host has no /dev/kvm");
}

int settings_check_virtual_machine(const PodSettings *s, char **reterr_why) {
        bool volumes = false;

        if (!streq_ptr(s->stage1, "kvm"))
                return 0;
        for (size_t i = 0; i < s->n_apps; i++)
                volumes = volumes || has_source(s->apps[i]);

        int r = check_tool(MACHINE_QEMU, true, reterr_why);
        if (r >= 0)
                r = check_tool(MACHINE_VIRTIOFSD, volumes, reterr_why);
        if (r >= 0)
                r = check_tool(MACHINE_MKFS, s->rw_size, reterr_why);

        return r < 0 ? r : check_accelerator(s, reterr_why);
}
