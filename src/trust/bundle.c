/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: sigstore bundles that were signed with a key: the document, and what in it is signed.
 * Never: reads a payload before its signature has been verified; lets a bundle say which key or hash is right.
 * Follows: sigstore/protobuf-specs, sigstore_bundle.proto, version 0.3, as ProtoJSON; DSSE, protocol.md, v1. */

#include "basic/base64.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "image/json-table.h"
#include "trust/bundle.h"
#include "trust/pem-signature.h"
#include "trust/statement.h"

#define PAYLOAD_TYPE "application/vnd.in-toto+json"
#define DEPTH_MAX 16U
#define HINT_MAX 64U

typedef struct BundleSignature {
        char *sig; /* base64, as is the payload */
        char *keyid;
} BundleSignature;

typedef struct Bundle {
        char *media_type;
        bool has_key;
        bool has_certificate;
        bool has_message_signature;
        bool has_envelope;
        char *hint;
        char *payload;
        char *payload_type;
        BundleSignature *signatures;
        size_t n_signatures;
} Bundle;

static void bundle_done(Bundle *b) {
        for (size_t i = 0; i < b->n_signatures; i++) {
                free(b->signatures[i].sig);
                free(b->signatures[i].keyid);
        }
        free(b->signatures);
        free(b->media_type);
        free(b->hint);
        free(b->payload);
        free(b->payload_type);
}

static int note_presence(const Json *value, void *member, const JsonPath *at) {
        *(bool *) member = true;
        return 0;
}

/* Entries of transparency logs and timestamps prove when a certificate was used; a key needs no such proof. */
static int pass_over(const Json *value, void *member, const JsonPath *at) {
        return 0;
}

static int decode_public_key(const Json *value, void *target, const JsonPath *at) {
        static const JsonField fields[] = {
                { "hint", json_decode_string, offsetof(Bundle, hint) },
                JSON_CLOSED,
        };
        Bundle *bundle = target;

        bundle->has_key = true;
        return json_decode_object(value, fields, bundle, at);
}

static int decode_material(const Json *value, void *target, const JsonPath *at) {
        static const JsonField fields[] = {
                { "publicKey", decode_public_key },
                { "certificate", note_presence, offsetof(Bundle, has_certificate) },
                { "x509CertificateChain", note_presence, offsetof(Bundle, has_certificate) },
                { "tlogEntries", pass_over },
                { "timestampVerificationData", pass_over },
                JSON_CLOSED,
        };

        return json_decode_object(value, fields, target, at);
}

static int decode_signature(const Json *value, void *target, const JsonPath *at) {
        static const JsonField fields[] = {
                { "sig", json_decode_string, offsetof(BundleSignature, sig), JSON_MANDATORY },
                { "keyid", json_decode_string, offsetof(BundleSignature, keyid) },
                JSON_CLOSED,
        };

        return json_decode_object(value, fields, target, at);
}

static int decode_envelope(const Json *value, void *target, const JsonPath *at) {
        static const JsonField fields[] = {
                { "payload", json_decode_string, offsetof(Bundle, payload), JSON_MANDATORY },
                { "payloadType", json_decode_string, offsetof(Bundle, payload_type), JSON_MANDATORY },
                { "signatures", decode_signature, offsetof(Bundle, signatures), JSON_MANDATORY,
                  JSON_ITEMS(Bundle, signatures) },
                JSON_CLOSED,
        };
        Bundle *bundle = target;

        bundle->has_envelope = true;
        return json_decode_object(value, fields, bundle, at);
}

static int decode_bundle(const Json *value, void *target, const JsonPath *at) {
        static const JsonField fields[] = {
                { "mediaType", json_decode_string, offsetof(Bundle, media_type), JSON_MANDATORY },
                { "verificationMaterial", decode_material, 0, JSON_MANDATORY },
                { "messageSignature", note_presence, offsetof(Bundle, has_message_signature) },
                { "dsseEnvelope", decode_envelope },
                JSON_CLOSED,
        };

        return json_decode_object(value, fields, target, at);
}

/* The version has two spellings. Images have been signed with this one only. */
static bool is_version_0_3(const char *media_type) {
        return streq(media_type, "application/vnd.dev.sigstore.bundle.v0.3+json") ||
               streq(media_type, "application/vnd.dev.sigstore.bundle+json;version=0.3");
}

