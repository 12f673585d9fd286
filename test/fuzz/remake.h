/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: reading a tar from memory in pieces of any size, and making it again from its recipe and its files.
 * Never: knows what entries mean.
 * Follows: tar/tar.h, tar/recipe.h. */
#pragma once

#include "basic/array.h"
#include "basic/blob.h"
#include "tar/recipe-player.h"
#include "tar/recipe.h"
#include "tar/tar.h"

typedef struct Remake {
        const uint8_t *tar;
        size_t size, position, piece; /* how many bytes come at once */
        Recipe *recipe;
        uint8_t *text; /* the recipe */
        size_t text_size, text_allocated;
        uint8_t *data; /* of all files, one after the other */
        size_t data_size, data_allocated;
        struct RemakePart {
                uint64_t file, offset, size;
                size_t at; /* in the data */
        } * parts;
        size_t n_parts, parts_allocated;
        uint64_t files;
} Remake;

static inline void remake_done(Remake *m) {
        recipe_free(m->recipe);
        free(m->text);
        free(m->data);
        free(m->parts);
}

static ssize_t remake_read(void *userdata, const void **ret, char **reterr_why) {
        Remake *m = userdata;
        size_t n = MIN(m->piece, m->size - m->position);

        *ret = m->tar + m->position;
        m->position += n;
        return n;
}

static int remake_aside(void *userdata, const void *data, size_t size) {
        return recipe_add_bytes(((Remake *) userdata)->recipe, data, size);
}

static int remake_write(void *userdata, const void *data, size_t size) {
        Remake *m = userdata;

        int r = array_reserve(&m->text, &m->text_allocated, m->text_size + size, 1);
        if (r >= 0)
                memcpy(m->text + m->text_size, data, size);
        m->text_size += size;
        return r;
}

static int remake_keep(Remake *m, uint64_t offset, const void *data, size_t size) {
        int r = array_reserve(&m->data, &m->data_allocated, m->data_size + size, 1);
        if (r >= 0)
                r = array_reserve(&m->parts, &m->parts_allocated, m->n_parts, sizeof(*m->parts));
        if (r < 0)
                return r;

        memcpy(m->data + m->data_size, data, size);
        m->parts[m->n_parts++] = (struct RemakePart) { m->files - 1, offset, size, m->data_size };
        m->data_size += size;
        return recipe_add_data(m->recipe, offset, size);
}

static int remake_read_entry(Remake *m, TarReader *t, const TarEntry *e, char **reterr_why) {
        const void *data;
        uint64_t offset;
        size_t size;

        if (e->type == TAR_FILE) {
                recipe_add_file(m->recipe);
                m->files++;
        }

        for (;;) {
                int r = tar_reader_data(t, &offset, &data, &size, reterr_why);
                if (r > 0)
                        r = remake_keep(m, offset, data, size);
                else
                        return r;
                if (r < 0)
                        return r;
        }
}

static inline int remake_take_apart(Remake *m, char **reterr_why) {
        TarInput input = { .read = remake_read, .aside = remake_aside, .userdata = m };
        _cleanup_(tar_reader_freep) TarReader *t = NULL;
        TarEntry entry;

        int r = recipe_new(remake_write, m, &m->recipe);
        if (r >= 0)
                r = tar_reader_new(&input, &t);
        for (int more = 1; r >= 0 && more > 0;) {
                more = r = tar_reader_next(t, &entry, reterr_why);
                if (more > 0)
                        r = remake_read_entry(m, t, &entry, reterr_why);
        }
        if (r >= 0)
                r = tar_reader_drain(t, reterr_why);
        return r < 0 ? r : recipe_finish(m->recipe);
}

/* Whether a piece of a file is the tar's at `position`. */
static bool remake_data_is(const Remake *m, const RecipeStep *step, uint64_t position) {
        uint64_t done = 0;

        for (size_t i = 0; i < m->n_parts && done < step->size; i++) {
                const struct RemakePart *p = &m->parts[i];

                if (p->file != step->file || p->offset != step->offset + done)
                        continue;
                if (p->size > step->size - done ||
                    memcmp(m->data + p->at, m->tar + position + done, p->size) != 0)
                        return false;
                done += p->size;
        }

        return done == step->size;
}

/* Whether the recipe gives the tar. */
static inline bool remake_is_same(const Remake *m) {
        _cleanup_(recipe_player_freep) RecipePlayer *p = NULL;
        uint64_t position = 0;
        RecipeStep step;
        int r;

        if (recipe_player_new(m->text, m->text_size, &p) < 0 || recipe_player_size(p) != m->size)
                return false;

        for (r = recipe_player_next(p, &step); r > 0; r = recipe_player_next(p, &step)) {
                if (step.bytes ? memcmp(step.bytes, m->tar + position, step.size) != 0
                               : !remake_data_is(m, &step, position))
                        return false;
                position += step.size;
        }

        return r == 0 && position == m->size;
}
