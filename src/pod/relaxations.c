/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what somebody has taken away from a pod's isolation.
 * Never: judges whether that was wise.
 * Follows: gantry-status(1), "Relaxed". */

#include "basic/str.h"
#include "basic/strv.h"
#include "pod/annotation-list.h"
#include "pod/annotations.h"
#include "pod/capabilities.h"
#include "pod/capability-names.h"
#include "pod/relaxations.h"
#include "pod/stage1-kind.h"

static bool is(const Pairs *annotations, const char *name, const char *value) {
        const char *text = pairs_get(annotations, name);
        return text && streq(text, value);
}

/* Once, whichever apps it is said of. */
static int add(char ***list, const char *what) {
        return strv_contains(*list, what) ? 0 : strv_add(list, what);
}

static int add_seccomp(const AppcPodApp *app, char ***list) {
        if (is(&app->annotations, ANNOTATION_SECCOMP, "unconfined"))
                return add(list, "seccomp");
        if (is(&app->annotations, ANNOTATION_SECCOMP, "profile"))
                return add(list, "seccomp by a profile of its own");
        if (appc_pod_app_isolator(app, "os/linux/seccomp-retain-set"))
                return add(list, "seccomp by a list of its own");

        return 0;
}

static int add_capabilities(const AppcPodApp *app, char ***list) {
        uint64_t mask = 0;
        const char *name;

        int r = app_capabilities(app, &mask, NULL);
        if (r >= 0 && mask == CAPABILITIES_ALL)
                return add(list, "all capabilities");
        for (unsigned i = 0; (name = capability_name(i)) && r >= 0; i++)
                if (mask & ~CAPABILITIES_DEFAULT & CAPABILITY_BIT(i))
                        r = add(list, name);

        return r;
}

static int add_devices(const AppcPodApp *app, char ***list) {
        _cleanup_strv_ char **devices = NULL;

        int r = annotation_list(&app->annotations, ANNOTATION_DEVICES, &devices);
        STRV_FOREACH(device, devices) {
                _cleanup_free_ char *path = strndup(*device, strcspn(*device, ":"));

                if (r >= 0)
                        r = path ? add(list, path) : -ENOMEM;
        }

        return r;
}

static int add_app(const AppcPodApp *app, char ***list) {
        int r = add_seccomp(app, list);
        if (r >= 0)
                r = add_capabilities(app, list);
        if (r >= 0 && !app_has_no_new_privileges(app))
                r = add(list, "new privileges");
        if (r >= 0 && pairs_get(&app->annotations, ANNOTATION_UNMASK))
                r = add(list, "covered paths");

        return r < 0 ? r : add_devices(app, list);
}

int pod_relaxations(const AppcPod *pod, char ***ret) {
        _cleanup_strv_ char **list = NULL;
        bool flies = pod_flies(pod);

        int r = flies ? add(&list, "all namespaces") : 0;
        if (r >= 0 && !flies && is(&pod->annotations, ANNOTATION_USER_NAMESPACE, "host"))
                r = add(&list, "user namespace");
        if (r >= 0 && !flies && is(&pod->annotations, ANNOTATION_NETWORK, "host"))
                r = add(&list, "host network");
        if (r >= 0 && is(&pod->annotations, ANNOTATION_LABEL, "disable"))
                r = add(&list, "SELinux label");
        for (size_t i = 0; i < pod->n_apps && r >= 0; i++)
                r = add_app(&pod->apps[i], &list);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(list);
        return 0;
}
