/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: that a pod does not outlive the one in whose network it is.
 * Never: looks whether its network is one to be in: the stage does.
 * Follows: gantry.net(5); systemd.unit(5), "BindsTo=". */

#include <errno.h>

#include "basic/cli.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "pod/pod-dir.h"
#include "pod/pod-networks.h"
#include "run/other-pod.h"
#include "store/store.h"

int other_pod_bind(const AppcPod *pod, char ***properties, char **reterr_why) {
        _cleanup_pod_dir_ PodDir other = { .fd = -EBADF };
        const char *name = pod_network_pod(pod);
        _cleanup_(store_closep) Store *s = NULL;
        _cleanup_free_ char *unit = NULL;

        if (!name)
                return 0;

        int r = store_open(cli_root, 0, &s);
        if (r >= 0)
                r = pod_dir_find(store_pods_fd(s), name, &other);
        if (r == -ENOENT || (r >= 0 && pod_dir_phase_now(&other) != POD_RUNNING))
                return refuse(reterr_why, -ENOENT, "pod '%s', in whose network it is to be, does not run",
                              name);
        if (r >= 0)
                r = pod_dir_unit_name(&other, &unit);
        if (r >= 0)
                r = strv_addf(properties, "BindsTo=%s", unit);

        return r < 0 ? r : strv_addf(properties, "After=%s", unit);
}