static int check_bundle(const Bundle *b, char **reterr_why) {
        if (b->has_certificate)
                return refuse(reterr_why, -EBADMSG,
                              "is keyless (certificate of Fulcio), which is not supported yet");
        if (!is_version_0_3(b->media_type))
                return refuse_quoting(reterr_why, -EBADMSG, "is not a sigstore bundle of version 0.3",
                                      b->media_type);
        if (!b->has_key)
                return refuse(reterr_why, -EBADMSG, "is a sigstore bundle without a key");
        if (b->has_message_signature)
                return refuse(reterr_why, -EBADMSG,
                              "signs a file (messageSignature), not a container image");
        if (!b->has_envelope)
                return refuse(reterr_why, -EBADMSG, "is a sigstore bundle without a DSSE envelope");
        if (b->n_signatures != 1)
                return refuse(reterr_why, -EBADMSG,
                              "has %zu signatures in its DSSE envelope, not exactly one", b->n_signatures);
        return 0;
}

static int parse(Cursor json, Bundle *ret, char **reterr_why) {
        _cleanup_(bundle_done) Bundle bundle = {};
        _cleanup_json_ Json *document = NULL;
        _cleanup_free_ char *why = NULL;
        int r;

        if (json.n > BUNDLE_MAX)
                return refuse(reterr_why, -EBADMSG, "is larger than %u bytes", BUNDLE_MAX);

        r = json_parse_shallow(json.p, json.n, DEPTH_MAX, &document, &why);
        if (r >= 0)
                r = json_decode(document, decode_bundle, &bundle, &why);
        if (r == -ENOMEM)
                return r;
        if (r < 0)
                return refuse(reterr_why, -EBADMSG, "is no sigstore bundle: %s", why);

        r = check_bundle(&bundle, reterr_why);
        if (r < 0)
                return r;

        *ret = bundle;
        bundle = (Bundle) {};
        return 0;
}

static int decode_bytes(const char *base64, const char *what, Blob *ret, char **reterr_why) {
        int r = base64_decode_either(cursor_of(base64, strlen(base64)), ret);
        return r == -EBADMSG ? refuse(reterr_why, r, "has a %s that is not proper base64", what) : r;
}

/* The bytes that DSSE signs: the lengths keep one pair of type and payload from being read as another. */
static int encode_signed(const char *type, const Blob *payload, Blob *ret) {
        _cleanup_free_ char *head = NULL;

        int r = str_printf(&head, "DSSEv1 %zu %s %zu ", strlen(type), type, payload->size);
        if (r < 0)
                return r;

        size_t n = strlen(head);
        uint8_t *bytes = malloc(n + payload->size);
        if (!bytes)
                return -ENOMEM;

        memcpy(mempcpy(bytes, head, n), payload->data, payload->size);
        *ret = (Blob) { .data = bytes, .size = n + payload->size };
        return 0;
}

/* Returns the payload, which is `key`'s from here on. */
static int verify_envelope(const PemKey *key, const Bundle *b, Blob *ret_payload, char **reterr_why) {
        _cleanup_blob_ Blob payload = {}, signature = {}, message = {};
        int r;

        r = decode_bytes(b->payload, "payload", &payload, reterr_why);
        if (r >= 0)
                r = decode_bytes(b->signatures[0].sig, "signature", &signature, reterr_why);
        if (r >= 0)
                r = encode_signed(b->payload_type, &payload, &message);
        if (r >= 0)
                r = pem_signature_verify(key, cursor_of(message.data, message.size),
                                         cursor_of(signature.data, signature.size), reterr_why);
        if (r < 0)
                return r;

        *ret_payload = TAKE_BLOB(payload);
        return 0;
}

int bundle_verify(const PemKey *key, Cursor json, const ClaimWanted *wanted, size_t *ret_digest,
                  char **reterr_why) {
        _cleanup_(bundle_done) Bundle bundle = {};
        _cleanup_blob_ Blob payload = {};
        int r;

        r = parse(json, &bundle, reterr_why);
        if (r >= 0)
                r = verify_envelope(key, &bundle, &payload, reterr_why);
        if (r < 0)
                return r;
        if (!streq(bundle.payload_type, PAYLOAD_TYPE))
                return refuse_quoting(reterr_why, -EPERM, "signs something else than an in-toto statement",
                                      bundle.payload_type);

        return statement_check(cursor_of(payload.data, payload.size), wanted, ret_digest, reterr_why);
}

int bundle_key_hint(Cursor json, char **ret) {
        _cleanup_(bundle_done) Bundle bundle = {};
        char *escaped = NULL;

        int r = parse(json, &bundle, /* reterr_why= */ NULL);
        if (r == -ENOMEM)
                return r;

        const char *hint = bundle.hint;
        if (r >= 0 && (!hint || hint[0] == '\0'))
                hint = bundle.signatures[0].keyid;
        if (hint && hint[0] != '\0') {
                escaped = str_escape(hint, strlen(hint), HINT_MAX);
                if (!escaped)
                        return -ENOMEM;
        }

        *ret = escaped;
        return 0;
}
