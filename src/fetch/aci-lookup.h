/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fetch/platform.h"
#include "image/appc.h"
#include "image/reference.h"
#include "store/image-dependencies.h"
#include "store/store.h"

/* What a manifest says about an image that it needs, as a reference by which that can be fetched, and its text, fit for
 * messages. -EINVAL if it has none. */
int aci_dependency_reference(const AppcDependency *d, Reference **ret, char **ret_text);

typedef struct AciLookup {
        const AppcDependency *dependency;
        const char *text; /* its reference */
        const FetchPlatform *platform;
        const ImageDependencies *known; /* how such questions were answered before */
} AciLookup;

/* The image of the store that answers it: the one that did before, else the one whose name was written last. Only
 * complete images count; nobody has judged them today. 1, or 0 if there is none. */
int aci_lookup(Store *s, const AciLookup *l, Digest *ret);
