/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: which apps are told of the metadata service, and the key a pod signs with.
 * Never: shows the key to a pod.
 * Follows: App Container spec 0.8.11, ace.md, "App Container Metadata Service"; RFC 4122. */

#include <ctype.h>
#include <string.h>
#include <sys/random.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "pod/annotations.h"
#include "pod/metadata.h"
#include "pod/pod-dir.h"

bool app_has_metadata(const AppcPod *pod, const AppcPodApp *app) {
        return pairs_get(&pod->annotations, ANNOTATION_METADATA) || app->image_id.algorithm == DIGEST_SHA512;
}

bool pod_has_metadata(const AppcPod *pod) {
        for (size_t i = 0; i < pod->n_apps; i++)
                if (app_has_metadata(pod, &pod->apps[i]))
                        return true;

        return false;
}

int metadata_make_key(const AppcPod *pod, int pod_fd) {
        uint8_t key[HMAC_KEY_SIZE];

        if (!pod_has_metadata(pod))
                return 0;
        if (getrandom(key, sizeof(key), 0) != sizeof(key))
                return -EIO;

        int r = file_create_at(pod_fd, HMAC_KEY_FILE, key, sizeof(key), 0400);
        explicit_bzero(key, sizeof(key));
        return r;
}

int metadata_uuid(const char *text, char ret[static 37]) {
        char uuid[37];
        size_t n = 0;

        for (; *text && n < sizeof(uuid) - 1; text++) {
                bool border = n == 8 || n == 13 || n == 18 || n == 23;

                if (border)
                        uuid[n++] = '-';
                if (*text != '-')
                        uuid[n++] = tolower((unsigned char) *text);
                else if (!border)
                        return -EINVAL;
        }
        uuid[n] = '\0';
        if (*text || !pod_uuid_is_valid(uuid))
                return -EINVAL;

        memcpy(ret, uuid, sizeof(uuid));
        return 0;
}
