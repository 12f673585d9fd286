/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: unpacking what was compressed by deflate; the only user of zlib.
 * Never: unpacks more than it was allowed to; leaves bytes behind the end unnoticed.
 * Follows: zlib.h. */

#include <zlib.h>

#include "basic/refuse.h"
#include "trust/inflate.h"

static void inflate_endp(z_stream *z) {
        (void) inflateEnd(z);
}

static int explain(int status, const z_stream *z, size_t max, char **reterr_why) {
        switch (status) {
        case Z_MEM_ERROR: return -ENOMEM;
        case Z_BUF_ERROR:
                if (z->avail_out == 0)
                        return refuse(reterr_why, -EBADMSG, "unpacks to more than %zu bytes", max);
                return refuse(reterr_why, -EBADMSG, "holds compressed data that are cut off");
        default: return refuse(reterr_why, -EBADMSG, "holds compressed data that are damaged");
        }
}

int inflate_all(Cursor packed, InflateForm form, size_t max, Blob *ret, char **reterr_why) {
        _cleanup_(inflate_endp) z_stream z = { .next_in = (uint8_t *) packed.p, .avail_in = packed.n };
        _cleanup_blob_ Blob out = { .data = malloc(max) };

        if (!out.data || inflateInit2(&z, form == INFLATE_RAW ? -MAX_WBITS : MAX_WBITS) != Z_OK)
                return -ENOMEM;

        z.next_out = out.data;
        z.avail_out = max;
        int status = inflate(&z, Z_FINISH);
        if (status != Z_STREAM_END)
                return explain(status, &z, max, reterr_why);
        if (z.avail_in > 0)
                return refuse(reterr_why, -EBADMSG, "goes on behind its compressed data");

        out.size = z.total_out;
        *ret = TAKE_BLOB(out);
        return 0;
}
