/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/blob.h"
#include "image/digest.h"
#include "registry-client/referrers.h"

/* Where an image's documents come from. What it gives is not checked against any digest: the caller does
 * that, over the bytes received. Errors, but for lack of memory, are explained by a half sentence in
 * *reterr_why ("404 from quay.io, no such tag"). */
typedef struct Source Source;

typedef struct SourceType {
        int (*manifest)(Source *s, const char *tag, const Digest *digest, const char *known, Blob *ret,
                        char **reterr_why);
        int (*document)(Source *s, const Digest *digest, uint64_t size, Blob *ret, char **reterr_why);
        int (*referrers)(Source *s, const Digest *digest, Referrers *r, char **reterr_why);
        int (*signature_list)(Source *s, const Digest *digest, Blob *ret, char **reterr_why);
        void (*free)(Source *s);
} SourceType;

struct Source {
        const SourceType *type;
};

static inline Source *source_free(Source *s) {
        if (s)
                s->type->free(s);
        return NULL;
}
DEFINE_CLEANUP(Source, source_free)
#define _cleanup_source_ _cleanup_(source_freep)

/* A manifest or index by its digest or, if that is NULL, by its tag (NULL in a layout: the only image of
 * it). `known` (may be NULL) is a list of ETags, as If-None-Match has it: 1 and nothing else if it is still
 * one of those. -ENOENT if there is none. */
static inline int source_manifest(Source *s, const char *tag, const Digest *digest, const char *known,
                                  Blob *ret, char **reterr_why) {
        return s->type->manifest(s, tag, digest, known, ret, reterr_why);
}

/* A small blob, of exactly `size` bytes. */
static inline int source_document(Source *s, const Digest *digest, uint64_t size, Blob *ret,
                                  char **reterr_why) {
        return s->type->document(s, digest, size, ret, reterr_why);
}

/* Adds what lists as signatures of a manifest. 1, or 0 if it has no such lists, but perhaps a tag in their stead. */
static inline int source_referrers(Source *s, const Digest *digest, Referrers *r, char **reterr_why) {
        return s->type->referrers ? s->type->referrers(s, digest, r, reterr_why) : 0;
}

/* What signature_list_parse() reads. -ENOENT if there is none, or it keeps no signatures. */
static inline int source_signature_list(Source *s, const Digest *digest, Blob *ret, char **reterr_why) {
        return s->type->signature_list ? s->type->signature_list(s, digest, ret, reterr_why) : -ENOENT;
}
