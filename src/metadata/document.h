/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/blob.h"
#include "basic/cursor.h"
#include "image/appc-pod.h"

/* What can be read at the metadata service: all of it is made once. */

typedef struct Document {
        char *path; /* below METADATA_PATH: "/apps/web/image/id" */
        const char *type;
        Blob body;
} Document;

typedef struct Documents {
        Document *items;
        size_t n;
} Documents;

void documents_done(Documents *d);
#define _cleanup_documents_ _cleanup_(documents_done)

/* Of a pod with its pod.json and the manifest of each app's image, in the order of apps; one without bytes is not there. All of them are
 * taken. -EBADMSG and *reterr_why: a manifest is not what it has to be. */
int documents_make(const char *uuid, Blob *pod_json, Blob *image_manifests, Documents *ret,
                   char **reterr_why);

/* NULL if there is none. */
const Document *documents_find(const Documents *d, Cursor path);
