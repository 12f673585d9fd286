/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: which settings of a pod contradict each other.
 * Never: looks at an image or at the machine.
 * Follows: gantry.pod(5). */

#include "basic/amount.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "basic/words.h"
#include "pod/pod-networks.h"
#include "settings/port-setting.h"
#include "settings/settings-apps.h"
#include "settings/volume-setting.h"

#define IDS_OF_A_POD 65536U

static int check_capabilities(const PodSettings *s, const AppSettings *a, char **reterr_why) {
        STRV_FOREACH(name, a->add_capabilities)
                if (strv_contains(a->drop_capabilities, *name))
                        return refuse(reterr_why, -EINVAL, "AddCapability= and DropCapability= both name %s",
                                      *name);

        return 0;
}

static int check_seccomp(const PodSettings *s, const AppSettings *a, char **reterr_why) {
        if (a->seccomp_profile && a->system_calls)
                return refuse(reterr_why, -EINVAL,
                              "SeccompProfile= and SystemCallFilter= are two filters; a pod has one");
        STRV_FOREACH(name, a->system_calls)
                if (name > a->system_calls && **name == '~')
                        return refuse(reterr_why, -EINVAL,
                                      "SystemCallFilter= either begins with '~' or has no '~': it allows, or it forbids");

        return 0;
}

static bool has_own_network(NetworkKind kind) {
        return kind == NETWORK_CNI || kind == NETWORK_SYSTEMD;
}

/* They make one network of the pod's together. */
static int check_networks(const PodSettings *s, char **reterr_why) {
        NetworkKind kind = networks_kind(s->networks);
        unsigned n_host0 = 0;

        STRV_FOREACH(network, s->networks) {
                if (network_kind(*network) != kind || (network > s->networks && !has_own_network(kind)))
                        return refuse(reterr_why, -EINVAL,
                                      "Network=none, host and pod:NAME go with no other, and systemd's networks not with those of CNI");
                n_host0 += kind == NETWORK_SYSTEMD && network_is_host0(*network);
        }

        return n_host0 > 1 ? refuse(reterr_why, -EINVAL,
                                    "a pod has one host0: one of Network=veth, zone: and bridge: at most")
                           : 0;
}

static HostPorts host_ports(const PortSetting *p) {
        return (HostPorts) { p->host_ip, p->protocol, p->host_port, p->count };
}

/* What a port has that is asked for by its name, its image has to say. */
static int check_port(char *const *earlier, size_t n, const char *port, char **reterr_why) {
        _cleanup_port_setting_ PortSetting p = {};
        int r = port_setting_parse(port, &p, reterr_why);

        for (size_t i = 0; i < n && r >= 0 && !p.name; i++) {
                _cleanup_port_setting_ PortSetting other = {};

                r = port_setting_parse(earlier[i], &other, reterr_why);
                HostPorts of_port = host_ports(&p), of_other = host_ports(&other);
                if (r >= 0 && !other.name && host_ports_collide(&of_port, &of_other))
                        return refuse(reterr_why, -EINVAL,
                                      "PublishPort= has a port of the host twice: '%s' and '%s'", earlier[i],
                                      port);
        }

        return r;
}

static int check_ports(const PodSettings *s, char **reterr_why) {
        int r = 0;

        STRV_FOREACH(port, s->ports)
                if (r >= 0)
                        r = check_port(s->ports, port - s->ports, *port, reterr_why);

        return r;
}

/* Whether plugins make its networks. A published port is enough for that. */
static bool has_plugins(const PodSettings *s) {
        return networks_are_named(s->networks) || (s->ports && !s->networks);
}

static int check_bandwidth(const PodSettings *s, char **reterr_why) {
        if (s->bandwidth && !has_plugins(s))
                return refuse(reterr_why, -EINVAL,
                              "Bandwidth= is for a network of Network=NAME, such as default, not Network=%s",
                              s->networks ? s->networks[0] : "none");

        return 0;
}

