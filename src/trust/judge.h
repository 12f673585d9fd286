/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/digest.h"
#include "image/reference.h"
#include "trust/key.h"
#include "trust/openpgp-hash.h"
#include "trust/rules.h"

/* What is judged. */
typedef struct TrustSubject {
        const char *name; /* what the rule was matched with: repository or ACI name (reference_name()) */
        const char *text; /* what the user asked for; for messages */
        const Reference *reference; /* the same, parsed; may be NULL where no signature has a name in it */
        const Digest *digests; /* what a signature may name: the manifest, and the index that lists it */
        size_t n_digests;
        bool pinned; /* the reference itself names the digest */
} TrustSubject;

typedef enum TrustSignatureKind {
        TRUST_SIGNATURE_COSIGN,
        TRUST_SIGNATURE_BUNDLE,
        TRUST_SIGNATURE_SIMPLE,
        TRUST_SIGNATURE_OPENPGP,
        _TRUST_SIGNATURE_KIND_MAX,
} TrustSignatureKind;

const char *trust_signature_kind_to_string(
                TrustSignatureKind kind); /* "cosign", "bundle", "simple-signing", "openpgp" */

/* One signature found with the image; all borrowed. */
typedef struct TrustSignature {
        TrustSignatureKind kind;
        const char *source; /* URL or file it came from, never NULL; for messages */
        uint32_t number;    /* the caller's, to find it again by */

        Cursor data;        /* COSIGN: the payload. BUNDLE: the JSON. SIMPLE: the message */
        const char *base64; /* COSIGN: the signature */

        /* OPENPGP */
        const OpenPgpSignature *openpgp; /* NULL: its file holds none … */
        const char *defect;              /* … because of this, half a sentence */
        bool has_document;      /* `document` is set; false if openpgp_hash_final() said -EOPNOTSUPP */
        OpenPgpDigest document; /* openpgp_hash_final() */
} TrustSignature;

#define TRUST_SIGNATURES_MAX 64U
#define TRUST_KEY_ID_MAX 80U
#define TRUST_RECORD_MAGIC UINT64_C(0x6761747274727573)

/* What became of one signature. */
typedef struct TrustAttempt {
        uint32_t number; /* TrustSignature.number */
        uint32_t kind;   /* TrustSignatureKind */
        uint32_t good;
        uint32_t digest;               /* if good: number of the subject's digest that it names */
        uint64_t signed_at;            /* if good: seconds since 1970; 0: it does not say */
        char key_id[TRUST_KEY_ID_MAX]; /* of the key it says it was made by, fit to print; "": it does not say */
        char fingerprint[TRUST_KEY_ID_MAX]; /* if good: of the key, as trust_key_fingerprint() */
        char algorithm[24];                 /* if good: of the key, as trust_key_algorithm() */
        char reason[256]; /* else the first reason against it: half a sentence, fit to print */
} TrustAttempt;

/* The verdict: plain bytes of a fixed size, so that a worker without privileges can write(2) it to a pipe. */
typedef struct TrustRecord {
        uint64_t magic;
        uint32_t admitted;   /* 1 or 0 */
        uint32_t unenforced; /* 1: admitted although `reason` speaks against it, because of Enforce=no */
        uint32_t require;    /* RuleRequire that was satisfied or not */
        uint32_t threshold;  /* with RULE_REQUIRE_SIGNATURE: so many keys are required … */
        uint32_t n_keys;     /* … and so many different ones have signed */
        uint32_t n_attempts; /* signatures that were tried until there were enough */
        TrustAttempt attempts[TRUST_SIGNATURES_MAX];
        char reason[1024]; /* why it was refused: one line, fit to print; "" if nothing speaks against it */
} TrustRecord;

/* Decides by the rule (NULL: none matched, refused) with the keys of its files. A signature that does not
 * help is never a veto. Always fills the record; whatever goes wrong is a refusal. */
void trust_judge(const Rule *rule, TrustKey *const *keys, size_t n_keys, const TrustSubject *subject,
                 const TrustSignature *signatures, size_t n_signatures, uint64_t now, TrustRecord *ret);

/* Refuses what the rule has admitted if it does not allow that this (of RULE_STAGE1_BIT(); 0: nothing) runs it. `Enforce=no` is for
 * signatures: it has no say here. */
void trust_judge_stage1(const Rule *rule, unsigned stage1s, TrustRecord *record);

/* Before an archive is opened to learn its name: is one of the OpenPGP signatures by any of these keys
 * (those of all rules)? Admits or refuses like trust_judge(), which has to be asked again with the rule's
 * own keys once the name is known. */
void trust_judge_signer(TrustKey *const *keys, size_t n_keys, const TrustSignature *signatures,
                        size_t n_signatures, uint64_t now, TrustRecord *ret);

/* What came over a pipe: 0, or -EBADMSG if no judge of ours wrote it. */
int trust_record_check(const TrustRecord *record);

/* The next attempt of a record at or behind `*i` that was good, or NULL; `*i` is behind it then. */
const TrustAttempt *trust_record_next_good(const TrustRecord *record, size_t *i);
