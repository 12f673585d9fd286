/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/appc-app.h"
#include "image/digest.h"

/* The image manifest of an ACI. */

typedef struct AppcDependency {
        char *image_name;
        bool has_id;
        Digest id; /* the image must match it */
        Pairs labels;
        uint64_t size; /* 0 if not given */
} AppcDependency;

typedef struct AppcImage {
        char *ac_version;
        char *name;
        Pairs labels; /* "version", "os", "arch", … */
        AppcApp *app; /* NULL: not to be run by itself */
        AppcDependency *dependencies;
        size_t n_dependencies;
        char **path_whitelist; /* absolute; NULL: everything */
        Pairs annotations;
} AppcImage;

/* -EFBIG beyond APPC_DOCUMENT_MAX, -EBADMSG and *reterr_why if it is not a valid image manifest. */
int appc_image_parse(const void *data, size_t size, AppcImage **ret, char **reterr_why);
AppcImage *appc_image_free(AppcImage *image);
DEFINE_CLEANUP(AppcImage, appc_image_free)

/* Is it the image that was asked for: the same name (NULL: any), and every label that was asked for there
 * with the same value? 0 or -EBADMSG and *reterr_why. */
int appc_image_check(const AppcImage *image, const char *name, const Pairs *labels, char **reterr_why);
