/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the manifest of a pod, from what is asked for and what the image has.
 * Never: touches the machine, but for the files of EnvironmentFile=.
 * Follows: appc pod manifest; pod/annotations.h; gantry.pod(5). */

#include <stdio.h>
#include <string.h>

#include "basic/refuse.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "pod/annotations.h"
#include "pod/service.h"
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

static int compose_bandwidth(const PodSettings *s, AppcPod *pod) {
        _cleanup_json_ Json *value = json_new_object();

        if (!s->bandwidth)
                return 0;
        int r = value ? json_set(value, "default", json_new_bool(true)) : -ENOMEM;
        if (r >= 0)
                r = json_set_string(value, "limit", s->bandwidth);

        return r < 0 ? r
                     : isolator_set(&pod->isolators, &pod->n_isolators, "resource/network-bandwidth",
                                    TAKE_PTR(value));
}

static int compose_stage1(const PodSettings *s, AppcPod *pod, char **reterr_why) {
        Pairs *annotations = &pod->annotations;

        if (!s->stage1 || streq_ptr(s->stage1, "nspawn"))
                return 0;
        if (streq_ptr(s->stage1, "fly") && pod_boots(pod))
                return refuse(reterr_why, -EINVAL,
                              "a pod that flies cannot have event handlers: it has no systemd of its own");

        int r = pairs_set(annotations, ANNOTATION_STAGE1, s->stage1);
        if (r >= 0 && streq_ptr(s->require_kvm, "yes"))
                r = pairs_set(annotations, ANNOTATION_REQUIRE_KVM, "yes");
        if (r >= 0 && s->rw_size)
                r = pairs_set(annotations, ANNOTATION_RW_SIZE, s->rw_size);

        return r;
}

/* The level is in the pod's identity. */
static int compose_label(const PodSettings *s, Pairs *annotations) {
        int r = streq_ptr(s->label_disable, "yes") ? pairs_set(annotations, ANNOTATION_LABEL, "disable") : 0;
        if (r >= 0 && s->label_type)
                r = pairs_set(annotations, ANNOTATION_LABEL_TYPE, s->label_type);
        if (r >= 0 && s->label_file_type)
                r = pairs_set(annotations, ANNOTATION_LABEL_FILE_TYPE, s->label_file_type);

        return r;
}

static int compose_network(const PodSettings *s, AppcPod *pod) {
        Pairs *annotations = &pod->annotations;

        int r = annotate_list(annotations, ANNOTATION_NETWORK, s->networks);
        if (r >= 0 && s->ports && !s->networks) /* or they would be nowhere */
                r = pairs_set(annotations, ANNOTATION_NETWORK, "default");
        if (r >= 0 && streq_ptr(s->user_namespace, "host"))
                r = pairs_set(annotations, ANNOTATION_USER_NAMESPACE, "host");
        if (r >= 0 && s->end)
                r = pairs_set(annotations, ANNOTATION_END, s->end);
        if (r >= 0 && streq_ptr(s->share_pid, "yes"))
                r = pairs_set(annotations, ANNOTATION_SHARE_PID, "yes");
        if (r >= 0 && s->hostname)
                r = pairs_set(annotations, ANNOTATION_HOSTNAME, s->hostname);
        if (r >= 0)
                r = annotate_list(annotations, ANNOTATION_HOSTS, s->hosts);
        if (r >= 0)
                r = compose_dns(s, annotations);
        if (r >= 0)
                r = compose_sysctls(s, pod);
        if (r >= 0)
                r = compose_bandwidth(s, pod);
        if (r >= 0)
                r = add_pairs(&pod->user_labels, s->labels);
        if (r >= 0)
                r = add_pairs(&pod->user_annotations, s->annotations);

        return r;
}

static int compose_one(const PodSettings *s, const AppSettings *a, const char *store, AppcPod *pod,
                       AppcPodApp *app, char **reterr_why) {
        int r = compose_app(a, app, reterr_why);
        if (r >= 0)
                r = compose_confinement(a, app, reterr_why);
        if (r >= 0)
                r = compose_volumes(s, a, store, pod, app);
        if (r >= 0)
                r = compose_service(s, a, app);

        return r;
}

int refuse_app(const AppcPod *pod, const AppcPodApp *app, int error, const char *why, char **reterr_why) {
        if (error == -ENOMEM || !why || pod->n_apps == 1)
                return refuse(reterr_why, error, "%s", why ? why : strerror(-error));

        return refuse(reterr_why, error, "app '%s': %s", app->name, why);
}

int compose_pod(const PodSettings *s, const char *store, AppcPod *pod, char **reterr_why) {
        int r = 0;

        for (size_t i = 0; i < pod->n_apps && r >= 0; i++) {
                _cleanup_free_ char *why = NULL;

                r = compose_one(s, s->apps[i], store, pod, &pod->apps[i], &why);
                if (r < 0)
                        return refuse_app(pod, &pod->apps[i], r, why, reterr_why);
        }
        if (r >= 0)
                r = compose_resources(s, store, pod, reterr_why);
        if (r >= 0)
                r = compose_network(s, pod);
        if (r >= 0)
                r = compose_stage1(s, pod, reterr_why);
        if (r >= 0)
                r = compose_label(s, &pod->annotations);
        if (r >= 0)
                r = compose_ports(s, pod, reterr_why);
        if (r >= 0)
                r = compose_filters(s, pod, reterr_why);
        if (r >= 0)
                r = compose_sockets(s, pod);

        /* Apps that had no name but their image's have one now. */
        return r < 0 ? r : pod_check_apps(pod, reterr_why);
}