/* systemd asks the host which number an interface has, and numbers are a namespace's own. */
static int check_interfaces(const PodSettings *s, char **reterr_why) {
        if (pod_settings_has_unit_property(s, "RestrictNetworkInterfaces") &&
            networks_kind(s->networks) != NETWORK_HOST && !streq_ptr(s->stage1, "fly"))
                return refuse(reterr_why, -EINVAL,
                              "RestrictNetworkInterfaces= names interfaces of the host, of which a pod has none without Network=host");

        return 0;
}

static int check_network(const PodSettings *s, char **reterr_why) {
        NetworkKind kind = networks_kind(s->networks);

        if (s->ports && s->networks && !has_own_network(kind))
                return refuse(reterr_why, -EINVAL,
                              "PublishPort= is for a network of the pod's own, not Network=%s",
                              s->networks[0]);
        STRV_FOREACH(assignment, s->sysctls)
                if ((kind == NETWORK_HOST || kind == NETWORK_POD) && startswith(*assignment, "net."))
                        return refuse(reterr_why, -EINVAL, "Sysctl=%.*s would be set for %s with Network=%s",
                                      (int) strcspn(*assignment, "="), *assignment,
                                      kind == NETWORK_HOST ? "the host" : "another pod", s->networks[0]);

        return 0;
}

/* Nobody in a pod has power over a network that is the host's to arrange. A guest has a stack of its own. */
static int check_network_capabilities(const PodSettings *s, const AppSettings *a, char **reterr_why) {
        static const char *const names[] = { "CAP_NET_ADMIN", "CAP_NET_RAW" };
        bool named = has_plugins(s) && !streq_ptr(s->stage1, "kvm");

        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                if (named && !streq_ptr(s->user_namespace, "host") &&
                    strv_contains(a->add_capabilities, names[i]))
                        return refuse(reterr_why, -EINVAL,
                                      "AddCapability=%s has no effect on a network of Network=NAME, which is the host's to arrange",
                                      names[i]);

        return 0;
}

static int check_label(const PodSettings *s, char **reterr_why) {
        if (streq_ptr(s->label_disable, "yes") && (s->label_type || s->label_level || s->label_file_type))
                return refuse(reterr_why, -EINVAL,
                              "SecurityLabelDisable= leaves no label whose type or level could be set");

        return 0;
}

/* NULL, 0 or a number is all that it can be said of without the image's files. */
static bool is_beyond_pod(const char *name) {
        uint64_t id;
        return name && str_to_u64(name, &id) >= 0 && id >= IDS_OF_A_POD;
}

static int check_user(const PodSettings *s, const AppSettings *a, char **reterr_why) {
        const char *colon = a->user ? strchr(a->user, ':') : NULL, *group = colon ? colon + 1 : a->group;
        _cleanup_free_ char *user = a->user ? strndup(a->user, strcspn(a->user, ":")) : NULL;

        if (a->user && !user)
                return -ENOMEM;
        if (colon && a->group)
                return refuse(reterr_why, -EINVAL, "User= and Group= both name a group");
        if (!streq_ptr(s->user_namespace, "host") && !streq_ptr(s->stage1, "fly") &&
            (is_beyond_pod(user) || is_beyond_pod(group)))
                return refuse(reterr_why, -EINVAL,
                              "User= or Group= is a number beyond those of a pod, 0 to 65535, without UserNS=host");

        return 0;
}

static int add_target(char ***targets, const char *target, char **reterr_why) {
        if (!strv_contains(*targets, target))
                return strv_add(targets, target);

        _cleanup_free_ char *shown = str_escape(target, strlen(target), 256);
        return shown ? refuse(reterr_why, -EINVAL, "two volumes have the target '%s'", shown) : -ENOMEM;
}

static int add_tmpfs(char ***targets, const char *tmpfs, char **reterr_why) {
        _cleanup_strv_ char **fields = NULL;

        int r = fields_split(tmpfs, &fields, NULL);
        return r < 0 ? r : add_target(targets, fields[0], reterr_why);
}

