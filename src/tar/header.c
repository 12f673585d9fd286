/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what the fields of one header block say.
 * Never: reads another block; believes one whose checksum is wrong.
 * Follows: POSIX.1-2017, pax, "ustar Interchange Format"; GNU tar, "Basic Tar Format". */

#include <string.h>

#include "basic/refuse.h"
#include "tar/header.h"
#include "tar/number.h"

#define LINK_OFFSET 157
#define MAGIC_OFFSET 257
#define PREFIX_OFFSET 345

typedef struct Field {
        const char *what;
        size_t offset, size, to;
} Field;

static const Field fields[] = {
        { "mode", 100, 8, offsetof(TarHeader, mode) },   { "owner", 108, 8, offsetof(TarHeader, uid) },
        { "group", 116, 8, offsetof(TarHeader, gid) },   { "size", 124, 12, offsetof(TarHeader, size) },
        { "time", 136, 12, offsetof(TarHeader, mtime) },
};

/* Some archivers leave rubbish here where it says nothing. */
static const Field device_fields[] = {
        { "device number", 329, 8, offsetof(TarHeader, major) },
        { "device number", 337, 8, offsetof(TarHeader, minor) },
};

bool tar_block_is_zero(const uint8_t block[static TAR_BLOCK_SIZE]) {
        return block[0] == 0 && memcmp(block, block + 1, TAR_BLOCK_SIZE - 1) == 0;
}

uint32_t tar_block_sum(const uint8_t block[static TAR_BLOCK_SIZE]) {
        uint32_t sum = TAR_SUM_SIZE * ' ';

        for (size_t i = 0; i < TAR_BLOCK_SIZE; i++)
                sum += block[i];
        for (size_t i = 0; i < TAR_SUM_SIZE; i++)
                sum -= block[TAR_SUM_OFFSET + i];

        return sum;
}

void tar_block_put_sum(uint8_t block[static TAR_BLOCK_SIZE]) {
        uint32_t sum = tar_block_sum(block);
        uint8_t *p = block + TAR_SUM_OFFSET;

        for (unsigned i = 0; i < 6; i++)
                p[i] = '0' + (sum >> (15 - 3 * i) & 7);
        p[6] = '\0';
        p[7] = ' ';
}

/* Long ago some summed up bytes as if they were signed: 256 less for each of the upper half. */
static int64_t signed_sum(const uint8_t *block, uint32_t sum) {
        int64_t upper = 0;

        for (size_t i = 0; i < TAR_BLOCK_SIZE; i++)
                if (i < TAR_SUM_OFFSET || i >= TAR_SUM_OFFSET + TAR_SUM_SIZE)
                        upper += block[i] >> 7;

        return sum - 256 * upper;
}

static bool sum_is_right(const uint8_t *block) {
        uint32_t sum = tar_block_sum(block);
        int64_t said;

        return tar_number_field(block + TAR_SUM_OFFSET, TAR_SUM_SIZE, &said) &&
               (said == sum || said == signed_sum(block, sum));
}

static int parse_fields(const uint8_t *block, const Field *table, size_t n, TarHeader *ret,
                        char **reterr_why) {
        for (size_t i = 0; i < n; i++) {
                int64_t *to = (int64_t *) ((char *) ret + table[i].to);

                if (!tar_number_field(block + table[i].offset, table[i].size, to))
                        return refuse(reterr_why, -EBADMSG, "its %s is no number, or too large a one",
                                      table[i].what);
        }

        return 0;
}

static size_t copy_text(char *to, const uint8_t *from, size_t size) {
        size_t n = strnlen((const char *) from, size);

        memcpy(to, from, n);
        to[n] = '\0';
        return n;
}

/* GNU tar has two times where POSIX has the prefix. Go wrote prefixes into such headers before version 1.8,
 * and so did the docker of that time. */
static size_t prefix_size(const uint8_t *block) {
        const char *magic = (const char *) block + MAGIC_OFFSET;
        int64_t number;

        if (memcmp(magic, "ustar\0", 6) == 0)
                return memcmp(block + 508, "tar\0", 4) == 0 ? 131 : 155; /* star's own times are behind it */
        if (memcmp(magic, "ustar ", 6) == 0 && (!tar_number_field(block + PREFIX_OFFSET, 12, &number) ||
                                                !tar_number_field(block + PREFIX_OFFSET + 12, 12, &number)))
                return 155;

        return 0;
}

static void copy_name(const uint8_t *block, char *to) {
        size_t n = copy_text(to, block + PREFIX_OFFSET, prefix_size(block));

        if (n > 0)
                to[n++] = '/';
        (void) copy_text(to + n, block, 100);
}

int tar_header_parse(const uint8_t block[static TAR_BLOCK_SIZE], TarHeader *ret, char **reterr_why) {
        TarHeader h = {
                .type = (char) block[TAR_TYPE_OFFSET],
        };
        int r;

        if (!sum_is_right(block))
                return refuse(reterr_why, -EBADMSG,
                              "its checksum is wrong: this is no tar, or a damaged one");

        if (h.type == 'S' && memcmp(block + MAGIC_OFFSET, "ustar ", 6) != 0)
                return refuse(reterr_why, -EBADMSG, "it is a sparse file, but not in the format of GNU tar");

        r = parse_fields(block, fields, ELEMENTSOF(fields), &h, reterr_why);
        if (r >= 0 && (h.type == '3' || h.type == '4'))
                r = parse_fields(block, device_fields, ELEMENTSOF(device_fields), &h, reterr_why);
        if (r < 0)
                return r;

        copy_name(block, h.name);
        (void) copy_text(h.link, block + LINK_OFFSET, 100);
        *ret = h;
        return 0;
}
