/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: which of several apps speaks for the pod.
 * Never: decides when a pod ends: the systemd in it does, by the apps' units.
 * Follows: pod/annotations.h, ANNOTATION_END. */

#include <signal.h>

#include "basic/str.h"
#include "pod/annotations.h"
#include "stage/pod-status.h"

static bool has_failed(const RunningApp *a) {
        return a->state.last.result && a->state.last.code != 0;
}

static const RunningApp *find_main(const Stage *s, const RunningApp *apps) {
        const char *end = pairs_get(&s->manifest->annotations, ANNOTATION_END),
                   *name = end ? startswith(end, "app:") : NULL;

        for (size_t i = 0; i < s->n_apps && name; i++)
                if (streq(apps[i].app->app->name, name))
                        return &apps[i];

        return NULL;
}

static const RunningApp *find_first_failed(const Stage *s, const RunningApp *apps) {
        const RunningApp *first = NULL;

        for (size_t i = 0; i < s->n_apps; i++)
                if (has_failed(&apps[i]) &&
                    (!first || apps[i].state.last.when_usec < first->state.last.when_usec))
                        first = &apps[i];

        return first;
}

/* One that was to run and could not even be started. */
static const RunningApp *find_never_started(const Stage *s, const RunningApp *apps) {
        for (size_t i = 0; i < s->n_apps; i++)
                if (!apps[i].state.last.result)
                        return &apps[i];

        return NULL;
}

/* Of one that was not heard of again: it was killed with its gantry-init, or with the machine that both were in. */
static InitStatus end_of(const RunningApp *a) {
        return a->last.event == INIT_STARTED ? (InitStatus) { .event = INIT_KILLED, .value = SIGKILL }
                                             : a->last;
}

int pod_status(const Stage *s, const RunningApp *apps, bool stopped, PodEnd *ret) {
        const RunningApp *a = s->n_apps == 1 ? apps : find_main(s, apps);

        if (!a)
                a = find_first_failed(s, apps);
        if (!a && !stopped)
                a = find_never_started(s, apps);
        *ret = (PodEnd) {
                .last = end_of(a ? a : apps),
                .out_of_memory = a && a->state.last.oom,
        };

        return a ? running_app_exit_status(a) : 0;
}
