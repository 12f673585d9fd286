/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: making of a sealed layer, from standard input, the tar that it was sealed from.
 * Never: opens a file; has a privilege; says whether it is the right tar: whoever wants to know hashes it.
 * Follows: DESIGN.md section 2, promise 3; unseal-layer(8). */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "basic/cli.h"
#include "basic/fd.h"
#include "basic/log.h"
#include "erofs/reader.h"
#include "prepare/cage.h"
#include "tar/recipe-player.h"

#define BUFFER_SIZE (256u * 1024)

static bool arg_size;

static const CliOption options[] = {
        { 0, "size", NULL, "Print how many bytes the tar has, not the tar", cli_set_true, &arg_size },
        {},
};

static const CliProgram program = {
        .name = "unseal-layer",
        .arguments = "[OPTION…] <LAYER",
        .summary = "Prints the tar that a layer was made from.",
        .options = options,
};

typedef struct Unsealer {
        ErofsReader *layer;
        Blob recipe;
        RecipePlayer *player;
        uint64_t number; /* of the file below, if it has a name yet */
        bool have_file;
        ErofsStat file;
        uint8_t *buffer;
        size_t used;
} Unsealer;

static void unsealer_done(Unsealer *u) {
        recipe_player_free(u->player);
        blob_done(&u->recipe);
        erofs_reader_free(u->layer);
        free(u->buffer);
}

static int open_layer(Unsealer *u) {
        u->buffer = malloc(BUFFER_SIZE);
        if (!u->buffer)
                return -ENOMEM;

        int r = erofs_reader_open(STDIN_FILENO, &u->layer);
        if (r >= 0)
                r = erofs_reader_attachment(u->layer, &u->recipe);
        return r < 0 ? r : recipe_player_new(u->recipe.data, u->recipe.size, &u->player);
}

static int flush(Unsealer *u) {
        int r = fd_write_full(STDOUT_FILENO, u->buffer, u->used);
        u->used = 0;
        return r;
}

static int find_file(Unsealer *u, uint64_t number) {
        if (u->have_file && u->number == number)
                return 0;

        int r = number > UINT32_MAX ? -ERANGE : erofs_reader_file(u->layer, number, &u->file);
        if (r < 0)
                return r;

        u->number = number;
        u->have_file = true;
        return 0;
}

static int copy_step(Unsealer *u, const RecipeStep *step, uint64_t done, size_t n) {
        uint8_t *to = u->buffer + u->used;

        if (!step->bytes)
                return erofs_reader_data(u->layer, &u->file, step->offset + done, to, n);

        memcpy(to, (const uint8_t *) step->bytes + done, n);
        return 0;
}

static int put_step(Unsealer *u, const RecipeStep *step) {
        int r = step->bytes ? 0 : find_file(u, step->file);

        for (uint64_t done = 0; r >= 0 && done < step->size;) {
                size_t n = MIN(step->size - done, BUFFER_SIZE - u->used);

                r = copy_step(u, step, done, n);
                if (r < 0)
                        return r;

                done += n;
                u->used += n;
                if (u->used == BUFFER_SIZE)
                        r = flush(u);
        }

        return r;
}

static int print_tar(Unsealer *u) {
        RecipeStep step;

        for (;;) {
                int r = recipe_player_next(u->player, &step);
                if (r == 0)
                        return flush(u);
                if (r > 0)
                        r = put_step(u, &step);
                if (r < 0)
                        return r;
        }
}

static int print_size(const Unsealer *u) {
        char line[24];

        int n = snprintf(line, sizeof(line), "%" PRIu64 "\n", recipe_player_size(u->player));
        return fd_write_full(STDOUT_FILENO, line, n);
}

/* What the readers call a number that is too large or data beyond a file is damage of the layer, here. */
static int refuse(int r) {
        switch (r) {
        case -ENODATA: return log_error_errno(r, "Cannot unseal layer: it has no recipe for its tar");
        case -EUCLEAN:
        case -ERANGE:
        case -EINVAL: return log_error_errno(r, "Cannot unseal layer: it is damaged, or no layer");
        default: return log_error_errno(r, "Cannot unseal layer: %m");
        }
}

static int run(int argc, char **argv) {
        _cleanup_(unsealer_done) Unsealer u = {};
        char **arguments;

        int r = cli_parse(&program, argc, argv, &arguments);
        if (r <= 0)
                return r;
        if (*arguments)
                return log_error_errno(EINVAL, "unseal-layer takes no arguments.");

        r = cage_enter();
        if (r < 0)
                return log_error_errno(r, "Cannot enter the sandbox: %m");

        r = open_layer(&u);
        if (r >= 0)
                r = arg_size ? print_size(&u) : print_tar(&u);
        return r < 0 ? refuse(r) : 0;
}

int main(int argc, char **argv) {
        return cli_exit_status(run(argc, argv), EXIT_FAILURE);
}
