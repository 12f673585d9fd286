/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: keyed cosign signatures on container images.
 * Never: reads a payload before its signature has been verified; learns the algorithm from anything but the key.
 * Follows: sigstore/cosign specs/SIGNATURE_SPEC.md, containers/image docs/containers-signature.5.md. */

#include "basic/blob.h"
#include "basic/str.h"
#include "image/json.h"
#include "image/reference.h"
#include "basic/base64.h"
#include "trust/cosign.h"
#include "trust/der.h"
#include "trust/refuse.h"

/* The numbers in the raw signature, as the type of the key has them. */
static bool parse_numbers(const PublicKey *key, Cursor raw, SignatureNumbers *ret) {
        Cursor sequence, r = {}, s = {};

        switch (public_key_type(key)) {
        case PUBLIC_KEY_RSA:
                if (raw.n != public_key_size(key))
                        return false;
                s = raw;
                break;
        case PUBLIC_KEY_ECDSA:
                if (!der_take(&raw, DER_SEQUENCE, &sequence) || raw.n != 0 ||
                    !der_take_positive(&sequence, &r) || !der_take_positive(&sequence, &s) ||
                    sequence.n != 0)
                        return false;
                break;
        case PUBLIC_KEY_ED25519:
                if (!cursor_take(&raw, 32, &r) || !cursor_take(&raw, 32, &s) || raw.n != 0)
                        return false;
                break;
        }

        *ret = (SignatureNumbers) { .r = r, .s = s };
        return true;
}

static int verify_digest(const PublicKey *key, DigestAlgorithm algorithm, Cursor payload,
                         SignatureNumbers numbers) {
        static const char *const names[] = {
                [DIGEST_SHA256] = "sha256",
                [DIGEST_SHA384] = "sha384",
                [DIGEST_SHA512] = "sha512",
        };
        Digest digest;
        int r;

        r = digest_of(algorithm, payload.p, payload.n, &digest);
        if (r < 0)
                return r;

        SignedMessage message = {
                .hash = names[algorithm],
                .bytes = cursor_of(digest.bytes, digest_size(algorithm)),
        };
        return public_key_verify(key, message, numbers);
}

/* Nothing in a signature names its hash. All agree on SHA-256, except that newer tools take the one of the
 * curve's strength. */
static int verify_bytes(const PublicKey *key, Cursor payload, SignatureNumbers numbers) {
        int r;

        if (public_key_type(key) == PUBLIC_KEY_ED25519)
                return public_key_verify(key, (SignedMessage) { .bytes = payload }, numbers);

        r = verify_digest(key, DIGEST_SHA256, payload, numbers);
        if (r != -EKEYREJECTED || public_key_type(key) != PUBLIC_KEY_ECDSA ||
            public_key_curve(key) == EC_P256)
                return r;

        return verify_digest(key, public_key_curve(key) == EC_P384 ? DIGEST_SHA384 : DIGEST_SHA512, payload,
                             numbers);
}

static int verify_signature(const PublicKey *key, Cursor payload, const char *signature, char **reterr_why) {
        _cleanup_blob_ Blob raw = {};
        SignatureNumbers numbers;
        int r;

        size_t n = strnlen(signature, COSIGN_SIGNATURE_MAX + 1);
        if (n > COSIGN_SIGNATURE_MAX)
                return trust_refuse(reterr_why, -EBADMSG, "is longer than %u characters",
                                    COSIGN_SIGNATURE_MAX);
        r = base64_decode(cursor_of(signature, n), &raw);
        if (r == -EBADMSG)
                return trust_refuse(reterr_why, r, "is not proper base64");
        if (r < 0)
                return r;
        if (!parse_numbers(key, cursor_of(raw.data, raw.size), &numbers))
                return trust_refuse(reterr_why, -EKEYREJECTED, "is no %s signature", public_key_name(key));

        r = verify_bytes(key, payload, numbers);
        if (r == -EKEYREJECTED)
                return trust_refuse(reterr_why, r, "was not made by a trusted key");
        return r;
}

/* json_get() cannot tell null from absent. */
static bool get_member(const Json *object, const char *key, const Json **ret) {
        const char *name;
        const Json *value;

        for (void *i = NULL; json_next(object, &i, &name, &value);)
                if (streq(name, key)) {
                        *ret = value;
                        return true;
                }
        return false;
}

/* The only member of an object. */
static const Json *sole_member(const Json *object, const char *key) {
        if (json_kind(object) != JSON_KIND_OBJECT || json_length(object) != 1)
                return NULL;

        return json_get(object, key);
}

