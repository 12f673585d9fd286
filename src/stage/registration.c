/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what happens when machined cannot be reached, or does not want a pod.
 * Never: lets a pod fail because it is not listed.
 * Follows: unit/machine.h. */

#include <errno.h>
#include <string.h>

#include "basic/fd.h"
#include "basic/log.h"
#include "stage/registration.h"

static void warn(const Stage *s, int r, const char *why) {
        log_warning("Cannot register pod '%s' with machined: %s; machinectl will not list it", s->pod.name,
                    why ? why : strerror(-r));
}

Machine *registration_begin(const Stage *s) {
        Machine *m = NULL;

        int r = machine_open(s->pod.name, &m);
        if (r < 0)
                warn(s, r, NULL);

        return m;
}

int registration_claim(const Stage *s, Machine **m) {
        int r = *m ? machine_claim(*m) : 0;
        if (r == -EEXIST)
                return log_error_errno(
                                r,
                                "Cannot start pod '%s': another machine has this name; see 'machinectl status %s'",
                                s->pod.name, s->pod.name);
        if (r < 0) {
                warn(s, r, NULL);
                *m = machine_close(*m);
        }

        return 0;
}

bool registration_make(const Stage *s, Machine *m, pid_t leader, int leader_pidfd) {
        _cleanup_free_ char *why = NULL;

        int r = machine_register(m, s->vm ? "vm" : "container", s->pod.uuid, leader, s->root ? s->root : "",
                                 &why);
        if (r < 0 && !fd_is_readable(leader_pidfd))
                warn(s, r, why);

        return r >= 0;
}