/* Elsewhere what is mounted would be seen on the host by another's user ids, and by whoever need not have the right to mount there. */
static int check_propagation(const PodSettings *s, const AppSettings *a, char **reterr_why) {
        STRV_FOREACH(volume, a->volumes) {
                _cleanup_volume_setting_ VolumeSetting v = {};

                int r = volume_setting_parse(*volume, &v, reterr_why);
                if (r < 0)
                        return r;
                if (v.shared && !streq_ptr(s->stage1, "fly"))
                        return refuse(reterr_why, -EINVAL,
                                      "Volume= has rshared, by which an app mounts on the host: Stage1=fly is missing");
        }

        return 0;
}

static int check_targets(const PodSettings *s, const AppSettings *a, char **reterr_why) {
        _cleanup_strv_ char **targets = NULL;
        int r = a->shm ? add_tmpfs(&targets, a->shm, reterr_why) : 0;

        STRV_FOREACH(volume, a->volumes) {
                _cleanup_volume_setting_ VolumeSetting v = {};

                if (r >= 0)
                        r = volume_setting_parse(*volume, &v, NULL);
                if (r >= 0)
                        r = add_target(&targets, v.target, reterr_why);
        }
        STRV_FOREACH(tmpfs, a->tmpfs)
                if (r >= 0)
                        r = add_tmpfs(&targets, *tmpfs, reterr_why);

        return r;
}

static int check_masks(const PodSettings *s, const AppSettings *a, char **reterr_why) {
        STRV_FOREACH(path, a->masks)
                if (strv_contains(a->unmasks, *path))
                        return refuse(reterr_why, -EINVAL, "Mask= and Unmask= both name a path");

        return 0;
}

/* A limit that is a number of bytes. */
static bool get_bytes(const PodSettings *s, const AppSettings *a, const char *name, uint64_t *ret) {
        const char *value = app_settings_property(s, a, name);
        Amount amount;

        if (!value || amount_parse(value, &amount) < 0 || amount.percent > 0 ||
            amount.bytes == AMOUNT_INFINITY)
                return false;

        *ret = amount.bytes;
        return true;
}

static int check_memory(const PodSettings *s, const AppSettings *a, char **reterr_why) {
        static const char *const names[] = { "MemoryMin", "MemoryLow", "MemoryHigh", "MemoryMax" };
        const char *below = NULL;
        uint64_t value, last = 0;

        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                if (!get_bytes(s, a, names[i], &value))
                        continue;
                if (below && last > value)
                        return refuse(reterr_why, -EINVAL, "%s= is more than %s=", below, names[i]);
                below = names[i];
                last = value;
        }

        return 0;
}

static int check_watchdog(const PodSettings *s, const AppSettings *a, char **reterr_why) {
        if (app_settings_property(s, a, "WatchdogSec") && !streq_ptr(a->notify, "yes"))
                return refuse(reterr_why, -EINVAL,
                              "WatchdogSec= is for an app that says how it is: Notify=yes is missing");

        return 0;
}

static int check_app(const PodSettings *s, const AppSettings *a, char **reterr_why) {
        static int (*const checks[])(const PodSettings *s, const AppSettings *a, char **reterr_why) = {
                check_capabilities, check_seccomp, check_user,     check_targets,
                check_masks,        check_memory,  check_watchdog, check_network_capabilities,
                check_propagation,
        };
        int r = 0;

        for (size_t i = 0; i < ELEMENTSOF(checks) && r >= 0; i++)
                r = checks[i](s, a, reterr_why);

        return r;
}

int pod_settings_check(const PodSettings *s, char **reterr_why) {
        static int (*const checks[])(const PodSettings *s, char **reterr_why) = {
                check_networks,
                check_network,
                check_ports,
                check_interfaces,
                check_label,
                settings_check_names,
                settings_check_services,
                settings_check_credentials,
                settings_check_stage1,
                check_bandwidth,
        };
        int r = 0;

        for (size_t i = 0; i < ELEMENTSOF(checks) && r >= 0; i++)
                r = checks[i](s, reterr_why);
        for (size_t i = 0; i < s->n_apps && r >= 0; i++)
                r = check_app(s, s->apps[i], reterr_why);

        return r;
}