static bool optional_is_valid(const Json *optional) {
        int64_t timestamp;

        if (json_kind(optional) == JSON_KIND_NULL)
                return true;
        if (json_kind(optional) != JSON_KIND_OBJECT)
                return false;

        const Json *creator, *time;
        return (!get_member(optional, "creator", &creator) || json_text(creator)) &&
               (!get_member(optional, "timestamp", &time) || json_int(time, &timestamp) >= 0);
}

typedef struct Claim {
        const char *digest;
        const char *name;
        const char *type;
} Claim;

/* Exactly the members of the format, no more: what we would not look at, another tool might. */
static bool read_claim(const Json *payload, Claim *ret) {
        const Json *critical, *optional;

        if (json_kind(payload) != JSON_KIND_OBJECT || json_length(payload) != 2 ||
            !get_member(payload, "critical", &critical) || !get_member(payload, "optional", &optional) ||
            json_kind(critical) != JSON_KIND_OBJECT || json_length(critical) != 3 ||
            !optional_is_valid(optional))
                return false;

        Claim claim = {
                .digest = json_text(sole_member(json_get(critical, "image"), "docker-manifest-digest")),
                .name = json_text(sole_member(json_get(critical, "identity"), "docker-reference")),
                .type = json_text(json_get(critical, "type")),
        };
        if (!claim.digest || !claim.name || !claim.type)
                return false;

        *ret = claim;
        return true;
}

/* True if `reference`, normalised and without tag and digest, is the repository `name`. */
static int names_repository(const char *reference, const char *name) {
        _cleanup_reference_ Reference *ref = NULL;
        _cleanup_free_ char *found = NULL;
        int r;

        r = reference_parse(reference, &ref, /* reterr_why= */ NULL);
        if (r < 0)
                return r == -ENOMEM ? r : false;
        if (ref->kind != REFERENCE_REGISTRY)
                return false;
        r = reference_name(ref, &found);
        if (r < 0)
                return r;

        return streq(found, name);
}

static int refuse_text(char **reterr_why, const char *what, const char *foreign) {
        _cleanup_free_ char *escaped = str_escape(foreign, strlen(foreign), 256);
        if (!escaped)
                return -ENOMEM;

        return trust_refuse(reterr_why, -EPERM, "%s: '%s'", what, escaped);
}

static int check_claim(const Claim *claim, const Digest *digests, size_t n_digests, const char *name,
                       size_t *ret_digest, char **reterr_why) {
        Digest digest;
        size_t i;
        int r;

        if (!streq(claim->type, "cosign container image signature"))
                return refuse_text(reterr_why, "signs something else than a container image", claim->type);
        if (digest_parse(claim->digest, &digest) < 0)
                return refuse_text(reterr_why, "signs a malformed digest", claim->digest);

        for (i = 0; i < n_digests && !digest_equal(&digest, &digests[i]); i++)
                ;
        if (i == n_digests)
                return refuse_text(reterr_why, "signs another digest", claim->digest);

        r = name ? names_repository(claim->name, name) : true;
        if (r < 0)
                return r;
        if (r == 0)
                return refuse_text(reterr_why, "signs another name", claim->name);

        *ret_digest = i;
        return 0;
}

int cosign_verify(const PemKey *key, const void *payload, size_t size, const char *signature,
                  const Digest *digests, size_t n_digests, const char *name, size_t *ret_digest,
                  char **reterr_why) {
        _cleanup_json_ Json *json = NULL;
        _cleanup_free_ char *why = NULL;
        Claim claim;
        int r;

        if (size > COSIGN_PAYLOAD_MAX)
                return trust_refuse(reterr_why, -EBADMSG, "has a payload larger than %u bytes",
                                    COSIGN_PAYLOAD_MAX);

        r = verify_signature(key->key, cursor_of(payload, size), signature, reterr_why);
        if (r < 0)
                return r;

        r = json_parse(payload, size, &json, &why);
        if (r == -ENOMEM)
                return r;
        if (r < 0)
                return trust_refuse(reterr_why, -EPERM, "signs what is not JSON: %s",
                                    why ? why : "unreadable");
        if (!read_claim(json, &claim))
                return trust_refuse(reterr_why, -EPERM, "signs JSON that is not exactly a cosign claim");

        return check_claim(&claim, digests, n_digests, name, ret_digest, reterr_why);
}
