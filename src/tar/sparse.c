/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the map of a sparse file, whichever way it was written.
 * Never: believes that pieces are in order, or that they are as large as the data that is there.
 * Follows: GNU tar, "Storing Sparse Files": the old format, and 0.0 to 1.0 of pax. */

#include "basic/array.h"
#include "basic/refuse.h"
#include "tar/number.h"
#include "tar/sparse.h"

#define PIECES_MAX (1u << 20)

#define FIELD_SIZE 12u

void tar_map_done(TarMap *m) {
        free(m->pieces);
        *m = (TarMap) {};
}

void tar_map_reset(TarMap *m) {
        *m = (TarMap) { .pieces = m->pieces, .allocated = m->allocated };
}

static uint64_t map_end(const TarMap *m) {
        return m->n == 0 ? 0 : m->pieces[m->n - 1].offset + m->pieces[m->n - 1].size;
}

static int add_piece(TarMap *m, uint64_t offset, uint64_t size, char **reterr_why) {
        if (offset < map_end(m) || size > INT64_MAX - offset)
                return refuse(reterr_why, -EBADMSG,
                              "the pieces of a sparse file overlap or are out of order");
        if (m->n == PIECES_MAX)
                return refuse(reterr_why, -EBADMSG, "it is a sparse file of more than %u pieces",
                              PIECES_MAX);

        int r = array_reserve(&m->pieces, &m->allocated, m->n, sizeof(*m->pieces));
        if (r < 0)
                return r;

        m->pieces[m->n++] = (TarPiece) { offset, size };
        m->data += size; /* not more than the end of the last one */
        return 0;
}

int tar_map_add(TarMap *m, int64_t number, char **reterr_why) {
        if (number < 0)
                return refuse(reterr_why, -EBADMSG, "the map of a sparse file has a negative number");

        m->half = !m->half;
        if (m->half) {
                m->offset = number;
                return 0;
        }

        return add_piece(m, m->offset, number, reterr_why);
}

int tar_map_add_list(TarMap *m, Cursor text, char **reterr_why) {
        while (text.n > 0) {
                const uint8_t *comma = memchr(text.p, ',', text.n);
                Cursor part, separator;
                int64_t number;

                (void) cursor_take(&text, comma ? (size_t) (comma - text.p) : text.n, &part);
                (void) cursor_take(&text, comma ? 1 : 0, &separator);
                if (!tar_number_decimal(part, &number))
                        return refuse(reterr_why, -EBADMSG, "the map of a sparse file is damaged");

                int r = tar_map_add(m, number, reterr_why);
                if (r < 0)
                        return r;
        }

        return 0;
}

int tar_map_add_fields(TarMap *m, const uint8_t *fields, size_t n, char **reterr_why) {
        for (size_t i = 0; i < 2 * n; i++) {
                const uint8_t *field = fields + i * FIELD_SIZE;
                int64_t number;

                if (field[0] == 0)
                        break;
                if (!tar_number_field(field, FIELD_SIZE, &number))
                        return refuse(reterr_why, -EBADMSG, "the map of a sparse file is damaged");

                int r = tar_map_add(m, number, reterr_why);
                if (r < 0)
                        return r;
        }

        return 0;
}

int tar_map_check(const TarMap *m, uint64_t size, uint64_t data, char **reterr_why) {
        if (m->half)
                return refuse(reterr_why, -EBADMSG, "the map of a sparse file is cut short");
        if (map_end(m) > size)
                return refuse(reterr_why, -EBADMSG, "a piece of a sparse file is behind its end");
        if (m->data != data)
                return refuse(reterr_why, -EBADMSG, "its data does not agree with its size");

        return 0;
}
