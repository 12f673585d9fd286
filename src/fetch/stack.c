/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: images/ID/layers while it comes to be, and the layer on top that mends directories.
 * Never: fetches; decides about the order of layers.
 * Follows: docs/STORE.md, "Implied directories". */

#include <stdio.h>
#include <string.h>

#include "basic/fd.h"
#include "basic/log.h"
#include "basic/str.h"
#include "fetch/sealer.h"
#include "fetch/stack.h"
#include "image/hasher.h"
#include "store/image-layers.h"
#include "store/lock.h"

#define LAYERS_MAX 500 /* overlayfs takes no more, so no pod can be made of them */

/* No layer twice, and room for one more. */
typedef struct Stack {
        LayerRecord *layers;
        size_t n;
        Digest mending; /* what the one more would be called */
} Stack;

static void stack_done(Stack *stack) {
        free(stack->layers);
}

static bool is_listed(const LayerRecord *layers, size_t n, const Digest *id) {
        for (size_t i = 0; i < n; i++)
                if (digest_equal(&layers[i].id, id))
                        return true;

        return false;
}

static int name_mending(Stack *stack) {
        static const char purpose[] = "gantry directories\n"; /* no tar begins like this */
        _cleanup_hasher_ Hasher *hasher = NULL;

        int r = hasher_new(DIGEST_SHA512, &hasher);
        if (r < 0)
                return r;

        hasher_update(hasher, purpose, strlen(purpose));
        for (size_t i = 0; i < stack->n; i++) {
                char id[DIGEST_TEXT_MAX];

                digest_format_id(&stack->layers[i].id, id);
                hasher_update(hasher, id, strlen(id));
                hasher_update(hasher, "\n", 1);
        }

        hasher_final(hasher, &stack->mending);
        return 0;
}

static int stack_init(Stack *stack, const LayerRecord *layers, size_t n) {
        stack->layers = calloc(n + 1, sizeof(LayerRecord));
        if (!stack->layers)
                return -ENOMEM;

        /* All that a layer has, and all that it hides, it has and hides where it is uppermost. */
        for (size_t i = 0; i < n; i++)
                if (!is_listed(layers + i + 1, n - i - 1, &layers[i].id))
                        stack->layers[stack->n++] = layers[i];

        return name_mending(stack);
}

/* The layers, open, bottom first. */
typedef struct Files {
        int fds[LAYERS_MAX];
        size_t n;
} Files;

static void files_done(Files *f) {
        for (size_t i = 0; i < f->n; i++)
                fd_close(f->fds[i]);
}

static int open_layers(Store *s, const Stack *stack, Files *f) {
        fd_limit_raise();

        for (; f->n < stack->n; f->n++) {
                f->fds[f->n] = layer_open(s, &stack->layers[f->n].id);
                if (f->fds[f->n] < 0)
                        return f->fds[f->n];
        }

        return 0;
}

/* 1 if there is something to mend, and the sealer has the layer; 0 if there is not; -ENOENT if a layer is gone. */
static int build_mending(const Image *image, const Stack *stack, Sealer *sealer, Sealed *ret) {
        char name[DIGEST_TEXT_MAX], what[DIGEST_TEXT_MAX + 64];
        _cleanup_(files_done) Files files = {};

        digest_format_id(&image->id, name);
        (void) snprintf(what, sizeof(what), "the directories of image %s", name);
        int r = open_layers(image->store, stack, &files);
        if (r < 0)
                return r == -ENOENT ? r : log_error_errno(r, "Cannot seal %s: %m", what);

        r = sealer_start_mend(image->store, files.fds, files.n, &stack->mending, sealer);
        if (r >= 0)
                r = sealer_finish(sealer, what, ret);
        if (r >= 0 && !digest_equal(&ret->tar, &stack->mending))
                r = log_error_errno(EPROTO, "Cannot seal %s: %m", what);

        return r < 0 ? r : ret->entries > 0;
}

