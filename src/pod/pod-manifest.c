/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: where a pod's manifest is.
 * Never: changes it.
 * Follows: App Container spec 0.8.11, pods.md. */

#include "basic/fd.h"
#include "pod/pod-manifest.h"

int pod_manifest_read(const PodDir *p, AppcPod **ret, char **reterr_why) {
        _cleanup_blob_ Blob text = {};

        int r = file_read_at(p->fd, "pod.json", APPC_DOCUMENT_MAX, &text);
        return r < 0 ? r : appc_pod_parse(text.data, text.size, ret, reterr_why);
}
