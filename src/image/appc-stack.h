/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/appc-whitelist.h"

#define APPC_DEPTH_MAX 32U   /* an image that needs an image that needs … */
#define APPC_LAYERS_MAX 256U /* overlayfs takes 500 */

/* One image of several that need each other; they are known by their numbers in an array. */
typedef struct AppcNode {
        const size_t *dependencies; /* in the manifest's order */
        size_t n_dependencies;
        const AppcWhitelist *own; /* its pathWhitelist, or NULL */
} AppcNode;

/* An image in its place, with what those that need it let through of it. */
typedef struct AppcLayer {
        size_t image;
        AppcWhitelist *kept; /* owned; NULL: all that its own whitelist lets through */
} AppcLayer;

/* What image `top` looks like: layers, bottom first, each of which hides what it has in common with those below it.
 * -ELOOP if it is deeper than APPC_DEPTH_MAX, as it is when an image needs itself; -E2BIG for more than
 * APPC_LAYERS_MAX layers. Free with appc_layers_free(). */
int appc_stack(const AppcNode *nodes, size_t top, AppcLayer **ret, size_t *ret_n);
void appc_layers_free(AppcLayer *layers, size_t n);
