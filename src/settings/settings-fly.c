/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what Stage1=fly means for the other settings: what there is nothing to be done with, and what is not taken away by itself.
 * Never: decides whether an image may fly: trust rules do.
 * Follows: gantry.pod(5), "Stage1="; docs/ARCHITECTURE.md, "The fly level". */

#include "basic/refuse.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "settings/settings-apps.h"

typedef struct Refusal {
        bool asked;
        const char *what, *why;
} Refusal;

static int refuse_first(const Refusal *list, size_t n, char **reterr_why) {
        for (size_t i = 0; i < n; i++)
                if (list[i].asked)
                        return refuse(reterr_why, -EINVAL, "a pod that flies cannot have %s: %s",
                                      list[i].what, list[i].why);

        return 0;
}

static int check_app(const AppSettings *a, char **reterr_why) {
        const Refusal list[] = {
                { a->devices,
                  "AddDevice=", "it has all of the host's; Property=DeviceAllow= can say which" },
                { a->shm, "ShmSize=", "its /dev/shm is the host's" },
                { a->unmasks, "Unmask=", "nothing is covered by itself" },
        };

        return refuse_first(list, ELEMENTSOF(list), reterr_why);
}

int settings_check_fly(const PodSettings *s, char **reterr_why) {
        const Refusal list[] = {
                { s->n_apps > 1, "several apps", "it has no systemd of its own" },
                { s->networks && !streq(s->networks[0], "host"), "another network",
                  "that of the host is its own" },
                { streq_ptr(s->user_namespace, "auto"), "UserNS=auto", "its users are the host's" },
                { streq_ptr(s->label_disable, "no"), "SecurityLabelDisable=no",
                  "SELinux takes it for the stage that runs it" },
                { streq_ptr(s->share_pid, "yes"), "SharePID=", "it sees all processes of the host" },
                { s->hostname, "HostName=", "that of the host is its own" },
                { s->bandwidth, "Bandwidth=", "that of the host is its own" },
                { s->sysctls, "Sysctl=", "kernel parameters are the host's" },
                { s->label_type || s->label_file_type || s->label_level, "a label",
                  "SELinux takes it for the stage that runs it" },
        };

        int r = refuse_first(list, ELEMENTSOF(list), reterr_why);
        for (size_t i = 0; i < s->n_apps && r >= 0; i++)
                r = check_app(s->apps[i], reterr_why);

        return r;
}

static int set_default(char **value, const char *otherwise) {
        return *value ? 0 : str_copy(otherwise, value);
}

/* What of this is taken away is for whoever asks for the pod to say. An app that a pod manifest brings along says itself what it may do. */
static int free_app(AppSettings *a) {
        if (a->has_own_app)
                return 0;

        int r = strv_contains(a->add_capabilities, "all") ? 0 : strv_add(&a->add_capabilities, "all");
        if (r >= 0)
                r = set_default(&a->no_new_privileges, "no");

        return r < 0 || a->system_calls ? r : set_default(&a->seccomp_profile, "unconfined");
}

int settings_complete_fly(PodSettings *s) {
        if (!streq_ptr(s->stage1, "fly"))
                return 0;

        int r = s->networks ? 0 : strv_add(&s->networks, "host");
        if (r >= 0)
                r = set_default(&s->user_namespace, "host");
        if (r >= 0)
                r = set_default(&s->label_disable, "yes");
        for (size_t i = 0; i < s->n_apps && r >= 0; i++)
                r = free_app(s->apps[i]);

        return r;
}
