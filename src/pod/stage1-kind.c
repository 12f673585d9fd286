/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: which stage runs a pod, and what that one's unit is to have.
 * Never: runs it.
 * Follows: pod/annotations.h; systemd.resource-control(5), "DeviceAllow=". */

#include "basic/str.h"
#include "basic/strv.h"
#include "pod/annotations.h"
#include "pod/machine-size.h"
#include "pod/stage1-kind.h"

const char *pod_stage1(const AppcPod *pod) {
        const char *stage1 = pairs_get(&pod->annotations, ANNOTATION_STAGE1);
        return stage1 ? stage1 : "nspawn";
}

bool pod_flies(const AppcPod *pod) {
        return streq(pod_stage1(pod), "fly");
}

/* All devices of the host; in front, so that an empty DeviceAllow= takes it back. */
static int open_devices(char ***properties) {
        static const char *const devices[] = { "DeviceAllow=char-* rwm", "DeviceAllow=block-* rwm", NULL };
        _cleanup_strv_ char **all = NULL;

        int r = strv_add_all(&all, (char *const *) devices);
        if (r >= 0)
                r = strv_add_all(&all, *properties);
        if (r < 0)
                return r;

        strv_free(*properties);
        *properties = TAKE_PTR(all);
        return 0;
}

int stage1_unit_properties(const char *stage1, char ***properties) {
        if (streq_ptr(stage1, "kvm"))
                return machine_unit_properties(properties);

        return streq_ptr(stage1, "fly") ? open_devices(properties) : 0;
}
