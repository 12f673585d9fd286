/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: telling a pod that has ended from one that is between two of its lives.
 * Never: waits for either.
 * Follows: systemd.service(5), "Restart=". */

#include <errno.h>

#include "gc/restart.h"
#include "unit/pod-unit.h"

bool restart_is_due(Manager **m, const PodDir *p) {
        _cleanup_pod_unit_ PodUnit unit = {};

        int r = *m ? 0 : manager_open(m);
        if (r == -ENOENT || r == -ECONNREFUSED)
                return false;
        if (r >= 0)
                r = pod_unit_get(*m, p, &unit, NULL);

        return r < 0 ? r != -ENOENT : pod_unit_needs_pod(&unit) != NULL;
}
