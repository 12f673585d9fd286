/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: prepare/manifest and prepare/compose under any bytes, as a pod manifest.
 * Never: asks whether the pod could run.
 * Follows: prepare/manifest.h, prepare/compose.h. */

#include "basic/str.h"
#include "fuzz.h"
#include "pod/annotations.h"
#include "pod/unit-property.h"
#include "prepare/compose.h"
#include "prepare/manifest.h"

/* As an image would have completed it. */
static bool has_images(const AppcPod *pod) {
        for (size_t i = 0; i < pod->n_apps; i++)
                if (!pod->apps[i].app)
                        return false;

        return true;
}

/* None of ours has come through but those that were made here. */
static void check_annotations(const AppcPodApp *app) {
        fuzz_check(!pairs_get(&app->annotations, ANNOTATION_AMBIENT));
        fuzz_check(!pairs_get(&app->annotations, ANNOTATION_DEVICES));
        fuzz_check(!pairs_get(&app->annotations, ANNOTATION_SECCOMP));
        fuzz_check(!pairs_get(&app->annotations, ANNOTATION_UNMASK));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(pod_settings_freep) PodSettings *settings = NULL;
        _cleanup_(appc_pod_freep) AppcPod *pod = NULL;
        _cleanup_free_ char *why = NULL;
        _cleanup_blob_ Blob text = {};

        int r = manifest_parse(data, size, &pod, &settings, &why);
        if (r < 0) {
                fuzz_check(!pod && !settings && (r == -EFBIG || why));
                return 0;
        }
        fuzz_check(settings->n_apps == pod->n_apps);
        if (!has_images(pod) || pod_settings_check(settings, &why) < 0 || manifest_complete(pod) < 0 ||
            compose_pod(settings, "/store", pod, &why) < 0)
                return 0;

        for (size_t i = 0; i < pod->n_apps; i++)
                check_annotations(&pod->apps[i]);
        fuzz_check(!pairs_get(&pod->annotations, ANNOTATION_NETWORK));
        fuzz_check(!pairs_get(&pod->annotations, ANNOTATION_USER_NAMESPACE));
        (void) appc_pod_format(pod, &text); /* two mounts may have one path */
        return 0;
}
