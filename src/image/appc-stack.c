/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the order in which an image and all it depends on are stacked, and what is kept of each.
 * Never: looks for an image; applies a whitelist.
 * Follows: App Container spec 0.8.11, aci.md, "Dependency Matching" and pathWhitelist: dependencies in order, depth
 *          first, then the image itself. Under several whitelists a path must be in all of them. */

#include "image/appc-stack.h"

typedef struct Stack {
        const AppcNode *nodes;
        AppcLayer layers[APPC_LAYERS_MAX]; /* top first */
        size_t n;
        size_t way[APPC_DEPTH_MAX + 1]; /* the images on the way to where we are */
} Stack;

static AppcWhitelist *whitelist_free(AppcWhitelist *w) {
        if (!w)
                return NULL;

        appc_whitelist_done(w);
        free(w);
        return NULL;
}
DEFINE_CLEANUP(AppcWhitelist, whitelist_free)

void appc_layers_free(AppcLayer *layers, size_t n) {
        for (size_t i = 0; i < n; i++)
                whitelist_free(layers[i].kept);

        free(layers);
}

static void stack_done(Stack *s) {
        for (size_t i = 0; i < s->n; i++)
                whitelist_free(s->layers[i].kept);
}

/* What of both lets through, NULL being everything. */
static int narrow(const AppcWhitelist *a, const AppcWhitelist *b, AppcWhitelist **ret) {
        _cleanup_(whitelist_freep) AppcWhitelist *w = NULL;

        if (a || b) {
                w = calloc(1, sizeof(AppcWhitelist));
                if (!w)
                        return -ENOMEM;
                int r = appc_whitelist_intersect(a ? a : b, b ? b : a, w);
                if (r < 0)
                        return r;
        }

        *ret = TAKE_PTR(w);
        return 0;
}

/* The same files once more, further down, would not be seen: whatever they hide is hidden already, and each of them
 * has its double above it. The same is true of all that the image needs. */
static bool is_there(const Stack *s, size_t image, const AppcWhitelist *kept) {
        for (size_t i = 0; i < s->n; i++)
                if (s->layers[i].image == image && appc_whitelist_equal(s->layers[i].kept, kept))
                        return true;

        return false;
}

static bool is_on_the_way(const Stack *s, size_t image, size_t depth) {
        for (size_t i = 0; i < depth; i++)
                if (s->way[i] == image)
                        return true;

        return false;
}

static int push(Stack *s, size_t image, const AppcWhitelist *kept, size_t depth) {
        _cleanup_(whitelist_freep) AppcWhitelist *passed = NULL, *copy = NULL;
        const AppcNode *node = &s->nodes[image];

        if (depth > APPC_DEPTH_MAX || is_on_the_way(s, image, depth))
                return -ELOOP;
        if (is_there(s, image, kept))
                return 0;
        if (s->n == APPC_LAYERS_MAX)
                return -E2BIG;

        s->way[depth] = image;
        int r = narrow(kept, NULL, &copy);
        if (r >= 0)
                r = narrow(kept, node->own, &passed);
        if (r < 0)
                return r;

        s->layers[s->n++] = (AppcLayer) { .image = image, .kept = TAKE_PTR(copy) };
        for (size_t i = node->n_dependencies; i > 0 && r >= 0; i--)
                r = push(s, node->dependencies[i - 1], passed, depth + 1);

        return r;
}

int appc_stack(const AppcNode *nodes, size_t top, AppcLayer **ret, size_t *ret_n) {
        _cleanup_(stack_done) Stack s = { .nodes = nodes };

        int r = push(&s, top, /* kept= */ NULL, 0);
        if (r < 0)
                return r;

        AppcLayer *layers = calloc(s.n, sizeof(AppcLayer));
        if (!layers)
                return -ENOMEM;
        for (size_t i = 0; i < s.n; i++)
                layers[i] = s.layers[s.n - 1 - i];

        *ret = layers;
        *ret_n = s.n;
        s.n = 0;
        return 0;
}
