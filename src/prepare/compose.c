/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the manifest of a pod, from what is asked for and what the image has.
 * Never: touches the machine, but for the files of EnvironmentFile=.
 * Follows: appc pod manifest; pod/annotations.h; gantry.pod(5). */

#include <stdio.h>

#include "basic/str.h"
#include "basic/strv.h"
#include "pod/annotations.h"
#include "prepare/compose.h"

static int add_pairs(Pairs *pairs, char *const *assignments) {
        int r = 0;

        STRV_FOREACH(a, assignments) {
                const char *equals = strchr(*a, '=');
                _cleanup_free_ char *name = strndup(*a, equals - *a);

                if (r >= 0)
                        r = name ? pairs_set(pairs, name, equals + 1) : -ENOMEM;
        }

        return r;
}

/* The lines of resolv.conf(5): of "search" and "options" only the last one counts, so there is one. */
static int compose_dns(const PodSettings *s, Pairs *annotations) {
        _cleanup_strv_ char **lines = NULL;
        _cleanup_free_ char *search = NULL, *options = NULL;
        int r = 0;

        STRV_FOREACH(address, s->dns)
                if (r >= 0)
                        r = strv_addf(&lines, "nameserver %s", *address);
        if (r >= 0)
                r = strv_join(s->dns_search, " ", &search);
        if (r >= 0)
                r = strv_join(s->dns_options, " ", &options);
        if (r >= 0 && search)
                r = strv_addf(&lines, "search %s", search);
        if (r >= 0 && options)
                r = strv_addf(&lines, "options %s", options);

        return r < 0 ? r : annotate_list(annotations, ANNOTATION_DNS, lines);
}

static int compose_sysctls(const PodSettings *s, AppcPod *pod) {
        _cleanup_pairs_ Pairs sysctls = {};
        Json *map = NULL;

        if (!s->sysctls)
                return 0;

        int r = add_pairs(&sysctls, s->sysctls);
        if (r >= 0)
                r = json_encode_map(&sysctls, &map);

        return r < 0 ? r : isolator_set(&pod->isolators, &pod->n_isolators, "os/unix/sysctl", map);
}

int compose_network(const PodSettings *s, AppcPod *pod) {
        Pairs *annotations = &pod->annotations;
        bool host_users = s->user_namespace && streq(s->user_namespace, "host");

        int r = s->network ? pairs_set(annotations, ANNOTATION_NETWORK, s->network) : 0;
        if (r >= 0 && host_users)
                r = pairs_set(annotations, ANNOTATION_USER_NAMESPACE, "host");
        if (r >= 0 && s->hostname)
                r = pairs_set(annotations, ANNOTATION_HOSTNAME, s->hostname);
        if (r >= 0)
                r = annotate_list(annotations, ANNOTATION_HOSTS, s->hosts);
        if (r >= 0)
                r = compose_dns(s, annotations);
        if (r >= 0)
                r = annotate_list(annotations, ANNOTATION_SOCKETS, s->sockets);
        if (r >= 0)
                r = compose_sysctls(s, pod);
        if (r >= 0)
                r = add_pairs(&pod->user_labels, s->labels);
        if (r >= 0)
                r = add_pairs(&pod->user_annotations, s->annotations);

        return r;
}

static int new_pod(AppcPodApp *app, AppcPod **ret) {
        _cleanup_(appc_pod_freep) AppcPod *pod = calloc(1, sizeof(AppcPod));
        if (!pod)
                return -ENOMEM;
        pod->apps = calloc(1, sizeof(AppcPodApp));
        if (!pod->apps)
                return -ENOMEM;

        pod->apps[pod->n_apps++] = *app;
        *app = (AppcPodApp) {};
        *ret = TAKE_PTR(pod);
        return 0;
}

int compose_pod(const PodSettings *s, const char *store, AppcPodApp *app, AppcPod **ret, char **reterr_why) {
        _cleanup_(appc_pod_freep) AppcPod *pod = NULL;

        int r = new_pod(app, &pod);
        if (r >= 0)
                r = compose_app(s, &pod->apps[0], reterr_why);
        if (r >= 0)
                r = compose_confinement(s, &pod->apps[0], reterr_why);
        if (r >= 0)
                r = compose_volumes(s, store, pod, reterr_why);
        if (r >= 0)
                r = compose_resources(s, pod, reterr_why);
        if (r >= 0)
                r = compose_network(s, pod);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(pod);
        return 0;
}