static int all_exist(Store *s, const Stack *stack) {
        int r = 1;

        for (size_t i = 0; i < stack->n && r > 0; i++)
                r = layer_exists(s, &stack->layers[i].id);

        return r;
}

/* Where the mending layer comes from. */
typedef struct Mending {
        bool wanted, built; /* built: it has no name yet, and is the sealer's; otherwise it is in the store */
        Sealer sealer;
        Sealed sealed;
} Mending;

static void mending_done(Mending *m) {
        sealer_done(&m->sealer);
}

/* -ENOENT if a layer is gone. */
static int find_or_build(const Image *image, const Stack *stack, Mending *m) {
        if (stack->n < 2 || stack->n >= LAYERS_MAX)
                return 0;

        int r = layer_exists(image->store, &stack->mending);
        if (r < 0)
                return log_error_errno(r, "Cannot look for a layer in '%s': %m", store_path(image->store));
        if (r == 0) {
                r = build_mending(image, stack, &m->sealer, &m->sealed);
                m->built = true;
        }
        m->wanted = r > 0;

        return r;
}

/* Once it is noted down, gc knows who needs it. */
static int put_on_top(const Image *image, Stack *stack, Mending *m) {
        LayerRecord *record = &stack->layers[stack->n];
        Store *s = image->store;

        int r;

        if (m->built)
                r = sealer_publish(&m->sealer, s, &image->id, &m->sealed, record);
        else {
                r = image_layers_find(s, &image->id, &stack->mending, record);
                if (r < 0 && r != -ENOENT)
                        log_error_errno(r, "Cannot use the layer that mends directories: %s",
                                        image_layers_strerror(r));
        }
        if (r >= 0)
                stack->n++;

        return r;
}

static int note_down(Image *image, Stack *stack, Mending *m) {
        Store *s = image->store;

        _cleanup_close_ int lock = store_lock(s, STORE_SHARED);
        if (lock < 0)
                return log_error_errno(lock, "Cannot lock the store '%s': %m", store_path(s));

        int r = all_exist(s, stack);
        if (r == 0)
                return 0;
        if (r > 0 && m->wanted) {
                r = put_on_top(image, stack, m);
                if (r < 0)
                        return r; /* it has been said */
        }
        if (r >= 0)
                r = image_layers_write(image->fd, stack->layers, stack->n);

        return r < 0 ? log_error_errno(r, "Cannot note down the layers of an image: %m") : 1;
}

static bool is_same(const LayerRecord *a, const LayerRecord *b) {
        return digest_equal(&a->id, &b->id) && digest_equal(&a->verity, &b->verity) &&
               a->inode == b->inode && a->changed_nsec == b->changed_nsec;
}

/* An image that is fetched again, of layers that are still what they were. */
static bool is_noted_down(const Image *image, const Stack *stack) {
        _cleanup_free_ LayerRecord *noted = NULL;
        size_t n;

        if (image_layers_read(image->fd, &noted, &n) < 0 || n < stack->n || n > stack->n + 1)
                return false;
        for (size_t i = 0; i < stack->n; i++)
                if (!is_same(&noted[i], &stack->layers[i]))
                        return false;
        if (n == stack->n)
                return true;

        _cleanup_close_ int fd = layer_open(image->store, &stack->mending);
        return digest_equal(&noted[n - 1].id, &stack->mending) && fd >= 0 &&
               layer_check(fd, &noted[n - 1]) >= 0;
}

int stack_note_down(Image *image, const LayerRecord *layers, size_t n) {
        _cleanup_(mending_done) Mending mending = { .sealer = SEALER_NULL };
        _cleanup_(stack_done) Stack stack = {};

        int r = stack_init(&stack, layers, n);
        if (r < 0)
                return log_error_errno(r, "Cannot note down the layers of an image: %m");

        if (is_noted_down(image, &stack))
                return 1;
        r = find_or_build(image, &stack, &mending);
        if (r >= 0)
                r = note_down(image, &stack, &mending);

        return r == -ENOENT ? 0 : r;
}
