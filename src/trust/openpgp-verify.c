/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: when a detached signature is valid.
 * Never: asks the clock (the caller says what time it is); takes an expired or revoked key for any reason.
 * Follows: RFC 9580 sections 5.2.3 and 5.2.4. */

#include <time.h>

#include "basic/refuse.h"
#include "trust/openpgp-algorithm.h"
#include "trust/openpgp-verify.h"

#define DATE_MAX sizeof("2038-01-19 03:14 UTC")

static const char *format_date(uint64_t seconds, char buffer[static DATE_MAX]) {
        time_t t = seconds;
        struct tm tm;

        if (!gmtime_r(&t, &tm) || strftime(buffer, DATE_MAX, "%Y-%m-%d %H:%M UTC", &tm) == 0)
                return "?";
        return buffer;
}

static const char *revocation_text(uint8_t reason) {
        switch (reason) {
        case 1: return "superseded";
        case 2: return "compromised";
        case 3: return "retired";
        default: return "no reason given";
        }
}

/* What can be said without any key. */
static int check_form(const OpenPgpSignature *s, char **reterr_why) {
        if (s->defect)
                return refuse(reterr_why, -EBADMSG, "%s", s->defect);
        if (s->type != OPENPGP_BINARY_DOCUMENT)
                return refuse(reterr_why, -EBADMSG, "is of type 0x%02x, not on a binary document", s->type);

        return openpgp_algorithms_check(s->version, s->algorithm, s->hash, reterr_why);
}

/* The primary key or the subkey that made the signature: it had to exist then and must hold now (a
 * signature's own date proves nothing, so an expired key is not excused by it). `what` introduces it: "the
 * subkey". */
static int check_component(const OpenPgpComponent *c, const char *what, uint64_t then, uint64_t now,
                           const OpenPgpStatement **ret, char **reterr_why) {
        char date[DATE_MAX], id[OPENPGP_KEY_ID_TEXT_MAX];

        openpgp_component_id(c, id);
        if (c->is_revoked)
                return refuse(reterr_why, -EKEYREVOKED, "was made by %s %s, which was revoked (%s)", what,
                              id, revocation_text(c->revocation_reason));

        const OpenPgpStatement *s = openpgp_component_statement(c, now);
        if (!s)
                return refuse(reterr_why, -EKEYEXPIRED,
                              "was made by %s %s, which has no self-signature that holds now", what, id);

        uint64_t end = (uint64_t) c->created + s->key_lifetime;
        if (s->key_lifetime > 0 && end <= MAX(then, now))
                return refuse(reterr_why, -EKEYEXPIRED, "was made by %s %s, which expired on %s", what, id,
                              format_date(end, date));
        if (then < c->created)
                return refuse(reterr_why, -EKEYREJECTED, "is older than %s %s", what, id);

        *ret = s;
        return 0;
}

static int check_signature(const OpenPgpSignature *s, uint64_t now, char **reterr_why) {
        uint64_t end = (uint64_t) s->created + s->lifetime;
        char date[DATE_MAX];

        if (s->created > now + OPENPGP_CLOCK_SKEW)
                return refuse(reterr_why, -EKEYREJECTED, "is from the future, %s",
                              format_date(s->created, date));
        if (s->lifetime > 0 && end <= now)
                return refuse(reterr_why, -EKEYEXPIRED, "expired on %s", format_date(end, date));
        return 0;
}

/* The arithmetic is right; may this key say so? */
static int check_validity(const OpenPgpSignature *s, const OpenPgpComponent *primary,
                          const OpenPgpComponent *c, uint64_t now, char **reterr_why) {
        const OpenPgpStatement *statement;
        int r;

        r = check_component(primary, c == primary ? "the key" : "a subkey of the key", s->created, now,
                            &statement, reterr_why);
        if (r >= 0 && c != primary)
                r = check_component(c, "the subkey", s->created, now, &statement, reterr_why);
        if (r >= 0)
                r = check_signature(s, now, reterr_why);
        if (r < 0)
                return r;

        if (!(statement->key_flags & OPENPGP_FLAG_SIGN))
                return refuse(reterr_why, -EPERM, "was made by a key that is not for signing documents");
        return 0;
}

/* Finds the component that made it. Leaves a text also on success: that of a component which did not. */
static int try_components(const OpenPgpSignature *s, const OpenPgpDigest *digest, const OpenPgpKey *key,
                          uint64_t now, char **reterr_why) {
        const OpenPgpComponent *primary = openpgp_key_at(key, 0), *c;
        char id[OPENPGP_KEY_ID_TEXT_MAX];
        int r;

        openpgp_signature_issuer(s, id);
        r = refuse(reterr_why, -ENOKEY, "was made by the unknown key %s", id[0] ? id : "without a name");
        for (size_t i = 0; (c = openpgp_key_at(key, i)) && r != -ENOMEM; i++) {
                if (!openpgp_component_matches(c, s))
                        continue;
                openpgp_component_id(c, id);
                if (c->defect) {
                        r = refuse(reterr_why, -EPERM, "was made by the key %s, which %s", id, c->defect);
                        continue;
                }

                r = openpgp_check(s, digest, c->algorithm, c->key);
                if (r >= 0)
                        return check_validity(s, primary, c, now, reterr_why);
                if (r == -EKEYREJECTED)
                        r = refuse(reterr_why, r, "does not match the document (key %s)", id);
        }

        return r;
}

int openpgp_verify(const OpenPgpSignature *s, const OpenPgpDigest *digest, const OpenPgpKey *key,
                   uint64_t now, char **reterr_why) {
        _cleanup_free_ char *why = NULL;
        int r;

        r = check_form(s, &why);
        if (r >= 0)
                r = try_components(s, digest, key, now, &why);
        if (r < 0 && reterr_why)
                *reterr_why = TAKE_PTR(why);

        return r;
}
