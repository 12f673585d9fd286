/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: making the layer that gives the directories of a stack of layers what is hidden of them, and nothing else.
 * Never: opens a file; has a privilege.
 * Follows: docs/STORE.md, "Implied directories". */

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "basic/cli.h"
#include "basic/log.h"
#include "basic/str.h"
#include "prepare/cage.h"
#include "prepare/layer-directories.h"
#include "prepare/layer-end.h"

#define OUTPUT_FD 3
#define FIRST_FD 4
#define LAYERS_MAX 500 /* overlayfs takes no more */

static Digest arg_id;
static bool arg_has_id;
static uint64_t arg_layers;

static int set_id(const char *value, void *target) {
        if (digest_parse_id(value, &arg_id) < 0)
                return -EINVAL;

        arg_has_id = true;
        return 0;
}

static int set_layers(const char *value, void *target) {
        int r = str_to_u64(value, &arg_layers);
        return r < 0 || arg_layers == 0 || arg_layers > LAYERS_MAX ? -EINVAL : 0;
}

static const CliOption options[] = {
        { 0, "id", "ID", "What the new layer will be called", set_id },
        { 0, "layers", "N", "So many layers, from fd 4 on, bottom first", set_layers },
        {},
};

static const CliProgram program = {
        .name = "mend-directories",
        .arguments = "--id=ID --layers=N 3>LAYER 4<LAYER…",
        .summary = "Makes a layer of the directories that others hide without a word.",
        .options = options,
};

typedef struct Stack {
        ErofsReader *layers[LAYERS_MAX];
        size_t n;
} Stack;

static void stack_done(Stack *s) {
        for (size_t i = 0; i < s->n; i++)
                erofs_reader_free(s->layers[i]);
}

static int stack_open(Stack *s) {
        for (; s->n < arg_layers; s->n++) {
                int r = erofs_reader_open(FIRST_FD + s->n, &s->layers[s->n]);
                if (r < 0)
                        return r;
        }

        return 0;
}

/* What has no entries is not completed: nobody wants it. */
static int mend(LayerAnswer *ret) {
        _cleanup_(erofs_writer_freep) ErofsWriter *writer = NULL;
        _cleanup_(stack_done) Stack stack = {};
        LayerAnswer a = { .id = arg_id };

        int r = stack_open(&stack);
        if (r >= 0)
                r = erofs_writer_new(OUTPUT_FD, UINT64_MAX, 0, &writer);
        if (r >= 0)
                r = layer_directories(stack.layers, stack.n, writer, &a.entries);
        if (r >= 0 && a.entries > 0)
                r = layer_end(writer, OUTPUT_FD, &a.id, &a.verity);
        if (r < 0)
                return r;

        *ret = a;
        return 0;
}

static const char *explain(int r) {
        switch (r) {
        case -EUCLEAN: return "one that it is made of is damaged";
        case -E2BIG: return "there are too many directories";
        case -EOPNOTSUPP:
                return "a layer makes the root opaque, for which all layers below would have to go";
        default: return strerror(-r);
        }
}

static int run(int argc, char **argv) {
        LayerAnswer answer;
        char **arguments;

        int r = cli_parse(&program, argc, argv, &arguments);
        if (r <= 0)
                return r;
        if (*arguments || !arg_has_id || arg_layers == 0)
                return log_error_errno(EINVAL,
                                       "mend-directories takes --id= and --layers=, and no arguments.");
        if (fcntl(OUTPUT_FD, F_GETFD) < 0)
                return log_error_errno(errno, "Cannot write to fd %d: %m", OUTPUT_FD);

        r = cage_enter();
        if (r < 0)
                return log_error_errno(r, "Cannot enter the sandbox: %m");

        r = mend(&answer);
        if (r < 0)
                return log_error_errno(r, "Cannot seal layer: %s", explain(r));

        r = layer_answer_print(&answer, answer.entries > 0);
        return r < 0 ? log_error_errno(r, "Cannot write the result: %m") : 0;
}

int main(int argc, char **argv) {
        return cli_exit_status(run(argc, argv), EXIT_FAILURE);
}
