/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what happens when a pod cannot have its labels, or they are not enforced.
 * Never: starts a pod without a label that should have one.
 * Follows: selinux/pod-labels.h; mount(8), "context=". */

#include <string.h>

#include "basic/log.h"
#include "basic/str.h"
#include "selinux/label.h"
#include "stage/labels.h"

int labels_read(Stage *s) {
        _cleanup_free_ char *why = NULL;

        int r = pod_labels_read(s->manifest, &s->pod, &s->labels, &why);
        return r < 0 ? log_error_errno(r, "Cannot label pod '%s': %s", s->pod.name, why ? why : strerror(-r))
                     : 0;
}

void labels_warn(const Stage *s) {
        if (s->labels.process && label_mode() == LABEL_PERMISSIVE)
                log_warning("SELinux is permissive: what pod '%s' must not do is logged, and happens",
                            s->pod.name);
}

/* In quotes, for there is a comma in it. */
int labels_mount_options(const char *options, const char *context, char **ret) {
        return context ? str_printf(ret, "%s,context=\"%s\"", options, context) : str_copy(options, ret);
}
