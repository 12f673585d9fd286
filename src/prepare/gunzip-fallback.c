/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: gzip where ISA-L is not.
 * Never: compares the checksums in the stream, for libarchive does not; the digest says more.
 * Follows: RFC 1952. */

#include <archive.h>

#include "prepare/decompressor.h"

int gunzip_new(Input *in, Decompressor **ret, char **reterr_why) {
        return filter_new(in, ARCHIVE_FILTER_GZIP, ret, reterr_why);
}
