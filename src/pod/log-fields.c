/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what the journal is told about a pod.
 * Never: tells what differs between the apps of a pod: SYSLOG_IDENTIFIER= does.
 * Follows: systemd.exec(5), "LogExtraFields="; the names that podman(1) and docker(1) use, besides our own. */

#include "basic/str.h"
#include "basic/strv.h"
#include "pod/annotations.h"
#include "pod/log-fields.h"

#define SHORT_ID 12 /* as docker(1) shortens it */

static int add(char ***list, const char *field, const char *value) {
        return value ? strv_addf(list, "LogExtraFields=%s=%s", field, value) : 0;
}

static int add_pod(char ***list, const PodDir *p) {
        char id[37], *end = id;

        for (const char *c = p->uuid; *c; c++)
                if (*c != '-')
                        *end++ = *c;
        *end = '\0';

        int r = add(list, "POD_UUID", p->uuid);
        if (r >= 0)
                r = add(list, "POD_NAME", p->name);
        if (r >= 0)
                r = add(list, "CONTAINER_NAME", p->name);
        if (r >= 0)
                r = add(list, "CONTAINER_ID_FULL", id);
        id[SHORT_ID] = '\0';

        return r < 0 ? r : add(list, "CONTAINER_ID", id);
}

static int add_app(char ***list, const AppcPodApp *app) {
        char digest[DIGEST_TEXT_MAX];

        int r = add(list, "APP_NAME", app->name);
        if (r >= 0)
                r = add(list, "IMAGE_NAME", pairs_get(&app->annotations, ANNOTATION_IMAGE));
        if (r < 0 || !app->has_image_id)
                return r;

        digest_format(&app->image_id, digest);
        return add(list, "IMAGE_DIGEST", digest);
}

int pod_log_fields(const PodDir *p, const AppcPod *pod, char ***ret) {
        _cleanup_strv_ char **list = NULL;

        int r = add_pod(&list, p);
        if (r >= 0 && pod->n_apps == 1)
                r = add_app(&list, &pod->apps[0]);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(list);
        return 0;
}
