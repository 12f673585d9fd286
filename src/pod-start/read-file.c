/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the refusal of a pod file that has problems.
 * Never: says less than `gantry pod check`.
 * Follows: gantry.pod(5). */

#include <string.h>

#include "basic/log.h"
#include "pod-start/read-file.h"

int read_pod_file(const char *name, PodFile **ret) {
        _cleanup_pod_file_ PodFile *f = NULL;
        _cleanup_free_ char *why = NULL;

        int r = pod_file_load(name, &f, &why);
        if (r < 0)
                return log_error_errno(r, "Cannot use pod file '%s': %s", name, why ? why : strerror(-r));

        for (size_t i = 0; i < f->n_problems; i++) {
                _cleanup_free_ char *problem = NULL;

                r = pod_file_problem(f, i, &problem);
                if (r < 0)
                        return log_error_errno(r, "Cannot use pod file '%s': %m", name);
                log_error("%s", problem);
        }
        if (f->n_problems > 0)
                return -EBADMSG;

        *ret = TAKE_PTR(f);
        return 0;
}
