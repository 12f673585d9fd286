/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/digest.h"
#include "trust/key.h"
#include "trust/openpgp-signature.h"
#include "trust/rules.h"

/* What is judged. */
typedef struct TrustSubject {
        const char *name; /* what the rule was matched with: repository or ACI name (reference_name()) */
        const char *reference; /* what the user asked for; for messages */
        const Digest *digests; /* what a signature may name: the manifest, and the index that lists it */
        size_t n_digests;
        bool pinned; /* the reference itself names the digest */
} TrustSubject;

typedef enum TrustSignatureKind {
        TRUST_SIGNATURE_COSIGN,
        TRUST_SIGNATURE_OPENPGP,
} TrustSignatureKind;

/* One signature found with the image; all borrowed. */
typedef struct TrustSignature {
        TrustSignatureKind kind;
        const char *source; /* URL or file it came from, never NULL; for messages */

        /* COSIGN */
        const void *payload;
        size_t payload_size;
        const char *base64;

        /* OPENPGP */
        const OpenPgpSignature *openpgp;
        bool has_document; /* `document` is set; false if openpgp_hash_final() said -EOPNOTSUPP */
        Digest document;   /* openpgp_hash_final() */
} TrustSignature;

#define TRUST_SIGNATURES_MAX 64U
#define TRUST_RECORD_MAGIC UINT64_C(0x6761747274727573)

/* The verdict: plain bytes of a fixed size, so that a worker without privileges can write(2) it to a pipe. */
typedef struct TrustRecord {
        uint64_t magic;
        uint32_t admitted;    /* 1 or 0 */
        uint32_t require;     /* RuleRequire that was satisfied or not */
        uint32_t signature;   /* number of the signature that was good; UINT32_MAX if none decided */
        uint32_t digest;      /* number of the subject's digest that it names (cosign) */
        uint64_t signed_at;   /* seconds since 1970; 0: the signature does not say */
        char fingerprint[80]; /* of the key, as trust_key_fingerprint(); "" if none decided */
        char algorithm[24];   /* of the key, as trust_key_algorithm() */
        char reason[1024];    /* why it was refused: one line, fit to print; "" if admitted */
} TrustRecord;

/* Decides by the rule (NULL: none matched, refused) with the keys of its files. A signature that does not
 * help is never a veto. Always fills the record; whatever goes wrong is a refusal. */
void trust_judge(const Rule *rule, TrustKey *const *keys, size_t n_keys, const TrustSubject *subject,
                 const TrustSignature *signatures, size_t n_signatures, uint64_t now, TrustRecord *ret);

/* Before an archive is opened to learn its name: is one of the OpenPGP signatures by any of these keys
 * (those of all rules)? Admits or refuses like trust_judge(), which has to be asked again with the rule's
 * own keys once the name is known. */
void trust_judge_signer(TrustKey *const *keys, size_t n_keys, const TrustSignature *signatures,
                        size_t n_signatures, uint64_t now, TrustRecord *ret);

/* What came over a pipe: 0, or -EBADMSG if no judge of ours wrote it. */
int trust_record_check(const TrustRecord *record);
