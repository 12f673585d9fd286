/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: that a filter of the pod's packets is one of all that it can send.
 * Never: takes anything away for it: whoever asks for the filter says what the app can do without.
 * Follows: systemd.resource-control(5), "IPAddressDeny="; packet(7): who writes whole packets is asked nothing. */

#include "basic/refuse.h"
#include "basic/str.h"
#include "pod/capabilities.h"
#include "pod/capability-names.h"
#include "pod/pod-networks.h"
#include "prepare/compose.h"

/* Over the host's network, and those that plugins make in a namespace of the host's, only somebody outside of user namespaces has power. */
static bool has_power_over_network(const PodSettings *s, const AppcPod *pod) {
        return streq_ptr(s->user_namespace, "host") || pod_network_kind(pod) == NETWORK_SYSTEMD;
}

static int check_app(const AppcPod *pod, const AppcPodApp *app, char **reterr_why) {
        static const unsigned powers[] = { CAP_NET_RAW, CAP_NET_ADMIN };
        _cleanup_free_ char *why = NULL;
        uint64_t mask = 0;

        int r = app_capabilities(app, &mask, &why);
        for (size_t i = 0; r >= 0 && i < ELEMENTSOF(powers); i++)
                if (mask & CAPABILITY_BIT(powers[i]))
                        r = refuse(&why, -EINVAL,
                                   "by %s it can send past IPAddressDeny=; DropCapability=%s keeps that from it",
                                   capability_name(powers[i]), capability_name(powers[i]));

        return r < 0 ? refuse_app(pod, app, r, why, reterr_why) : 0;
}

int compose_filters(const PodSettings *s, const AppcPod *pod, char **reterr_why) {
        int r = 0;

        if (!pod_settings_has_unit_property(s, "IPAddressDeny") || !has_power_over_network(s, pod))
                return 0;
        for (size_t i = 0; i < pod->n_apps && r >= 0; i++)
                r = check_app(pod, &pod->apps[i], reterr_why);

        return r;
}
