/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/blob.h"
#include "image/digest.h"
#include "image/reference.h"
#include "trust/judge.h"

/* What there is to judge an image by: read from a directory of incoming/ or images/ (both have the same
 * files), not parsed. */

typedef struct StoredSignature {
        TrustSignatureKind kind;
        char *name;     /* of its files, without ending: "0", "3f9a…" */
        char *source;   /* where it was found; foreign text */
        Blob signature; /* as it came; COSIGN: base64 */
        Blob payload;   /* COSIGN: what it is over */
        Blob digests; /* OPENPGP, in images/ only: what was computed at admission, one "sha512:…" or "-" a line. Whoever
                         can write that can write what they like: in the quarantine nobody looks at it */
} StoredSignature;

/* How the file is called, behind the name: ".signature", ".bundle", ".simple", ".asc". */
const char *stored_signature_ending(TrustSignatureKind kind);

/* How its files are to be called in images/, by their contents, all of them: signatures that come in later, under
 * another name of the image, take their places beside them, and what only looks the same takes nobody's. `beside` is
 * what is kept with it, maybe empty. */
int stored_signature_name(const StoredSignature *s, const Blob *beside, char ret[static 33]);

/* The largest that is read. */
size_t stored_signature_limit(TrustSignatureKind kind);

typedef struct Evidence {
        Reference *reference; /* as asked for */
        char *name;           /* as the rules see it; NULL until an ACI's manifest has been read */
        char *text;           /* reference_format(), for messages */
        Blob manifest, index; /* OCI; index may be empty. For an ACI in images/, manifest is its manifest */
        Digest digests[2];    /* of manifest and index */
        size_t n_digests;
        StoredSignature *signatures;
        size_t n_signatures;
        bool is_file; /* what is signed is a file (an ACI, or anything given by hand), not a manifest */
        int document; /* that file, or -EBADF for one in images/ */
} Evidence;

#define EVIDENCE_NULL                                                                                       \
        (Evidence) {                                                                                        \
                .document = -EBADF                                                                          \
        }

/* Reads the directory. `reference` is taken: who owns the quarantine has no say in it. Links and special files are
 * refused. */
int evidence_load(int dir_fd, Reference *reference, Evidence *ret);
void evidence_done(Evidence *e);
#define _cleanup_evidence_ _cleanup_(evidence_done)
