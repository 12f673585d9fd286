/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: public-key arithmetic, the one place that hands numbers to libgcrypt.
 * Never: computes with a key or signature whose range it has not checked; signs.
 * Follows: RFC 8017 (PKCS #1 v1.5), FIPS 186-5 (ECDSA), RFC 8032 (EdDSA). */

#include <stdio.h>

#include "basic/refuse.h"
#include "image/digest.h"
#include "image/hasher.h"
#include "trust/edwards.h"
#include "trust/gcrypt-cleanup.h"
#include "trust/public-key.h"

#define RSA_BITS_MIN 2048U
#define RSA_BITS_MAX 16384U
#define RSA_EXPONENT_MIN 65537U

struct PublicKey {
        PublicKeyType type;
        EcCurve curve;
        EdwardsCurve edwards;
        gcry_sexp_t sexp;
        gcry_mpi_t limit; /* modulus or order of the group: the numbers of a signature are smaller; NULL for EdDSA */
        char name[24];
};

static const struct {
        const char *name;
        const char *gcrypt_name;
        size_t size; /* of a coordinate in bytes */
} curves[_EC_CURVE_MAX] = {
        [EC_P256] = { "P-256", "NIST P-256", 32 },
        [EC_P384] = { "P-384", "NIST P-384", 48 },
        [EC_P521] = { "P-521", "NIST P-521", 66 },
        [EC_BRAINPOOL_P256] = { "brainpoolP256r1", "brainpoolP256r1", 32 },
        [EC_BRAINPOOL_P384] = { "brainpoolP384r1", "brainpoolP384r1", 48 },
        [EC_BRAINPOOL_P512] = { "brainpoolP512r1", "brainpoolP512r1", 64 },
};

static void sexp_releasep(gcry_sexp_t *s) {
        gcry_sexp_release(*s);
}

PublicKey *public_key_free(PublicKey *key) {
        if (!key)
                return NULL;

        gcry_sexp_release(key->sexp);
        gcry_mpi_release(key->limit);
        free(key);
        return NULL;
}

PublicKeyType public_key_type(const PublicKey *key) {
        return key->type;
}

EcCurve public_key_curve(const PublicKey *key) {
        return key->curve;
}

size_t public_key_size(const PublicKey *key) {
        return (gcry_mpi_get_nbits(key->limit) + 7) / 8;
}

const char *public_key_name(const PublicKey *key) {
        return key->name;
}

bool public_key_is_same(const PublicKey *a, const PublicKey *b) {
        uint8_t grips[2][20];

        return a->type == b->type && gcry_pk_get_keygrip(a->sexp, grips[0]) &&
               gcry_pk_get_keygrip(b->sexp, grips[1]) && memcmp(grips[0], grips[1], sizeof(grips[0])) == 0;
}

static int mpi_of(Cursor number, gcry_mpi_t *ret) {
        return gcry_mpi_scan(ret, GCRYMPI_FMT_USG, number.p, number.n, NULL) == 0 ? 0 : -ENOMEM;
}

/* Takes over `sexp` and `limit`. */
static int key_new(PublicKey template, PublicKey **ret) {
        PublicKey *key = malloc(sizeof(PublicKey));
        if (!key) {
                gcry_sexp_release(template.sexp);
                gcry_mpi_release(template.limit);
                return -ENOMEM;
        }

        *key = template;
        *ret = key;
        return 0;
}

int public_key_new_rsa(Cursor n, Cursor e, PublicKey **ret, char **reterr_why) {
        _cleanup_(mpi_releasep) gcry_mpi_t modulus = NULL, exponent = NULL;
        gcry_sexp_t sexp;
        int r;

        if (n.n == 0 || n.n > RSA_BITS_MAX / 8 || n.p[0] == 0 || n.p[n.n - 1] % 2 == 0)
                return refuse(reterr_why, -EBADMSG, "has a bad RSA modulus");
        if (e.n == 0 || e.n > sizeof(uint32_t) || e.p[0] == 0 || e.p[e.n - 1] % 2 == 0)
                return refuse(reterr_why, -EBADMSG, "has a bad RSA exponent");

        r = crypto_init();
        if (r >= 0)
                r = mpi_of(n, &modulus);
        if (r >= 0)
                r = mpi_of(e, &exponent);
        if (r < 0)
                return r;

        unsigned bits = gcry_mpi_get_nbits(modulus);
        if (bits < RSA_BITS_MIN)
                return refuse(reterr_why, -EBADMSG, "is RSA-%u: too weak, %u bits are the least accepted",
                              bits, RSA_BITS_MIN);
        if (gcry_mpi_cmp_ui(exponent, RSA_EXPONENT_MIN) < 0)
                return refuse(reterr_why, -EBADMSG, "has an RSA exponent below %u", RSA_EXPONENT_MIN);
        if (gcry_sexp_build(&sexp, NULL, "(public-key(rsa(n%m)(e%m)))", modulus, exponent) != 0)
                return -ENOMEM;

        PublicKey template = { .type = PUBLIC_KEY_RSA, .sexp = sexp, .limit = modulus };
        modulus = NULL;
        snprintf(template.name, sizeof(template.name), "RSA-%u", bits);
        return key_new(template, ret);
}

/* NULL if the bytes are no encoding of a point. It need not be on the curve: libgcrypt finds some x for any
 * y. */
static gcry_mpi_point_t decode_point(gcry_ctx_t context, Cursor encoded) {
        gcry_mpi_point_t point = gcry_mpi_point_new(0);
        _cleanup_(mpi_releasep) gcry_mpi_t opaque = gcry_mpi_set_opaque_copy(NULL, encoded.p, encoded.n * 8);

        if (!point || !opaque || gcry_mpi_ec_decode_point(point, opaque, context) != 0) {
                gcry_mpi_point_release(point);
                return NULL;
        }

        return point;
}

int public_key_new_ecdsa(EcCurve curve, Cursor point, PublicKey **ret, char **reterr_why) {
        _cleanup_(context_releasep) gcry_ctx_t context = NULL;
        _cleanup_(point_releasep) gcry_mpi_point_t decoded = NULL;
        _cleanup_(mpi_releasep) gcry_mpi_t order = NULL;
        gcry_sexp_t sexp;
        int r;

        if (point.n != 1 + 2 * curves[curve].size || point.p[0] != 0x04)
                return refuse(reterr_why, -EBADMSG, "has a bad point for %s", curves[curve].name);

        r = crypto_init();
        if (r < 0)
                return r;
        if (gcry_mpi_ec_new(&context, NULL, curves[curve].gcrypt_name) != 0)
                return -ENOMEM;
        decoded = decode_point(context, point);
        if (!decoded || !gcry_mpi_ec_curve_point(decoded, context))
                return refuse(reterr_why, -EBADMSG, "has a point that is not on %s", curves[curve].name);
        order = gcry_mpi_ec_get_mpi("n", context, /* copy= */ 1);
        if (!order || gcry_sexp_build(&sexp, NULL, "(public-key(ecc(curve %s)(q%b)))",
                                      curves[curve].gcrypt_name, (int) point.n, point.p) != 0)
                return -ENOMEM;

        PublicKey template = {
                .type = PUBLIC_KEY_ECDSA,
                .curve = curve,
                .sexp = sexp,
                .limit = order,
        };
        order = NULL;
        snprintf(template.name, sizeof(template.name), "ECDSA %s", curves[curve].name);
        return key_new(template, ret);
}

static int new_edwards(PublicKeyType type, EdwardsCurve curve, Cursor point, PublicKey **ret,
                       char **reterr_why) {
        gcry_sexp_t sexp;

        int r = edwards_point_check(curve, point, reterr_why);
        if (r < 0)
                return r;
        if (gcry_sexp_build(&sexp, NULL, "(public-key(ecc(curve %s)(flags eddsa)(q%b)))",
                            edwards_name(curve), (int) point.n, point.p) != 0)
                return -ENOMEM;

        PublicKey template = { .type = type, .edwards = curve, .sexp = sexp };
        snprintf(template.name, sizeof(template.name), "%s", edwards_name(curve));
        return key_new(template, ret);
}

int public_key_new_ed25519(Cursor point, PublicKey **ret, char **reterr_why) {
        return new_edwards(PUBLIC_KEY_ED25519, EDWARDS_25519, point, ret, reterr_why);
}

int public_key_new_ed448(Cursor point, PublicKey **ret, char **reterr_why) {
        return new_edwards(PUBLIC_KEY_ED448, EDWARDS_448, point, ret, reterr_why);
}

/* 0 < number < limit. Returns 1 or 0. */
static int is_in_range(Cursor number, gcry_mpi_t limit) {
        _cleanup_(mpi_releasep) gcry_mpi_t m = NULL;
        int r;

        r = mpi_of(number, &m);
        if (r < 0)
                return r;

        return gcry_mpi_cmp_ui(m, 0) > 0 && gcry_mpi_cmp(m, limit) < 0;
}

/* Half of an Edwards signature, with the leading zeros back that an OpenPGP number has not. */
static bool pad_half(Cursor number, size_t size, uint8_t ret[static EDWARDS_SIZE_MAX]) {
        if (number.n > size)
                return false;

        memset(ret, 0, size);
        if (number.n > 0)
                memcpy(ret + size - number.n, number.p, number.n);
        return true;
}

static int result_of(gcry_error_t e) {
        if (e == 0)
                return 0;

        return gcry_err_code(e) == GPG_ERR_ENOMEM ? -ENOMEM : -EKEYREJECTED;
}

static int verify_rsa(const PublicKey *key, SignedMessage m, SignatureNumbers n) {
        _cleanup_(sexp_releasep) gcry_sexp_t signature = NULL, data = NULL;
        int r;

        r = is_in_range(n.s, key->limit);
        if (r <= 0)
                return r < 0 ? r : -EKEYREJECTED;
        if (gcry_sexp_build(&signature, NULL, "(sig-val(rsa(s%b)))", (int) n.s.n, n.s.p) != 0 ||
            gcry_sexp_build(&data, NULL, "(data(flags pkcs1)(hash %s %b))", m.hash, (int) m.bytes.n,
                            m.bytes.p) != 0)
                return -ENOMEM;

        return result_of(gcry_pk_verify(signature, data, key->sexp));
}

static int verify_ecdsa(const PublicKey *key, SignedMessage m, SignatureNumbers n) {
        _cleanup_(sexp_releasep) gcry_sexp_t signature = NULL, data = NULL;
        size_t size = MIN(m.bytes.n, curves[key->curve].size);
        int r;

        r = is_in_range(n.r, key->limit);
        if (r > 0)
                r = is_in_range(n.s, key->limit);
        if (r <= 0)
                return r < 0 ? r : -EKEYREJECTED;
        if (gcry_sexp_build(&signature, NULL, "(sig-val(ecdsa(r%b)(s%b)))", (int) n.r.n, n.r.p, (int) n.s.n,
                            n.s.p) != 0 ||
            gcry_sexp_build(&data, NULL, "(data(flags raw)(value %b))", (int) size, m.bytes.p) != 0)
                return -ENOMEM;

        return result_of(gcry_pk_verify(signature, data, key->sexp));
}

static int verify_edwards(const PublicKey *key, SignedMessage m, SignatureNumbers n) {
        _cleanup_(sexp_releasep) gcry_sexp_t signature = NULL, data = NULL;
        uint8_t half_r[EDWARDS_SIZE_MAX], half_s[EDWARDS_SIZE_MAX];
        size_t size = edwards_size(key->edwards);

        if (!pad_half(n.r, size, half_r) || !pad_half(n.s, size, half_s) ||
            !edwards_s_is_in_range(key->edwards, half_s))
                return -EKEYREJECTED;
        if (gcry_sexp_build(&signature, NULL, "(sig-val(eddsa(r%b)(s%b)))", (int) size, half_r, (int) size,
                            half_s) != 0 ||
            gcry_sexp_build(&data, NULL, "(data(flags eddsa)(value %b))", (int) m.bytes.n, m.bytes.p) != 0)
                return -ENOMEM;

        return result_of(gcry_pk_verify(signature, data, key->sexp));
}

int public_key_verify(const PublicKey *key, SignedMessage message, SignatureNumbers signature) {
        switch (key->type) {
        case PUBLIC_KEY_RSA: return verify_rsa(key, message, signature);
        case PUBLIC_KEY_ECDSA: return verify_ecdsa(key, message, signature);
        case PUBLIC_KEY_ED25519:
        case PUBLIC_KEY_ED448: return verify_edwards(key, message, signature);
        }

        return -EKEYREJECTED;
}
