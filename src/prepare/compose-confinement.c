/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what the app may do, from what its image asks for and what is given.
 * Never: gives an image more than the default because it asks for it.
 * Follows: App Container spec 0.8.11, ace.md, "Linux Isolators"; gantry.pod(5). */

#include "basic/log.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "pod/annotations.h"
#include "pod/capability-names.h"
#include "prepare/compose.h"

#define RETAIN "os/linux/capabilities-retain-set"
#define REMOVE "os/linux/capabilities-remove-set"

static const Json *get(const AppcApp *app, const char *name) {
        return appc_isolator_get(app->isolators, app->n_isolators, name);
}

/* Names that nobody knows pass: a later kernel's, or none's. */
static uint64_t read_set(const Json *isolator) {
        const Json *set = json_get(isolator, "set");
        uint64_t mask = 0;

        for (size_t i = 0; i < json_length(set); i++) {
                int capability = capability_from_name(json_text(json_at(set, i)));
                if (capability >= 0)
                        mask |= CAPABILITY_BIT(capability);
        }

        return mask;
}

static void read_names(char *const *names, uint64_t *ret, bool *ret_all) {
        *ret = 0;
        *ret_all = strv_contains(names, "all");
        STRV_FOREACH(name, names)
                if (!streq(*name, "all"))
                        *ret |= CAPABILITY_BIT(capability_from_name(*name));
}

static int new_set(uint64_t mask, Json **ret) {
        _cleanup_strv_ char **names = NULL;
        _cleanup_json_ Json *set = json_new_object();
        const char *name;
        int r = set ? 0 : -ENOMEM;

        for (unsigned i = 0; r >= 0 && (name = capability_name(i)); i++)
                if (mask & CAPABILITY_BIT(i))
                        r = strv_add(&names, name);
        if (r >= 0)
                r = json_set_strv(set, "set", names);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(set);
        return 0;
}

/* appc has no word for none at all; all of the default taken away is none. */
static int write_capabilities(AppcApp *app, uint64_t mask) {
        Json *set = NULL;

        isolator_remove(app, RETAIN);
        isolator_remove(app, REMOVE);
        int r = new_set(mask ? mask : CAPABILITIES_DEFAULT, &set);
        return r < 0 ? r : isolator_set(&app->isolators, &app->n_isolators, mask ? RETAIN : REMOVE, set);
}

/* What an image wants beyond the default is for whoever runs it to give. */
static void tell_refused(const AppcPodApp *app, uint64_t wanted) {
        const char *name;

        for (unsigned i = 0; (name = capability_name(i)); i++)
                if (wanted & CAPABILITY_BIT(i))
                        log_warning("Image '%s' wants %s, which it does not get without AddCapability=%s",
                                    app->image_name ? app->image_name : app->name, name, name);
}

static int compose_capabilities(const AppSettings *s, AppcPodApp *app) {
        const Json *retained = get(app->app, RETAIN), *removed = get(app->app, REMOVE);
        uint64_t mask = CAPABILITIES_DEFAULT, wanted = retained ? read_set(retained) : 0, added, dropped;
        bool add_all, drop_all;

        if (!s->add_capabilities && !s->drop_capabilities && ((!retained && !removed) || s->has_own_app))
                return 0;

        mask = !retained ? mask & ~read_set(removed) : s->has_own_app ? wanted : mask & wanted;
        read_names(s->add_capabilities, &added, &add_all);
        read_names(s->drop_capabilities, &dropped, &drop_all);
        if (add_all)
                mask = CAPABILITIES_ALL;
        if (drop_all)
                mask = 0;
        mask = (mask | added) & ~dropped;
        if (!drop_all)
                tell_refused(app, wanted & ~mask & ~dropped);

        return write_capabilities(app->app, mask);
}

/* Those that were asked for by name are for any user. */
static int compose_ambient(const AppSettings *s, AppcPodApp *app) {
        _cleanup_strv_ char **names = NULL;
        int r = 0;

        STRV_FOREACH(name, s->add_capabilities)
                if (r >= 0 && !streq(*name, "all"))
                        r = strv_add(&names, *name);

        return r < 0 ? r : annotate_list(&app->annotations, ANNOTATION_AMBIENT, names);
}

/* Ours is to have none; what the image says is appc's default, or ours. */
static int compose_new_privileges(const AppSettings *s, AppcApp *app) {
        if (s->has_own_app && !s->no_new_privileges)
                return 0;

        isolator_remove(app, "os/linux/no-new-privileges");
        if (!s->no_new_privileges || streq(s->no_new_privileges, "yes"))
                return 0;

        return isolator_set(&app->isolators, &app->n_isolators, "os/linux/no-new-privileges",
                            json_new_bool(false));
}

static int set_system_calls(char *const *names, AppcApp *app) {
        bool removes = names[0][0] == '~';
        _cleanup_json_ Json *filter = json_new_object(), *set = json_new_array();
        int r = filter && set ? 0 : -ENOMEM;

        STRV_FOREACH(name, names)
                if (r >= 0)
                        r = json_append(set, json_new_string(*name + (removes && name == names)));
        if (r >= 0)
                r = json_set(filter, "set", TAKE_PTR(set));

        return r < 0 ? r
                     : isolator_set(&app->isolators, &app->n_isolators,
                                    removes ? "os/linux/seccomp-remove-set" : "os/linux/seccomp-retain-set",
                                    TAKE_PTR(filter));
}

/* A filter that is asked for takes the place of the image's. */
static int compose_seccomp(const AppSettings *s, AppcPodApp *app) {
        bool confined = s->seccomp_profile && !streq(s->seccomp_profile, "unconfined");

        if (!s->seccomp_profile && !s->system_calls)
                return 0;

        isolator_remove(app->app, "os/linux/seccomp-retain-set");
        isolator_remove(app->app, "os/linux/seccomp-remove-set");
        if (s->system_calls)
                return set_system_calls(s->system_calls, app->app);

        return pairs_set(&app->annotations, ANNOTATION_SECCOMP, confined ? "profile" : "unconfined");
}

/* An image may offer itself to be killed first, but not to be spared. */
static int compose_oom_score(const AppSettings *s, AppcApp *app) {
        const char *name = "os/linux/oom-score-adj";
        int64_t score;

        if (!s->has_own_app && json_int(get(app, name), &score) >= 0 && score < 0)
                isolator_remove(app, name);
        if (!s->oom_score_adjust)
                return 0;

        return isolator_set(&app->isolators, &app->n_isolators, name,
                            json_new_int(atoi(s->oom_score_adjust)));
}

int compose_confinement(const AppSettings *s, AppcPodApp *app, char **reterr_why) {
        if (s->read_only)
                app->read_only_rootfs = streq(s->read_only, "yes");

        int r = compose_capabilities(s, app);
        if (r >= 0)
                r = compose_ambient(s, app);
        if (r >= 0)
                r = compose_new_privileges(s, app->app);
        if (r >= 0)
                r = compose_seccomp(s, app);
        if (r >= 0)
                r = compose_oom_score(s, app->app);
        if (r >= 0)
                r = annotate_list(&app->annotations, ANNOTATION_RLIMITS, s->limits);
        if (r >= 0)
                r = annotate_list(&app->annotations, ANNOTATION_MASK, s->masks);
        if (r >= 0)
                r = annotate_list(&app->annotations, ANNOTATION_UNMASK, s->unmasks);
        if (r >= 0)
                r = annotate_list(&app->annotations, ANNOTATION_READ_ONLY, s->read_only_paths);

        return r;
}
