/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what a pod manifest says about an app's capabilities.
 * Never: gives or takes one.
 * Follows: App Container spec 0.8.11, ace.md, "Linux Isolators"; capabilities(7). */

#include "basic/refuse.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "pod/annotation-list.h"
#include "pod/annotations.h"
#include "pod/capabilities.h"
#include "pod/capability-names.h"

static int add_name(const char *name, uint64_t *mask, char **reterr_why) {
        int capability = capability_from_name(name);
        if (capability < 0)
                return refuse_foreign(reterr_why, "no such capability", name);

        *mask |= CAPABILITY_BIT(capability);
        return 0;
}

static int read_set(const Json *isolator, uint64_t *ret, char **reterr_why) {
        const Json *set = json_get(isolator, "set");
        uint64_t mask = 0;
        int r = 0;

        for (size_t i = 0; i < json_length(set) && r >= 0; i++)
                r = add_name(json_text(json_at(set, i)), &mask, reterr_why);
        if (r < 0)
                return r;

        *ret = mask;
        return 0;
}

int app_capabilities(const AppcPodApp *app, uint64_t *ret, char **reterr_why) {
        const Json *retained = appc_pod_app_isolator(app, "os/linux/capabilities-retain-set"),
                   *removed = appc_pod_app_isolator(app, "os/linux/capabilities-remove-set");
        uint64_t without = 0;

        if (retained)
                return read_set(retained, ret, reterr_why);

        int r = removed ? read_set(removed, &without, reterr_why) : 0;
        if (r < 0)
                return r;

        *ret = CAPABILITIES_DEFAULT & ~without;
        return 0;
}

int app_ambient_capabilities(const AppcPodApp *app, uint64_t *ret, char **reterr_why) {
        _cleanup_strv_ char **names = NULL;
        uint64_t mask = 0, bound;

        int r = app_capabilities(app, &bound, reterr_why);
        if (r >= 0)
                r = annotation_list(&app->annotations, ANNOTATION_AMBIENT, &names);
        STRV_FOREACH(name, names)
                if (r >= 0)
                        r = add_name(*name, &mask, reterr_why);
        if (r < 0)
                return r;

        *ret = mask & bound;
        return 0;
}

bool app_has_no_new_privileges(const AppcPodApp *app) {
        bool is = true;

        (void) json_bool(appc_pod_app_isolator(app, "os/linux/no-new-privileges"), &is);
        return is;
}
