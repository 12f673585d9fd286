/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what is said of a child that did not end well.
 * Never: repeats what it has said itself.
 * Follows: process_wait(). */

#include "basic/children.h"
#include "basic/log.h"
#include "fetch/child-failed.h"

int child_failed(const char *name, int status) {
        if (children_interrupted())
                return -ECANCELED;
        if (status < 0)
                return log_error_errno(status, "Cannot wait for %s: %m", name);
        if (status > 128)
                log_error("%s was killed by signal %d", name, status - 128);

        return -EPROTO;
}
