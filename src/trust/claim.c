/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the JSON that cosign and "simple signing" put under a signature.
 * Never: is shown bytes whose signature has not been verified; takes a document that says more than the format.
 * Follows: containers/image docs/containers-signature.5.md. */

#include "basic/refuse.h"
#include "basic/str.h"
#include "image/json.h"
#include "trust/claim.h"

#define DEPTH_MAX 16U

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

/* Only cosign writes null for nothing. */
static bool optional_is_valid(const Json *optional, ClaimType type) {
        int64_t timestamp;

        if (json_kind(optional) == JSON_KIND_NULL)
                return type == CLAIM_COSIGN;
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
static bool read_claim(const Json *payload, ClaimType type, Claim *ret) {
        const Json *critical, *optional;

        if (json_kind(payload) != JSON_KIND_OBJECT || json_length(payload) != 2 ||
            !get_member(payload, "critical", &critical) || !get_member(payload, "optional", &optional) ||
            json_kind(critical) != JSON_KIND_OBJECT || json_length(critical) != 3 ||
            !optional_is_valid(optional, type))
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

/* Says which image of the repository it means. Whoever signs a bare name has not said "latest". */
static bool has_tag_or_digest(const char *name) {
        const char *slash = strrchr(name, '/');
        return strpbrk(slash ? slash : name, ":@");
}

/* A name as a payload has it; "docker://" is only for asking. NULL in *ret: it is none. */
static int parse_name(const char *signed_name, Reference **ret) {
        _cleanup_reference_ Reference *ref = NULL;

        int r = startswith(signed_name, "docker://")
                                ? -EINVAL
                                : reference_parse(signed_name, &ref, /* reterr_why= */ NULL);
        if (r == -ENOMEM)
                return r;

        *ret = ref && ref->kind == REFERENCE_REGISTRY ? TAKE_PTR(ref) : NULL;
        return 0;
}

/* The signed name against the one that was asked for, both normalised. Returns 1 or 0. */
static int names_agree(const char *signed_name, const ClaimWanted *wanted) {
        bool exact = wanted->signed_name == RULE_SIGNED_NAME_EXACT;
        int (*spell)(const Reference *ref, char **ret) = exact ? reference_format : reference_name;
        _cleanup_free_ char *found = NULL, *expected = NULL;
        _cleanup_reference_ Reference *ref = NULL;
        int r;

        r = parse_name(signed_name, &ref);
        if (r < 0)
                return r;
        if (!ref || wanted->reference->kind != REFERENCE_REGISTRY ||
            (exact && !has_tag_or_digest(signed_name)))
                return false;

        r = spell(ref, &found);
        if (r >= 0)
                r = spell(wanted->reference, &expected);
        return r < 0 ? r : streq(found, expected);
}

static int check_digest(const char *text, const ClaimWanted *wanted, size_t *ret, char **reterr_why) {
        Digest digest;

        if (digest_parse(text, &digest) < 0)
                return refuse_quoting(reterr_why, -EPERM, "signs a malformed digest", text);
        for (size_t i = 0; i < wanted->n_digests; i++)
                if (digest_equal(&digest, &wanted->digests[i])) {
                        *ret = i;
                        return 0;
                }

        return refuse_quoting(reterr_why, -EPERM, "signs another digest", text);
}

static int check_claim(const Claim *claim, ClaimType type, const ClaimWanted *wanted, size_t *ret_digest,
                       char **reterr_why) {
        static const char *const types[] = {
                [CLAIM_COSIGN] = "cosign container image signature",
                [CLAIM_ATOMIC] = "atomic container signature",
        };
        size_t digest = 0;
        int r;

        if (!streq(claim->type, types[type]))
                return refuse_quoting(reterr_why, -EPERM, "signs something else than a container image",
                                      claim->type);
        r = check_digest(claim->digest, wanted, &digest, reterr_why);
        if (r < 0)
                return r;

        r = wanted->signed_name == RULE_SIGNED_NAME_ANY ? true : names_agree(claim->name, wanted);
        if (r < 0)
                return r;
        if (r == 0)
                return refuse_quoting(reterr_why, -EPERM,
                                      wanted->signed_name == RULE_SIGNED_NAME_EXACT
                                                      ? "signs another name than SignedName=exact asks for"
                                                      : "signs another name",
                                      claim->name);

        *ret_digest = digest;
        return 0;
}

int claim_check(Cursor payload, ClaimType type, const ClaimWanted *wanted, size_t *ret_digest,
                char **reterr_why) {
        _cleanup_json_ Json *json = NULL;
        _cleanup_free_ char *why = NULL;
        Claim claim;
        int r;

        if (payload.n > CLAIM_SIZE_MAX)
                return refuse(reterr_why, -EPERM, "signs more than %u bytes", CLAIM_SIZE_MAX);

        r = json_parse_shallow(payload.p, payload.n, DEPTH_MAX, &json, &why);
        if (r == -ENOMEM)
                return r;
        if (r < 0)
                return refuse(reterr_why, -EPERM, "signs what is not JSON: %s", why ? why : "unreadable");
        if (!read_claim(json, type, &claim))
                return refuse(reterr_why, -EPERM, "signs JSON that is not exactly a claim about an image");

        return check_claim(&claim, type, wanted, ret_digest, reterr_why);
}
