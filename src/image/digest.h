/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

typedef enum DigestAlgorithm {
        DIGEST_SHA256,
        DIGEST_SHA384,
        DIGEST_SHA512,
} DigestAlgorithm;

/* What names a blob. Two forms of text exist: "sha256:<hex>" as OCI writes it and "sha256-<hex>" as appc and
 * the store do. */
typedef struct Digest {
        DigestAlgorithm algorithm;
        uint8_t bytes[64]; /* digest_size() of them count, the rest is zero */
} Digest;

#define DIGEST_TEXT_MAX (sizeof("sha512:") + 128) /* with the NUL */

/* Strict: known algorithm, all digits, lower case, nothing else. 0 or -EINVAL. */
int digest_parse(const char *text, Digest *ret);    /* "sha256:<hex>" */
int digest_parse_id(const char *text, Digest *ret); /* "sha256-<hex>" */

void digest_format(const Digest *d, char ret[static DIGEST_TEXT_MAX]);
void digest_format_id(const Digest *d, char ret[static DIGEST_TEXT_MAX]);

/* In bytes. */
size_t digest_size(DigestAlgorithm algorithm);
bool digest_equal(const Digest *a, const Digest *b);

/* Of two Digests, for qsort(3): in the order of their texts. */
int digest_compare(const void *a, const void *b);

/* True for the beginning of a digest in either form: "sha256-" or "sha256:" and 8 or more lower-case hex
 * digits. */
bool digest_prefix_is_valid(const char *text);
