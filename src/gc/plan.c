/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: which pods and leftovers go, and the plan as a whole.
 * Never: touches anything; lets what somebody has locked go.
 * Follows: gantry-gc(1); docs/STORE.md, "Who may remove what". */

#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#include "basic/str.h"
#include "gc/plan.h"

#define USEC 1000000ULL

Plan *plan_free(Plan *p) {
        if (!p)
                return NULL;

        const Inventory *i = p->inventory;
        for (size_t k = 0; p->pods && k < i->n_pods; k++)
                free(p->pods[k].why);
        for (size_t k = 0; p->images && k < i->n_images; k++)
                free(p->images[k].why);
        for (size_t k = 0; p->layers && k < i->n_layers; k++)
                free(p->layers[k].why);
        for (size_t k = 0; p->leftovers && k < i->n_leftovers; k++)
                free(p->leftovers[k].why);
        free(p->pods);
        free(p->images);
        free(p->layers);
        free(p->leftovers);
        free(p->image_needs);
        free(p->layer_needs);
        free(p);

        return NULL;
}

int fate_set(Fate *f, bool goes, const char *format, ...) {
        va_list args;
        char *why;

        va_start(args, format);
        int r = vasprintf(&why, format, args);
        va_end(args);
        if (r < 0)
                return -ENOMEM;

        free(f->why);
        *f = (Fate) { goes, why };
        return 0;
}

/* "WHAT 5min ago, kept for 30min": it goes when it is older than that. */
static int judge_age(const Plan *p, Fate *f, const char *what, uint64_t since_usec, uint64_t kept) {
        uint64_t age = p->now_usec > since_usec ? (p->now_usec - since_usec) / USEC : 0;
        char ago[32], span[32];

        span_format(age, ago);
        if (kept == AMOUNT_INFINITY)
                return fate_set(f, false, "%s %s ago, kept for any time", what, ago);

        span_format(kept, span);
        return fate_set(f, age >= kept, "%s %s ago, kept for %s", what, ago, span);
}

/* The directory's change time is that of the rename that said so. */
static uint64_t phase_since(const PodDir *p) {
        struct stat st;
        return fstat(p->fd, &st) < 0 ? UINT64_MAX : (uint64_t) st.st_ctim.tv_sec * USEC;
}

static int judge_pod(Plan *p, size_t k) {
        const InventoryPod *pod = &p->inventory->pods[k];
        const Settings *s = p->settings;
        Fate *f = &p->pods[k];

        switch (pod->dir.phase) {
        case POD_PREPARING:
                return fate_set(f, !pod->alive,
                                pod->alive ? "is being prepared" : "its preparation was interrupted");
        case POD_GARBAGE:
                return fate_set(f, !pod->alive,
                                pod->alive ? "is being removed" : "its removal was interrupted");
        case POD_RUNNING:
                return fate_set(f, false, pod->alive ? "runs" : "has ended, and nobody has said so yet");
        case POD_PREPARED:
                return pod->alive ? fate_set(f, false, "is being started")
                                  : judge_age(p, f, "never started, prepared", phase_since(&pod->dir),
                                              s->prepared_grace);
        default:
                return pod->alive ? fate_set(f, false, "somebody is at work on it")
                                  : judge_age(p, f, "ended", phase_since(&pod->dir), s->grace);
        }
}

static int judge_leftover(Plan *p, size_t k) {
        const InventoryLeftover *l = &p->inventory->leftovers[k];
        uint64_t grace = p->settings->part_grace;
        Fate *f = &p->leftovers[k];

        if (l->locked)
                return fate_set(f, false, "%s",
                                l->kind == LEFTOVER_STAGE1 ? "a pod runs on it"
                                                           : "somebody is at work on it");

        switch (l->kind) {
        case LEFTOVER_PART: return judge_age(p, f, "nobody went on with it since", l->changed_usec, grace);
        case LEFTOVER_DAMAGED: return judge_age(p, f, "put aside", l->changed_usec, grace);
        case LEFTOVER_QUARANTINE:
        case LEFTOVER_UNFINISHED: return fate_set(f, true, "whoever was at work on it has died");
        case LEFTOVER_DANGLING: return fate_set(f, true, "there is no such image");
        case LEFTOVER_STAGE1:
                return fate_set(f, true, "this host has another systemd, and no pod runs on it");
        case LEFTOVER_CURRENT: return fate_set(f, false, "of this host's systemd or kernel");
        case LEFTOVER_VOLUME: return fate_set(f, false, "a volume, which goes by 'gantry volume rm' only");
        case LEFTOVER_DIRECTORY: return fate_set(f, false, "part of the store");
        default: return fate_set(f, false, "not made by gantry");
        }
}

static int judge(Plan *p) {
        const Inventory *i = p->inventory;
        int r = 0;

        for (size_t k = 0; r >= 0 && k < i->n_pods; k++) {
                r = judge_pod(p, k);
                if (p->pods[k].goes)
                        p->freed += i->pods[k].bytes;
        }
        for (size_t k = 0; r >= 0 && k < i->n_leftovers; k++) {
                r = judge_leftover(p, k);
                if (p->leftovers[k].goes)
                        p->freed += i->leftovers[k].bytes;
        }

        return r;
}

int plan_new(const Inventory *i, const Settings *s, const Pressure *pressure, Plan **ret) {
        _cleanup_(plan_freep) Plan *p = malloc(sizeof(Plan));
        if (!p)
                return -ENOMEM;

        *p = (Plan) {
                .inventory = i,
                .settings = s,
                .pressure = *pressure,
                .now_usec = (uint64_t) time(NULL) * USEC,
                .pods = calloc(i->n_pods + 1, sizeof(Fate)),
                .images = calloc(i->n_images + 1, sizeof(Fate)),
                .layers = calloc(i->n_layers + 1, sizeof(Fate)),
                .leftovers = calloc(i->n_leftovers + 1, sizeof(Fate)),
                .image_needs = calloc(i->n_images + 1, sizeof(size_t)),
                .layer_needs = calloc(i->n_layers + 1, sizeof(size_t)),
        };
        if (!p->pods || !p->images || !p->layers || !p->leftovers || !p->image_needs || !p->layer_needs)
                return -ENOMEM;

        int r = judge(p);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(p);
        return 0;
}

int plan_keep_pod(Plan *p, size_t pod, const char *why) {
        if (p->pods[pod].goes)
                p->freed -= p->inventory->pods[pod].bytes;

        return fate_set(&p->pods[pod], false, "%s", why);
}

uint64_t plan_shortage(const Plan *p) {
        return p->pressure.excess > p->freed ? p->pressure.excess - p->freed : 0;
}
