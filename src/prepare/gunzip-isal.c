/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: gzip by ISA-L, whose inflate is twice as fast as zlib's.
 * Never: passes over a member's checksum or length.
 * Follows: RFC 1952: several members, all optional fields of their headers. */

#include <isa-l/igzip_lib.h>

#include "basic/refuse.h"
#include "prepare/decompressor.h"

/* Small enough to stay in the processor's cache until the next one has read it. */
#define BUFFER_SIZE (256u * 1024)

#define RESERVED_FLAGS 0xe0 /* RFC 1952, 2.3.1.2: to be refused */

typedef enum Phase {
        PHASE_BETWEEN, /* where a member may begin or the stream end */
        PHASE_HEADER,
        PHASE_DATA, /* and what follows it, checksum and length */
} Phase;

typedef struct Gunzip {
        Decompressor base;
        Input *in;
        bool at_end; /* of the input */
        Phase phase;
        uint64_t members;
        struct isal_gzip_header header;
        struct inflate_state state;
        uint8_t buffer[BUFFER_SIZE];
} Gunzip;

static const char *describe(int error) {
        switch (error) {
        case ISAL_INCORRECT_CHECKSUM: return "its checksum or length is not the data's";
        case ISAL_INVALID_WRAPPER: return "its header is not that of gzip";
        case ISAL_UNSUPPORTED_METHOD: return "unknown method";
        default: return "the data is damaged";
        }
}

static int damaged(int error, char **reterr_why) {
        return refuse(reterr_why, -EBADMSG, "cannot decompress it: %s", describe(error));
}

static int fill(Gunzip *g) {
        const void *data;

        if (g->state.avail_in > 0 || g->at_end)
                return 0;

        ssize_t n = input_next(g->in, &data);
        if (n < 0)
                return n;

        g->state.next_in = (uint8_t *) data;
        g->state.avail_in = n;
        g->at_end = n == 0;
        return 0;
}

static int begin_member(Gunzip *g, char **reterr_why) {
        if (g->members > 0 && *g->state.next_in != 0x1f)
                return decompressor_refuse_rest(reterr_why);

        isal_inflate_reset(&g->state);
        g->state.crc = 0;
        g->state.crc_flag = ISAL_GZIP_NO_HDR_VER;
        isal_gzip_header_init(&g->header);
        g->phase = PHASE_HEADER;
        g->members++;
        return 0;
}

/* ISA-L would read the header by itself, but loses its flags where the input pauses in the middle of it. */
static int read_header(Gunzip *g, char **reterr_why) {
        int r = isal_read_gzip_header(&g->state, &g->header);
        if (r < 0)
                return g->members > 1 && r == ISAL_INVALID_WRAPPER ? decompressor_refuse_rest(reterr_why)
                                                                   : damaged(r, reterr_why);
        if (r != ISAL_DECOMP_OK)
                return 0;
        if (g->header.flags & RESERVED_FLAGS)
                return damaged(ISAL_INVALID_WRAPPER, reterr_why);

        g->phase = PHASE_DATA;
        return 0;
}

static int inflate_data(Gunzip *g, char **reterr_why) {
        int r = isal_inflate(&g->state);
        if (r != ISAL_DECOMP_OK)
                return damaged(r, reterr_why);
        if (g->state.block_state == ISAL_BLOCK_FINISH)
                g->phase = PHASE_BETWEEN;

        return 0;
}

static int step(Gunzip *g, char **reterr_why) {
        switch (g->phase) {
        case PHASE_BETWEEN: return begin_member(g, reterr_why);
        case PHASE_HEADER: return read_header(g, reterr_why);
        default: return inflate_data(g, reterr_why);
        }
}

static ssize_t gunzip_next(Decompressor *d, const void **ret, char **reterr_why) {
        Gunzip *g = (Gunzip *) d;

        g->state.next_out = g->buffer;
        g->state.avail_out = sizeof(g->buffer);

        while (g->state.avail_out > 0) {
                int r = fill(g);
                if (r < 0)
                        return r;

                bool starved = g->state.avail_in == 0;
                if (starved && g->phase == PHASE_BETWEEN)
                        break;

                uint32_t room = g->state.avail_out;
                Phase phase = g->phase;
                r = step(g, reterr_why);
                if (r < 0)
                        return r;
                if (starved && g->phase == phase && g->state.avail_out == room)
                        return refuse(reterr_why, -EBADMSG, "cannot decompress it: it is cut short");
        }

        *ret = g->buffer;
        return sizeof(g->buffer) - g->state.avail_out;
}

static void gunzip_free(Decompressor *d) {
        free(d);
}

int gunzip_new(Input *in, Decompressor **ret, char **reterr_why) {
        static const DecompressorType type = { .next = gunzip_next, .free = gunzip_free };

        Gunzip *g = malloc(sizeof(*g));
        if (!g)
                return -ENOMEM;

        g->base.type = &type;
        g->in = in;
        g->at_end = false;
        g->phase = PHASE_BETWEEN;
        g->members = 0;
        isal_inflate_init(&g->state);

        *ret = &g->base;
        return 0;
}
