/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: which isolators have an effect.
 * Never: refuses one: the specification leaves it to whoever reads the report.
 * Follows: App Container spec 0.8.11, ace.md, "Isolators"; docs/APPC.md. */

#include "basic/log.h"
#include "basic/str.h"
#include "pod/pod-networks.h"
#include "prepare/compose.h"
#include "prepare/isolator-report.h"

static const char *const enforced_of_app[] = {
        "os/linux/capabilities-remove-set",
        "os/linux/capabilities-retain-set",
        "os/linux/cpu-shares",
        "os/linux/no-new-privileges",
        "os/linux/oom-score-adj",
        "os/linux/seccomp-remove-set",
        "os/linux/seccomp-retain-set",
        "resource/block-bandwidth",
        "resource/block-iops",
        "resource/cpu",
        "resource/memory",
};

static const char *const enforced_of_pod[] = {
        "os/linux/cpu-shares", "os/unix/sysctl", "resource/block-bandwidth",
        "resource/block-iops", "resource/cpu",   "resource/memory",
};

static bool is_one_of(const char *name, const char *const *list, size_t n) {
        for (size_t i = 0; i < n; i++)
                if (streq(list[i], name))
                        return true;

        return false;
}

static void report_app(const AppcPodApp *app) {
        for (size_t i = 0; app->app && i < app->app->n_isolators; i++) {
                const char *name = app->app->isolators[i].name;

                if (!is_one_of(name, enforced_of_app, ELEMENTSOF(enforced_of_app)))
                        log_warning("Isolator '%s' of app '%s' is ignored", name, app->name);
        }
}

static bool is_listened_on(const AppcPod *pod, const AppcPodPort *at) {
        for (size_t i = 0; i < pod->n_apps; i++)
                for (size_t k = 0; pod->apps[i].app && k < pod->apps[i].app->n_ports; k++)
                        if (pod_port_of(pod, &pod->apps[i].app->ports[k]) == at)
                                return true;

        return false;
}

static bool is_published(const AppcPod *pod, const AppcPodPort *port) {
        return (pod_has_networks(pod) || pod_network_kind(pod) == NETWORK_SYSTEMD) &&
               pod_port_target(pod, port);
}

/* There is nothing on the way of a pod that has the host's network, or none. */
static bool is_enforced_by_network(const AppcPod *pod, const char *name) {
        return pod_has_networks(pod) && streq(name, "resource/network-bandwidth");
}

void isolators_report(const AppcPod *pod) {
        for (size_t i = 0; i < pod->n_isolators; i++)
                if (!is_one_of(pod->isolators[i].name, enforced_of_pod, ELEMENTSOF(enforced_of_pod)) &&
                    !is_enforced_by_network(pod, pod->isolators[i].name))
                        log_warning("Isolator '%s' of the pod is ignored", pod->isolators[i].name);
        for (size_t i = 0; i < pod->n_apps; i++)
                report_app(&pod->apps[i]);
        for (size_t i = 0; i < pod->n_ports; i++)
                if (!is_listened_on(pod, &pod->ports[i]) && !is_published(pod, &pod->ports[i]))
                        log_warning("Port '%s' of the pod is ignored, for the pod has no network of its own; see --net=",
                                    pod->ports[i].name);
}
